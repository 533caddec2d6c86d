"""How much longer than bare decoding an ingest takes, beside the `scenedetect` command.

`python -m tests.benchmarks.ingest [--json OUT] [--rounds N]`, on five minutes of 720p H.264 from
the demo's renderer. All times are of one run; ratios are what can be compared. A time is the least
of several, since other processes only add to it: `--rounds` for each, three times that for
keyframes, which take less than a second.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import psutil

from ingest.modes import Cutting
from ingest.parallel import in_parallel
from ingest.pictures import encode
from ingest.sampling import Choice
from ingest.video import probe
from tests.benchmarks.clips import five_minutes


def main(argv: list[str] | None = None) -> dict[str, Any]:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--rounds", type=int, default=1, help="how often it is done (default: 1)")
    options = parser.parse_args(argv)
    clip = five_minutes()
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in WORK}
    counts: dict[str, int] = {}
    for _ in range(options.rounds):
        for name, work in WORK.items():
            for _ in range(3 if name == "keyframes" else 1):
                started, used = time.perf_counter(), cpu_seconds()
                counts[name] = work(clip)
                runs[name].append((time.perf_counter() - started, cpu_seconds() - used))
    seconds, cpu = (
        {name: min(times[kind] for times in runs[name]) for name in WORK} for kind in (0, 1)
    )
    ratios = {
        "choice / decode (at most 1.25)": seconds["choice"] / seconds["decode"],
        "scenedetect / pictures (at least 1.5)": seconds["scenedetect"] / seconds["pictures"],
        "choice / keyframes (at least 15)": seconds["choice"] / seconds["keyframes"],
    }
    for name, value in seconds.items():
        print(f"{name:40} {value:8.2f} s {cpu[name]:8.2f} s of CPU {counts[name]:6} pictures")
    for name, value in ratios.items():
        print(f"{name:40} {value:8.2f}")
    resident = psutil.Process().memory_info().rss // 10**6
    print(f"{'resident memory in the end':40} {resident:8} MB")
    figures = {
        "seconds": seconds,
        "CPU": cpu,
        "pictures": counts,
        "ratios": ratios,
        "resident MB": resident,
    }
    if options.json:
        options.json.write_text(json.dumps(figures))
    return figures


def cpu_seconds() -> float:
    """Used by this process and by those that it has waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def decode(clip: Path) -> int:
    with av.open(str(clip)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        return sum(1 for _ in container.decode(stream))


def choose(clip: Path, mode: str = "shots") -> int:
    return sum(1 for _ in Cutting(clip, probe(clip).fps, mode).choices())


def pictures(clip: Path) -> int:
    """With the full pictures and thumbnails written, as in an ingest."""
    with tempfile.TemporaryDirectory() as folder:

        def store(choice: Choice) -> None:
            encoded = encode(choice.picture.image())
            files = {"full": encoded.image}
            files |= {f"{width}.{kind}": data for (width, kind), data in encoded.thumbnails.items()}
            for name, data in files.items():
                Path(folder, f"{encoded.sha256}-{name}").write_bytes(data)

        choices = Cutting(clip, probe(clip).fps).choices()
        return sum(1 for _ in in_parallel(store, choices, workers=os.cpu_count() or 1))


def scenedetect(clip: Path) -> int:
    """The command, with its own defaults, writing its JPEG files."""
    with tempfile.TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).with_name("scenedetect")), "--quiet"]
        command += ["--input", str(clip), "--output", folder, "detect-adaptive", "save-images"]
        subprocess.run(command, check=True, cwd=folder)
        return len(list(Path(folder).glob("*.jpg")))


WORK: dict[str, Callable[[Path], int]] = {
    "decode": decode,
    "choice": choose,
    "pictures": pictures,
    "scenedetect": scenedetect,
    "keyframes": lambda clip: choose(clip, "keyframes"),
}

if __name__ == "__main__":
    main(sys.argv[1:])
