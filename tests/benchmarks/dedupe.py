"""Near-duplicates: what is left and what is lost, by method; throughput; growth; memory.

    python -m tests.benchmarks.dedupe [--json OUT] [--seed N] [--size S] [--demo FOLDER]
                                      [--clip FILE]... [--vectors N] [--parts accuracy,speed,...]

The thresholds of `ingest.compare` and `ingest.neighbours` were chosen on sets of seeds 1, 11, 33
and 101 with both clips; other seeds are material that they have not seen.
"""

import argparse
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from ingest.demo import render_demo, source_version
from tests.benchmarks._accuracy import accuracy
from tests.benchmarks._demo_frames import demo_set
from tests.benchmarks._growth import growth
from tests.benchmarks._throughput import jpegs, speed, window
from tests.benchmarks.composites import make_set

PARTS = ("accuracy", "speed", "window", "growth")
MEDIA = Path(__file__).resolve().parents[3] / "shared" / "media"


def main(argv: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--size", type=float, default=0.15, help="1: about 1,400 pictures")
    parser.add_argument("--demo", type=Path, help="folder for the demo's videos")
    parser.add_argument("--clip", type=Path, action="append", help="real film, more than once")
    parser.add_argument("--vectors", type=int, default=100_000, help="largest number searched")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    args = parser.parse_args(argv)
    parts = args.parts.split(",")
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "composites"
        clips = args.clip or [c for c in [MEDIA / "big_buck_bunny_0_30.webm"] if c.exists()]
        if {"accuracy", "speed", "window"} & set(parts):
            truth = make_set(folder, args.seed, args.size, tuple(clips), args.processes)
            (folder / "truth.json").unlink()
        if "accuracy" in parts:
            figures["composites"] = accuracy(folder, truth, args.processes)
            demo = Path(place) / "demo"
            drawn = args.demo or Path(tempfile.gettempdir()) / f"anipic-demo-{source_version()}"
            render_demo(drawn)
            figures["demo"] = accuracy(demo, demo_set(demo, drawn), args.processes)
        if {"speed", "window"} & set(parts):
            films = Path(place) / "films"
            jpegs(folder, films, args.processes)
            if "speed" in parts:
                figures["speed"] = speed(films, args.processes)
            if "window" in parts:
                figures["window"] = window(films, args.processes)
    if "growth" in parts:
        figures["growth"] = growth(args.vectors)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1))
    return figures


if __name__ == "__main__":
    main()
