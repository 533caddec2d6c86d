"""Who reads names of releases best: ours, and the libraries that it could be built on.

`python -m tests.benchmarks.names [--json OUT]`. A name is read rightly if series, season and number
are as a person reads them. Our rules were made with the first names. The second and the third were
written, with their answers, before our rules had read them; what they got wrong at first sight was
mended after that, so `AT_FIRST_SIGHT` is what tells of other names, not our score of today.
"""

import csv
import json
import logging
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aniparse
import anitopy
import guessit

from ingest.names import identify

DATA = Path(__file__).resolve().parents[1] / "data"
SETS = {"first": "names.tsv", "second": "names_second.tsv", "third": "names_third.tsv"}
AT_FIRST_SIGHT = {"second": 52, "third": 53}  # of 60

Answer = tuple[str, int, int]  # series, season, number; a film is 1, 1, a special of season 0


def main(argv: list[str] | None = None) -> dict[str, Any]:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="OUT")
    options = parser.parse_args(argv)
    logging.getLogger("rebulk").setLevel(logging.WARNING)
    figures: dict[str, Any] = {}
    for title, file in SETS.items():
        rows = read(DATA / file)
        for reader, parse in READERS.items():
            started = time.perf_counter()
            answers = [parse(path) for path, _ in rows]
            took = 1000 * (time.perf_counter() - started) / len(rows)
            right = sum(a == truth for a, (_, truth) in zip(answers, rows, strict=True))
            figures.setdefault(title, {})[reader] = {"right": right, "ms": took}
            print(f"{title:8} {reader:10} {right:3} of {len(rows)} right, {took:6.2f} ms a name")
    for title, right in AT_FIRST_SIGHT.items():
        figures[title]["ours at first sight"] = right
        print(f"{title:8} ours at first sight: {right}")
    if options.json:
        options.json.write_text(json.dumps(figures))
    return figures


def read(file: Path) -> list[tuple[str, Answer]]:
    with file.open(encoding="utf-8") as rows:
        return [
            (row["path"], (row["series"], int(row["season"]), int(row["number"])))
            for row in csv.DictReader(rows, delimiter="\t")
        ]


def ours(path: str) -> Answer:
    found = identify(Path("/library/videos") / path)
    return found.series, found.season, found.number


def with_anitopy(path: str) -> Answer:
    found = anitopy.parse(Path(path).name) or {}
    return answer(*map(found.get, ("anime_title", "anime_season", "episode_number")))


def with_aniparse(path: str) -> Answer:
    series = (aniparse.parse(Path(path).name) or {}).get("series") or [{}]
    season, number = (
        (series[0].get(name) or [{}])[0].get("number") for name in ("season", "episode")
    )
    return answer(series[0].get("title"), season, number)


def with_guessit(path: str) -> Answer:
    found = guessit.guessit(path, {"type": "episode"})
    return answer(found.get("title"), found.get("season"), found.get("episode"))


def answer(title: Any, season: Any, number: Any) -> Answer:
    """As a library gives them: texts or numbers, single or (of a range) in a list."""
    season, number = (value[0] if isinstance(value, list) else value for value in (season, number))
    try:
        return str(title), int(season or 1), int(float(number or 1))
    except (TypeError, ValueError):
        return str(title), 1, 1


READERS: dict[str, Callable[[str], Answer]] = {
    "ours": ours,
    "anitopy": with_anitopy,
    "guessit": with_guessit,
    "aniparse": with_aniparse,
}

if __name__ == "__main__":
    main(sys.argv[1:])
