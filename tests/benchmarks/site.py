"""`python -m tests.benchmarks.site`: how long the server takes for each kind of page, and how large
the page is.

A MongoDB of its own is filled, gunicorn runs with one worker, and one reader asks for pages one
after the other, as HTML that is not compressed. `--keep` keeps the database for the next run.
"""

import argparse
import http.client
import json
import time
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import quote, urlsplit

import numpy as np

from tests.benchmarks.filling import (
    EPISODES_A_SERIES,
    FRAMES_AN_EPISODE,
    tag_name,
)
from tests.benchmarks.http import kept_or_temporary, prepare
from tests.servers import running_mongod, running_web

COMMON_TAGS = 120
WARM_UP = 10


def main(argv: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.site")
    parser.add_argument("--frames", type=int, default=20_000)
    parser.add_argument("--pages", type=int, default=60, help="of each kind")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="the data, for later runs too")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(argv)
    with kept_or_temporary(options.keep) as folder, running_mongod(folder) as uri:
        figures = measure(uri.format("anipic"), folder, options.frames, options.pages)
    if options.json:
        options.json.write_text(json.dumps(figures))
    return figures


def measure(uri: str, folder: Path, frames: int, pages: int) -> dict[str, Any]:
    prepare(uri, folder, frames)
    figures: dict[str, Any] = {"frames": frames}
    print(f"{frames:,} frames\npage             p50 ms   p95 ms   largest, bytes")
    with running_web(uri, folder, workers=1, timeout=1200) as address:
        for kind, paths in addresses(frames, pages + WARM_UP).items():
            times, sizes = asked(address, paths)
            cuts = quantiles(times[WARM_UP:], n=20)
            figures[kind] = {"p50": cuts[9], "p95": cuts[18], "bytes": max(sizes)}
            print(f"{kind:14} {cuts[9]:8.1f} {cuts[18]:8.1f} {max(sizes):16,}", flush=True)
    return figures


def addresses(frames: int, count: int) -> dict[str, list[str]]:
    """`count` addresses of each kind of page, drawn by chance."""
    chance = np.random.default_rng(2)
    ids = [int(id) for id in chance.integers(1, frames + 1, count)]
    tags = [
        [tag_name(int(tag)) for tag in row] for row in chance.integers(0, COMMON_TAGS, (count, 2))
    ]
    all_series = (frames - 1) // (FRAMES_AN_EPISODE * EPISODES_A_SERIES) + 1
    series = [int(number) for number in chance.integers(0, all_series, count)]
    return {
        "one tag": [f"/?q={one}" for one, _ in tags],
        "two tags": [f"/?q={one}+{two}" for one, two in tags],
        "a tag excluded": [f"/?q={one}+-{two}" for one, two in tags],
        "first visit": ["/"] * count,
        "further page": [
            f"/more/?q={one}&cursor=a{id}" for (one, _), id in zip(tags, ids, strict=True)
        ],
        "all filters": [f"/filters/?q={one}" for one, _ in tags],
        "frame": [f"/frames/{id}/" for id in ids],
        "frame of list": [f"/frames/{id}/?q={one}" for (one, _), id in zip(tags, ids, strict=True)],
        "series": [f"/series/series-{number:04}/" for number in series],
        "tag": [f"/tags/{one}/" for one, _ in tags],
        "all tags": ["/tags/"] * count,
        "offers": [f"/offers/?word={quote(one[:5])}" for one, _ in tags],
    }


def asked(address: str, paths: list[str]) -> tuple[list[float], list[int]]:
    """Milliseconds and bytes of each answer, asked for one after the other on one connection."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    times, sizes = [], []
    for path in paths:
        started = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        sizes.append(len(answer.read()))
        times.append(1000 * (time.perf_counter() - started))
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered with {answer.status}")
    connection.close()
    return times, sizes


if __name__ == "__main__":
    main()
