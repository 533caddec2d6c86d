"""How much memory the ingest of a film takes, from its first minute to its last stage.

`python -m tests.benchmarks.film [--json OUT] [--minutes N]`: a full HD film is put together from
two minutes that are encoded once, and ingested by the command into a database of its own. Memory
is what is resident (RSS) of the command and its children, looked at twice a second. Two hours took
457, 452, 455 and 452 MB in the four quarters of reading, and 1,187 MB at most, in tagging.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import psutil

from tests.benchmarks.clips import FOLDER, repeat
from tests.benchmarks.filling import database_of
from tests.servers import ROOT, running_mongod

SIZE = (1920, 1080)
FPS = 24
SHOTS, SHOT_SECONDS = 12, 10
QUARTERS = 4


def main(argv: list[str] | None = None) -> dict[str, Any]:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--minutes", type=int, default=4, metavar="N", help="of film (default: 4)")
    options = parser.parse_args(argv)
    path = film(options.minutes)
    started = time.monotonic()
    seen = list(watched(path))
    seconds = time.monotonic() - started
    megabytes = {part: round(max(rss for p, rss in seen if p == part)) for part, _ in seen}
    for part, peak in megabytes.items():
        print(f"{part:24} {peak:8,} MB at most")
    print(f"{'minutes of film':24} {options.minutes:8}\n{'seconds it took':24} {seconds:8.0f}")
    figures = {
        "minutes": options.minutes,
        "seconds": round(seconds, 1),
        "MB": megabytes,
        "peak MB (at most 1500)": max(megabytes.values()),
    }
    if options.json:
        options.json.write_text(json.dumps(figures))
    return figures


def film(minutes: int) -> Path:
    """Shots of a still background, in the middle of each of which a figure appears."""
    scene = FOLDER / "scene.mp4"
    if not scene.exists():
        draw(scene)
    path = FOLDER / f"Film {minutes} Minutes.mp4"
    if not path.exists():
        repeat([scene], max(1, round(minutes * 60 / (SHOTS * SHOT_SECONDS))), path)
    return path


def draw(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part.mp4")
    with av.open(str(unfinished), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for shot in range(SHOTS):
            coarse = np.random.default_rng(shot).integers(0, 256, (9, 16, 3), np.uint8)
            picture = cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC)
            for number in range(FPS * SHOT_SECONDS):
                if number == FPS * SHOT_SECONDS // 2:
                    picture[300:900, 800:1200] = 255 - picture[300:900, 800:1200]
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(stream.encode())
    unfinished.replace(path)


def watched(path: Path) -> Iterator[tuple[str, float]]:
    """Ingest the film; (part of the work, megabytes resident), twice a second."""
    with tempfile.TemporaryDirectory() as folder, running_mongod(Path(folder)) as uri:
        uri = uri.format("film")
        settings = {"MONGODB_URI": uri, "VAR_ROOT": folder, "MEDIA_ROOT": f"{folder}/media"}
        command = [sys.executable, "manage.py"]
        log = Path(folder, "ingest.log")
        with log.open("w") as said:
            there: dict[str, Any] = {"cwd": ROOT, "env": os.environ | settings}
            there |= {"stdout": said, "stderr": said}
            subprocess.run([*command, "migrate"], check=True, **there)
            subprocess.run([*command, "load_vocabulary"], check=True, **there)
            episodes = database_of(uri)["frames_episode"]
            ingest = subprocess.Popen([*command, "ingest", str(path)], **there)
            while ingest.poll() is None:
                episode = episodes.find_one() or {}
                yield part_of_work(episode), resident(ingest.pid)
                time.sleep(0.5)
        if ingest.returncode:
            raise RuntimeError(log.read_text()[-2000:])


def part_of_work(episode: dict[str, Any]) -> str:
    stage = episode.get("stage", "").rpartition(".")[2]
    if not stage:
        return "end" if episode.get("state") == "done" else "start"
    if stage != "read":
        return stage
    pictures = episode["duration"] * episode["fps"]
    quarter = min(QUARTERS, int(QUARTERS * episode["frames_read"] / pictures) + 1)
    return f"read, quarter {quarter}"


def resident(pid: int) -> float:
    total = 0
    try:
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            total += one.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total / 10**6


if __name__ == "__main__":
    main(sys.argv[1:])
