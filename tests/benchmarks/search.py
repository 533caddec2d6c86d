"""How fast the search index answers, opens and catches up, and how much memory it takes.

    python -m tests.benchmarks.search [--frames N] [--beside N] [--json OUT]

A made-up index (see `_frames`) of `--frames` is saved, opened by a fresh process, and asked
twelve kinds of query, each with its exact count and 40 ids. Then the same questions, at `--beside`
frames (0: not at all), are put to MongoDB's multikey index and PostgreSQL's GIN index (see
`_databases`).
"""

import argparse
import gc
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from frames import snapshot
from frames.autocomplete import suggest
from frames.evaluate import evaluate
from frames.facets import commonest, facets, related
from frames.index import Index, Row
from frames.pages import page
from frames.query import BadQuery, parse
from tests.benchmarks._frames import made_up_index

SHAPES = {
    "one common tag": "t1",
    "two common tags": "t1 t2",
    "two mid tags": "t120 t160",
    "two rare tags": "t2500 | t3500",
    "common and rare": "t1 t900",
    "exclude each other": "daytime_0 daytime_1",
    "(a | b) -c": "(t3 | t40) -t2",
    "not a common tag": "-t1",
    "and, or, not of six": "t1 t3 -t8 (t60 | t70) rating_0",
    "series and tag": "series:show-7 t5",
    "deep page": "t2",
    "random order": "t1 order:random:{number}",
}
MORE = {
    "in time": "t200 then:10s t210",
    "by score": "t150:>0.9",
    "order:score": "t120 order:score",
    "order:timeline": "t2 order:timeline",
    "everything, old first": "order:old",
    "tags by wildcard": "t123* rating_0",
    "minutes of an episode": "t3 time:5:00..6:30",
}
REPEATS = 60
APPLIED_AT_ONCE = 500  # as in frames.index_sync, which needs a database


