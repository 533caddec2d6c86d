"""Pictures come in; how many a second `dedupe_folder` does goes out, and what its window costs."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ingest.watcher import Watcher
from ingest.window import Window
from tests.benchmarks._accuracy import distances, first_come
from tests.benchmarks._folder import run_folder


def speed(folder: Path, processes: int) -> dict[str, Any]:
    """Images a second, end to end, from JPEG files of 1280x720; and what `imagehash` reaches.

    Both have the same files, as many processes, and two turns each, of which the better counts:
    the machine may be busy with something else. "Alone" is the library as it is, in one process.
    """
    count = len(list(folder.iterdir()))
    ours, theirs, removed = 0.0, 0.0, 0
    for _ in range(2):
        started = time.perf_counter()
        removed = len(run_folder(folder, processes).removed)
        ours = max(ours, count / (time.perf_counter() - started))
        theirs = max(theirs, _imagehash_speed(folder, processes) or 0.0)
    figures = {"images": count, "removed": removed, "images_per_second": round(ours, 1)}
    if theirs:
        alone = _imagehash_speed(folder, 1, most=300) or 0.0
        figures |= {
            "imagehash_per_second": round(theirs, 1),
            "ratio": round(ours / theirs, 2),
            "imagehash_alone_per_second": round(alone, 1),
            "ratio_alone": round(ours / alone, 2),
        }
    print(f"\n{count} JPEG files of 1280x720 on {processes} processes: {figures}", flush=True)
    return figures


def jpegs(folder: Path, place: Path, processes: int, least: int = 1000) -> None:
    """At least so many files of 1280x720: what is in the folder, the same mirrored, turned over."""
    place.mkdir()
    paths = sorted(folder.iterdir())
    turns = [None, *Image.Transpose][: -(-least // len(paths))]
    jobs = [(path, turn, place / f"{turn}-{path.stem}.jpg") for turn in turns for path in paths]
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        list(pool.map(_save_jpeg, jobs, chunksize=16))


def _save_jpeg(job: tuple[Path, Image.Transpose | None, Path]) -> None:
    source, turn, target = job
    with Image.open(source) as image:
        full = image.convert("RGB") if turn is None else image.convert("RGB").transpose(turn)
        full.resize((1280, 720)).save(target, quality=90)


def _imagehash_speed(folder: Path, processes: int, most: int | None = None) -> float | None:
    """The common recipe: perceptual hashes in a pool of processes, then all pairs of them."""
    paths = sorted(folder.iterdir())[:most]
    started = time.perf_counter()
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        try:
            hashes = list(pool.map(_their_hash, paths, chunksize=16))
        except ImportError:
            print("imagehash is not installed", file=sys.stderr)
            return None
    rows = np.array([found.hash.ravel() for found in hashes], np.float32)
    first_come([path.name for path in paths], 64 * distances(rows), 4)
    return len(paths) / (time.perf_counter() - started)


def _their_hash(path: Path) -> Any:
    import imagehash

    with Image.open(path) as image:
        return imagehash.phash(image)


def window(folder: Path, processes: int) -> dict[str, Any]:
    """By how much the window slows the work, in percent: the better of two turns each way.

    `share_percent` is what its process takes of the processors; less depends on what else they do.
    """
    if not shutil.which("Xvfb"):
        print("Xvfb is not installed", file=sys.stderr)
        return {}
    without, shown, share = float("inf"), float("inf"), 0.0
    with display():
        for _ in range(2):
            without = min(without, run_folder(folder, processes).seconds)
            panel = Window(Watcher())
            try:
                seconds = run_folder(folder, processes, panel).seconds
                shown, problem = min(shown, seconds), panel.problem
                share = max(share, panel.processor_seconds() / seconds / (os.cpu_count() or 1))
            finally:
                panel.close()
            if problem:
                raise RuntimeError(problem)
    figures = {
        "seconds_without": round(without, 2),
        "seconds_with": round(shown, 2),
        "slower_percent": round(100 * (shown / without - 1), 1),
        "share_percent": round(100 * share, 1),
    }
    print(f"window: {figures}", flush=True)
    return figures


@contextmanager
def display() -> Iterator[None]:
    """A display of its own, named in the environment."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1100x620x24"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    before = os.environ.get("DISPLAY")
    os.environ["DISPLAY"] = f":{os.read(reading, 20).decode().strip()}"
    try:
        yield
    finally:
        os.environ.pop("DISPLAY")
        if before is not None:
            os.environ["DISPLAY"] = before
        server.terminate()
        server.wait()
        os.close(reading)
