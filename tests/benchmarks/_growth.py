"""Numbers of vectors come in; what it takes to search so many goes out: seconds and memory."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import psutil

from ingest.neighbours import all_pairs, near


def growth(largest: int) -> dict[str, Any]:
    """Seconds and memory to find all pairs of 1,000, 10,000 ... vectors.

    Every third vector is a near copy of another one. Last, the search that ingest makes: 300 new
    vectors among the largest number.
    """
    figures: dict[str, Any] = {}
    count = 1000
    while count <= largest:
        vectors = _library(count)
        with _peak() as peak:
            started = time.perf_counter()
            pairs = len(all_pairs(vectors)[0])
            seconds = time.perf_counter() - started
        figures[f"{count}"] = {
            "seconds": round(seconds, 2),
            "microseconds_each": round(1e6 * seconds / count, 1),
            "pairs": pairs,
            "megabytes": round(peak[0] / 1e6),
        }
        print(f"{count:>9,} vectors: {figures[str(count)]}", flush=True)
        if count * 10 > largest:
            started = time.perf_counter()
            found, _, _ = near(vectors[:300], vectors)
            seconds = round(time.perf_counter() - started, 2)
            figures[f"300_among_{count}"] = {"seconds": seconds, "pairs": len(found)}
            print(f"300 among {count:,}: {seconds} s, {len(found)} pairs", flush=True)
        count *= 10
    return figures


@contextmanager
def _peak() -> Iterator[list[int]]:
    """The most memory beyond what there was at the start, in bytes, while the block runs."""
    process, peak, over = psutil.Process(), [0], threading.Event()
    start = process.memory_info().rss

    def watch() -> None:
        while not over.wait(0.02):
            peak[0] = max(peak[0], process.memory_info().rss - start)

    watcher = threading.Thread(target=watch)
    watcher.start()
    yield peak
    over.set()
    watcher.join()


def _library(count: int) -> np.ndarray:
    """float16 (count, 64): as scattered as codes of pictures are, every third one a copy."""
    rng = np.random.default_rng(count)
    spread = np.geomspace(1.2, 0.15, 64).astype(np.float32)
    vectors = rng.normal(0, 1, (count, 64)).astype(np.float32) * spread
    copies = np.arange(2, count, 3)
    noise = rng.normal(0, 0.02, (len(copies), 64)).astype(np.float32)
    vectors[copies] = vectors[copies - rng.integers(1, 3, len(copies))] + noise
    return vectors.astype(np.float16)
