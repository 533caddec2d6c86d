"""What the steps of a run on a folder share: its options, its files, its workers, how far it is."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from ingest import dedupe_worker
from ingest.dedupe_worker import PLACE
from ingest.encoder import CHECKPOINT
from ingest.journal import Journal
from ingest.judge import THRESHOLD
from ingest.watcher import State, Watcher

SCRATCH_BYTES = 2_000_000_000  # sketches of 7,500 pictures; beyond that files are decoded again

# One thread a process: they share the cores. And memory that is given back to the system after
# each picture, as glibc does with such large pieces, is most of the time of a comparison.
WORKER_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_MMAP_THRESHOLD_": "67108864",
    "MALLOC_TRIM_THRESHOLD_": "134217728",
}
BATCH = 16  # files in one message to a worker

Item = TypeVar("Item")
Result = TypeVar("Result")


class WorkerDied(Exception):
    """A worker process was killed from outside, most likely for want of memory."""


@dataclass(frozen=True)
class Options:
    """How to run; `mode` is "trash", "delete" or "report" (look only)."""

    folder: Path
    trash: Path
    mode: str = "trash"
    chunk_size: int = 5000
    threshold: float = THRESHOLD
    processes: int = os.cpu_count() or 1


@dataclass
class Run:
    """Files are named relative to the folder, and known by their place in `files`.

    `unreadable` is why by number; `note` writes a line to the log.
    """

    options: Options
    files: list[str]
    journal: Journal
    note: Callable[[str], object]
    watcher: Watcher
    state: State = field(default_factory=State)
    unreadable: dict[int, str] = field(default_factory=dict)
    stopped: bool = False

    def path(self, number: int) -> Path:
        return self.options.folder / self.files[number]

    def cannot_read(self, number: int, reason: str) -> None:
        self.unreadable[number] = reason
        self.state.unreadable += 1
        self.note(f"unreadable {self.files[number]}: {reason}")

    def step(self) -> None:
        """One more picture is done."""
        self.state.done += 1
        self.watcher.changed(self.state)

    @contextmanager
    def working(self) -> Iterator[ProcessPoolExecutor]:
        """Worker processes with their scratch file. Raises `WorkerDied`."""
        scratch = self.options.trash / f".scratch-{os.getpid()}"
        try:
            _make_scratch(scratch, len(self.files))
            with _workers(self.options, scratch) as workers:
                try:
                    yield workers
                finally:
                    workers.shutdown(cancel_futures=True)
        except BrokenProcessPool as error:
            raise WorkerDied(
                "A worker process was killed; start again with fewer --num-processes."
            ) from error
        finally:
            scratch.unlink(missing_ok=True)

    def each(
        self,
        workers: ProcessPoolExecutor,
        function: Callable[[list[Item]], Result],
        batches: Iterable[list[Item]],
    ) -> Iterator[Result]:
        """Results as they come, a few batches in flight; ends early, `stopped`, when told to.

        An empty batch says that what comes next depends on a result.
        """
        running: set[Future[Result]] = set()
        for batch in batches:
            if not self.watcher.go_on():
                self.stopped = True
                break
            if batch:
                running.add(workers.submit(function, batch))
            if running and (not batch or len(running) > 2 * self.options.processes):
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        for future in running:
            yield future.result()


def _make_scratch(path: Path, files: int) -> None:
    """A file with a place for the sketch of each picture, as far as there is room."""
    room = shutil.disk_usage(path.parent).free // 4
    places = min(files, min(SCRATCH_BYTES, room) // PLACE)
    with path.open("wb") as file:
        file.truncate(places * PLACE)


def _workers(options: Options, scratch: Path) -> ProcessPoolExecutor:
    for name, value in WORKER_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    return ProcessPoolExecutor(
        options.processes,
        get_context("spawn"),
        dedupe_worker.start,
        (scratch, CHECKPOINT, options.threshold),
    )
