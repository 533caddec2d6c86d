"""A folder of images comes in; it goes out without near-duplicates, with a report of what went.

Chunk by chunk the files are read and encoded, then like pictures are looked for among all of them,
and decided, best first. The journal knows every step, so a run that was killed
goes on where it was.
"""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Self

import numpy as np

from ingest import dedupe_worker
from ingest.compare import WORST_BLOCK
from ingest.dedupe import Groups
from ingest.dedupe_worker import PLACE, Answer, Question, Read
from ingest.encoder import CHECKPOINT, LENGTH, Encoder
from ingest.image_files import find_images
from ingest.journal import Journal, Pair, Removed
from ingest.judge import THRESHOLD, Verdict
from ingest.neighbours import all_pairs
from ingest.trash import Trash

SCRATCH_BYTES = 2_000_000_000  # sketches of 7,500 pictures; beyond that files are decoded again
BATCH = 16  # files in one message to a worker


class NoImages(Exception):
    """There is nothing to compare."""


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
class State:
    """How far a run is; paths and MSE of the latest comparison."""

    phase: str = "reading"
    chunk: int = 0
    chunks: int = 0
    done: int = 0
    total: int = 0
    removed: int = 0
    unreadable: int = 0
    current: Path | None = None
    compared: Path | None = None
    mse: float | None = None
    started: float = field(default_factory=time.monotonic)


class Watcher:
    """Is told of every change and asked whether to go on. This one says nothing and always does."""

    def changed(self, state: State) -> None: ...

    def go_on(self) -> bool:
        """May block for as long as the user pauses; False to stop."""
        return True


