"""Files of a folder come in; their vectors go out, from the journal or from worker processes."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from ingest import dedupe_worker
from ingest.dedupe_worker import Read
from ingest.encoder import LENGTH
from ingest.folder_run import BATCH, Run


class Pictures:
    """What is known of the files, by their numbers: `ids` in the journal, and `merit`."""

    def __init__(self, run: Run):
        self._run = run
        self.ids = np.full(len(run.files), -1, np.int64)
        self.merit = np.zeros(len(run.files))
        self._vectors: dict[int, np.ndarray] = {}  # of this chunk
        self._stats: dict[int, os.stat_result] = {}  # of the files that workers are reading

    def read(self, workers: ProcessPoolExecutor) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the readable files, and their vectors, float16 (n, 64), chunk by chunk."""
        state, size = self._run.state, self._run.options.chunk_size
        state.total, state.chunks = len(self.ids), -(-len(self.ids) // size)
        numbers, parts = [np.empty(0, np.int64)], [np.empty((0, LENGTH), np.float16)]
        for start in range(0, len(self.ids), size):
            state.chunk += 1
            self._read_chunk(workers, range(start, min(start + size, len(self.ids))))
            if self._vectors:
                readable = sorted(self._vectors)
                numbers.append(np.array(readable))
                parts.append(np.stack([self._vectors[number] for number in readable]))
                self._vectors.clear()
            if self._run.stopped:
                break
        return np.concatenate(numbers), np.concatenate(parts)

    def _read_chunk(self, workers: ProcessPoolExecutor, chunk: range) -> None:
        for results in self._run.each(workers, dedupe_worker.read, self._unread(chunk)):
            with self._run.journal.transaction():
                for read in results:
                    self._keep(read)
            for read in results:
                if read.vector is not None:
                    self._run.note(f"read {self._run.files[read.number]}")
                self._run.step()

    def _unread(self, chunk: range) -> Iterator[list[tuple[int, Path]]]:
        """Batches of what the journal does not know; what it knows is taken from there."""
        batch: list[tuple[int, Path]] = []
        for number in chunk:
            if self._known(number):
                self._run.step()
                continue
            batch.append((number, self._run.path(number)))
            if len(batch) == BATCH:
                yield batch
                batch = []
        if batch:
            yield batch

    def _known(self, number: int) -> bool:
        """Whether the file need not be read: it was before, or there is no way to."""
        run, name = self._run, self._run.files[number]
        try:
            name.encode()
            stat = run.path(number).stat()
        except (OSError, UnicodeEncodeError) as error:
            run.cannot_read(number, getattr(error, "strerror", "") or "its name is not text")
            return True
        seen = run.journal.seen(name, stat.st_size, stat.st_mtime_ns)
        if seen is None:
            self._stats[number] = stat
            return False
        self.ids[number], self.merit[number] = seen.id, seen.quality
        if seen.vector is None:
            run.cannot_read(number, seen.unreadable or "")
        else:
            self._vectors[number] = seen.vector
        return True

    def _keep(self, read: Read) -> None:
        """Note in the journal what a worker has found."""
        run, number = self._run, read.number
        stat = self._stats.pop(number)
        self.ids[number] = run.journal.add_picture(
            run.files[number],
            stat.st_size,
            stat.st_mtime_ns,
            read.size,
            read.merit,
            read.vector,
            read.unreadable,
        )
        self.merit[number] = read.merit
        if read.vector is None:
            run.cannot_read(number, read.unreadable or "")
        else:
            self._vectors[number] = read.vector
            run.state.current = run.path(number)