def main(argv: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--beside", type=int, default=50_000)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--opened", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.opened:  # the fresh process, whose memory is that of a web process
        figures = measure(options.opened)
        print(json.dumps(figures))
        return figures
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.index"
        figures = {"frames": options.frames, **build(path, options.frames)}
        command = [sys.executable, "-m", "tests.benchmarks.search", "--opened", str(path)]
        answer = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        figures |= json.loads(answer.stdout)
    show(figures)
    if options.beside:
        from tests.benchmarks._databases import beside

        figures["beside"] = beside(options.beside)
    if options.json:
        options.json.write_text(json.dumps(figures))
    return figures


def build(path: Path, frames: int) -> dict[str, float]:
    started = time.perf_counter()
    index = made_up_index(frames)
    made = time.perf_counter()
    snapshot.write(path, index, {})
    return {
        "seconds to build (draw and make bitmaps)": made - started,
        "seconds to save": time.perf_counter() - made,
        "snapshot, bytes a frame": path.stat().st_size / frames,
        "tags a frame": sum(map(len, index.lists["tag"].values())) / frames,
        "peak memory of the build, MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
    }


def measure(path: Path) -> dict[str, Any]:
    before = resident()
    started = time.perf_counter()
    index, _ = snapshot.read(path)
    opened = time.perf_counter() - started
    frames = len(index.all)
    gc.collect()
    taken = (resident() - before) / frames
    gc.freeze()
    figures: dict[str, Any] = {"seconds to open": opened, "resident bytes a frame": taken}
    figures["ms"] = {shape: ask(index, shape, text) for shape, text in SHAPES.items()}
    figures["slowest median ms"] = max(times["median"] for times in figures["ms"].values())
    figures["slowest of all ms"] = max(times["max"] for times in figures["ms"].values())
    figures["further ms"] = {shape: ask(index, shape, text) for shape, text in MORE.items()}
    figures["facets"] = facet_times(index)
    figures["words"] = {
        "related tags": times(lambda _: related(index, "t1"), 7),
        "autocomplete": times(lambda _: completion(index, "t12"), 7),
        "autocomplete with a slip": times(lambda _: completion(index, "hairr"), 7),
        "unknown tag": times(lambda _: unknown(index, "hairr_1"), 7),
    }
    figures["catching up"] = catch_up(index)
    return figures


def resident() -> int:
    """Bytes of memory that are this process' own."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) * 1024
    raise OSError("/proc does not tell the memory of this process")


def ask(index: Index, shape: str, text: str) -> dict[str, float]:
    """Milliseconds of the whole way from the text to 40 ids and the exact count."""
    middle = f"a{index.size // 2}" if shape == "deep page" else None
    count = 0

    def once(number: int) -> None:
        nonlocal count
        query = parse(text.format(number=number))
        count = page(index, query, cursor=middle).count

    return {**times(once), "count": count}


def times(once: Callable[[int], object], repeats: int = REPEATS) -> dict[str, float]:
    """`median` and `max` of the time on the wall; `cpu`, the median of the processor's time, is
    what counts where other programs keep the processor busy."""
    once(0)
    wall, cpu = [], []
    for number in range(1, repeats + 1):
        started = time.perf_counter(), time.thread_time()
        once(number)
        wall.append(1000 * (time.perf_counter() - started[0]))
        cpu.append(1000 * (time.thread_time() - started[1]))
    return {"median": median(wall), "max": max(wall), "cpu": median(cpu)}


def facet_times(index: Index) -> dict[str, dict[str, float]]:
    """Milliseconds for the 300 commonest tags, and for what a result's page shows."""
    lists = index.lists["tag"]
    top = dict(sorted(lists.items(), key=lambda item: -len(item[1]))[:300])
    found = {}
    for name, text in [("common tag", "t1"), ("six terms", SHAPES["and, or, not of six"])]:
        hits = evaluate(index, parse(text).where)
        for what, once in [
            ("300 commonest", lambda _, hits=hits: commonest(hits, top, 300)),
            ("the page's own", lambda _, hits=hits: facets(index, hits)),
        ]:
            found[f"{what}, {name}"] = {**times(once, 7), "count": len(hits)}
    return found


def completion(index: Index, text: str) -> object:
    return suggest(
        index.vocabulary,
        text,
        tag_count=lambda name: index.count("tag", name),
        series_count=lambda key: index.count("series", key),
    )


def unknown(index: Index, text: str) -> str:
    try:
        evaluate(index, parse(text).where)
    except BadQuery as bad:
        return bad.suggestion
    raise AssertionError(text)


def catch_up(index: Index) -> dict[str, float]:
    """Seconds to put changed frames into the index, tags and all."""
    chance = random.Random(1)
    tags = [f"t{number}" for number in range(4000)]
    figures = {}
    for count in (1, 1000, 10_000):
        rows = []
        for id in chance.sample(range(1, len(index.all) + 1), count):
            episode = index.episodes[index.columns["episode"][id]]
            labels = tuple(chance.sample(tags, 28))
            row = Row(id, episode.series, episode.key, 1, episode.number, 1000, 1, 1280, 0, labels)
            rows.append(replace(row, scores=dict.fromkeys(labels, 0.5)))
        started = time.perf_counter()
        for first in range(0, count, APPLIED_AT_ONCE):
            index.apply(rows[first : first + APPLIED_AT_ONCE])
        figures[f"{count:,} changed frames, ms"] = 1000 * (time.perf_counter() - started)
    return figures


def show(figures: dict[str, Any]) -> None:
    for name, value in figures.items():
        if not isinstance(value, dict):
            print(f"{name:44} {value:12,.2f}", file=sys.stderr)
    for part in ("ms", "further ms", "facets", "words"):
        print(f"\n{part:44} {'median':>9} {'max':>9} {'cpu':>9} {'count':>12}", file=sys.stderr)
        for name, row in figures[part].items():
            print(
                f"{name:44} {row['median']:9.3f} {row['max']:9.3f} {row['cpu']:9.3f} "
                f"{row.get('count', ''):>12}",
                file=sys.stderr,
            )
    for name, value in figures["catching up"].items():
        print(f"{name:44} {value:9.1f}", file=sys.stderr)


if __name__ == "__main__":
    main()