@dataclass
class Report:
    """File names relative to the folder."""

    kept: list[str]
    removed: list[Removed]
    unreadable: list[str]
    seconds: float
    stopped: bool

    def write(self, path: Path) -> None:
        removed = [
            {"file": r.file, "keeper": r.keeper, "mse": r.mse, "why": r.why} for r in self.removed
        ]
        text = json.dumps(
            {
                "kept": self.kept,
                "removed": removed,
                "unreadable": self.unreadable,
                "seconds": round(self.seconds, 3),
                "stopped": self.stopped,
            },
            ensure_ascii=False,
            indent=1,
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.unfinished")
        unfinished.write_text(text, encoding="utf-8", errors="surrogateescape")
        unfinished.replace(path)


def default_trash(folder: Path) -> Path:
    folder = folder.resolve()
    return folder.with_name(f"{folder.name}-trash")


def open_journal(trash: Path) -> Journal:
    trash.mkdir(parents=True, exist_ok=True)
    version = f"{Encoder.load().version} {WORST_BLOCK}"
    return Journal(trash / "journal.sqlite3", version)


def restore(folder: Path, trash: Path) -> tuple[list[str], list[str]]:
    """Undo the latest run that moved something: files put back, files whose place was taken."""
    journal = open_journal(trash)
    try:
        run = journal.last_run("trashed")
        if run is None:
            return [], []
        with Log(trash / "dedupe.log") as log:
            return Trash(folder, trash, journal, run, "trash", log.note).restore()
    finally:
        journal.close()


class Log:
    """The file that names every checked and every deleted file, line by line as it happens."""

    def __init__(self, path: Path):
        self._file = path.open("a", buffering=1, encoding="utf-8", errors="surrogateescape")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def note(self, line: str) -> None:
        self._file.write(f"{datetime.now().isoformat(' ', 'milliseconds')} {line}\n")


class FolderRun:
    def __init__(self, options: Options, watcher: Watcher | None = None):
        self.options, self.watcher = options, watcher or Watcher()
        self.state = State()
        self.files: list[str] = []
        self._stopped = False

    def run(self) -> Report:
        """Raises `NoImages`, `WorkerDied`."""
        folder, trash = self.options.folder, self.options.trash
        self.files = [
            str(path.relative_to(folder)) for path in find_images(folder, leave_out=trash)
        ]
        self.journal = open_journal(trash)
        try:
            with Log(trash / "dedupe.log") as log:
                self._note = log.note
                return self._run()
        finally:
            self.journal.close()

    def _run(self) -> Report:
        options, journal = self.options, self.journal
        run = journal.start_run(options.mode, datetime.now().isoformat(" ", "seconds"))
        self._trash = Trash(options.folder, options.trash, journal, run, options.mode, self._note)
        self._trash.settle()
        if not self.files and not journal.removed(run):
            journal.finish_run(run)
            raise NoImages(f"There are no images in {options.folder}.")
        self._note(f"run {run} on {options.folder}: {len(self.files)} files ({options.mode})")
        scratch = options.trash / f".scratch-{os.getpid()}"
        try:
            self._make_scratch(scratch)
            with self._workers(scratch) as workers:
                try:
                    self._work(workers)
                finally:
                    workers.shutdown(cancel_futures=True)
        except BrokenProcessPool as error:
            raise WorkerDied(
                "A worker process was killed; start again with fewer --num-processes."
            ) from error
        finally:
            scratch.unlink(missing_ok=True)
        if not self._stopped:
            journal.finish_run(run)
        return self._report(run)

    def _make_scratch(self, path: Path) -> None:
        room = shutil.disk_usage(path.parent).free // 4
        places = min(len(self.files), min(SCRATCH_BYTES, room) // PLACE)
        with path.open("wb") as file:
            file.truncate(places * PLACE)

    def _workers(self, scratch: Path) -> ProcessPoolExecutor:
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
            os.environ.setdefault(name, "1")  # one thread a process; they share the cores
        return ProcessPoolExecutor(
            self.options.processes,
            get_context("spawn"),
            dedupe_worker.start,
            (scratch, CHECKPOINT, self.options.threshold),
        )

    def _work(self, workers: ProcessPoolExecutor) -> None:
        count = len(self.files)
        self._ids = np.full(count, -1, np.int64)
        self._merit = np.zeros(count)
        self._unreadable: dict[int, str] = {}
        number, vectors = self._read_all(workers)
        if not self._stopped:
            later, earlier, distance = all_pairs(vectors)
            groups = Groups(self._merit, number[later], number[earlier], distance)
            self._decide_all(workers, groups)

    # Reading

    def _read_all(self, workers: ProcessPoolExecutor) -> tuple[np.ndarray, np.ndarray]:
        """Read and encode chunk by chunk; numbers of the readable files, and their vectors."""
        state, size = self.state, self.options.chunk_size
        state.total, state.chunks = len(self.files), -(-len(self.files) // size)
        numbers, parts = [np.empty(0, np.int64)], [np.empty((0, LENGTH), np.float16)]
        for start in range(0, len(self.files), size):
            state.chunk += 1
            found = self._read_chunk(workers, range(start, min(start + size, len(self.files))))
            if found:
                readable = sorted(found)
                numbers.append(np.array(readable))
                parts.append(np.stack([found[number] for number in readable]))
            if self._stopped:
                break
        return np.concatenate(numbers), np.concatenate(parts)

    def _read_chunk(self, workers: ProcessPoolExecutor, chunk: range) -> dict[int, np.ndarray]:
        """The vectors of a chunk by the files' numbers, from the journal or from the files."""
        vectors: dict[int, np.ndarray] = {}
        stats: dict[int, os.stat_result] = {}
        unread: list[tuple[int, Path]] = []
        for number in chunk:
            path = self.options.folder / self.files[number]
            try:
                self.files[number].encode()
                stats[number] = path.stat()
            except (OSError, UnicodeEncodeError) as error:
                self._cannot_read(number, getattr(error, "strerror", "") or "its name is not text")
                self._step()
                continue
            seen = self.journal.seen(
                self.files[number], stats[number].st_size, stats[number].st_mtime_ns
            )
            if seen is None:
                unread.append((number, path))
            else:
                self._ids[number], self._merit[number] = seen.id, seen.quality
                if seen.vector is None:
                    self._cannot_read(number, seen.unreadable or "")
                else:
                    vectors[number] = seen.vector
                self._step()
        batches = (unread[start : start + BATCH] for start in range(0, len(unread), BATCH))
        for results in self._each(workers, dedupe_worker.read, batches):
            with self.journal.transaction():
                for read in results:
                    self._note_read(read, stats[read.number], vectors)
        return vectors

    def _note_read(self, read: Read, stat: os.stat_result, vectors: dict[int, np.ndarray]) -> None:
        number = read.number
        self._ids[number] = self.journal.add_picture(
            self.files[number],
            stat.st_size,
            stat.st_mtime_ns,
            read.size,
            read.merit,
            read.vector,
            read.unreadable,
        )
        self._merit[number] = read.merit
        if read.vector is None:
            self._cannot_read(number, read.unreadable or "")
        else:
            vectors[number] = read.vector
            self.state.current = self.options.folder / self.files[number]
        self._step()

    def _cannot_read(self, number: int, reason: str) -> None:
        self._unreadable[number] = reason
        self.state.unreadable += 1
        self._note(f"unreadable {self.files[number]}: {reason}")

    # Deciding

    def _decide_all(self, workers: ProcessPoolExecutor, groups: Groups) -> None:
        self.state.phase, self.state.done = "comparing", 0
        for answers in self._each(workers, dedupe_worker.answer, self._questions(groups)):
            with self.journal.transaction():
                for answer in answers:
                    self._record(answer)
            for answer in answers:
                self._settle(groups, answer)

    def _questions(self, groups: Groups) -> Iterator[list[Question]]:
        """Batches of what is ready; an empty one where the next answer must be waited for."""
        while groups.undecided:
            batch: list[Question] = []
            while groups.ready and len(batch) < BATCH:
                question = self._question(groups, groups.ready.popleft())
                if question:
                    batch.append(question)
            yield batch

    def _question(self, groups: Groups, number: int) -> Question | None:
        """Whom to compare the picture with; None if that is known, and it is decided at once."""
        keepers = [k for k in groups.keepers(number) if k not in self._unreadable]
        if number in self._unreadable or not keepers:
            self._decide(groups, number, None)
            return None
        known = self.journal.pairs_of(int(self._ids[number]))
        asked: list[tuple[int, Path]] = []
        for keeper in keepers:
            pair = known.get(int(self._ids[keeper]))
            if pair is None:
                asked.append((keeper, self.options.folder / self.files[keeper]))
            elif pair.score <= 1 and pair.mse < self.options.threshold:
                same = Verdict(True, pair.score, pair.mse, pair.why)
                self._settle(groups, Answer(number, [(keeper, same)]))
                return None
        if not asked:
            self._decide(groups, number, None)
            return None
        return Question(number, self.options.folder / self.files[number], asked)

    def _record(self, answer: Answer) -> None:
        second = int(self._ids[answer.number])
        self.journal.add_pairs(
            Pair(int(self._ids[keeper]), second, verdict.score, verdict.mse, verdict.why)
            for keeper, verdict in answer.verdicts
        )

    def _settle(self, groups: Groups, answer: Answer) -> None:
        """Act on the answer; ask again where the keeper has vanished meanwhile."""
        if answer.unreadable:
            number, reason = answer.unreadable
            self._cannot_read(number, reason)
            if number != answer.number:
                groups.ready.append(answer.number)
                return
        keeper, verdict = answer.verdicts[-1] if answer.verdicts else (None, None)
        if answer.unreadable or keeper is None or verdict is None or not verdict.same:
            self._decide(groups, answer.number, None)
        elif self._remove(answer.number, keeper, verdict):
            self._decide(groups, answer.number, keeper)
        else:
            vanished = answer.number if not self._exists(answer.number) else keeper
            self._cannot_read(vanished, "the file has vanished")
            if vanished == keeper:
                groups.ready.append(answer.number)
            else:
                self._decide(groups, answer.number, None)

    def _decide(self, groups: Groups, number: int, keeper: int | None) -> None:
        groups.decide(number, keeper)
        if number not in self._unreadable:
            kept = "kept" if keeper is None else f"the same as {self.files[keeper]}"
            self._note(f"checked {self.files[number]}: {kept}")
        self._step()

    def _remove(self, number: int, keeper: int, verdict: Verdict) -> bool:
        removed = Removed(
            self.files[number], self.files[keeper], verdict.mse, verdict.why, "planned"
        )
        if not self._trash.take(removed):
            return False
        self.state.removed += 1
        self.state.current = self._trash.where(removed.file)
        self.state.compared = self.options.folder / removed.keeper
        self.state.mse = verdict.mse
        return True

    def _exists(self, number: int) -> bool:
        return (self.options.folder / self.files[number]).exists()

    # Both

    def _each(
        self,
        workers: ProcessPoolExecutor,
        function: Callable[[Any], Any],
        batches: Iterable[list[Any]],
    ) -> Iterator[Any]:
        """Results as they come, with a few batches in flight; ends early when told to stop."""
        running: set[Future[Any]] = set()
        for batch in batches:
            if not self.watcher.go_on():
                self._stopped = True
                break
            if batch:
                running.add(workers.submit(function, batch))
            if running and (not batch or len(running) > 2 * self.options.processes):
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        for future in running:
            yield future.result()

    def _step(self) -> None:
        self.state.done += 1
        self.watcher.changed(self.state)

    def _report(self, run: int) -> Report:
        removed = self.journal.removed(run)
        unreadable = [self.files[number] for number in sorted(self._unreadable)]
        gone = {r.file for r in removed}.union(unreadable)
        kept = [name for name in self.files if name not in gone]
        seconds = time.monotonic() - self.state.started
        return Report(kept, removed, unreadable, seconds, self._stopped)
