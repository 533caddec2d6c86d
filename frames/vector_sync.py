"""Stored vectors come in, in bulk and then change by change; an index that is up to date goes out.

Each process keeps one, brought up to date from MongoDB's change stream before it is searched. A
memory-mapped snapshot below `VAR_ROOT` spares it the reading of everything; that is only a copy
and may be deleted at any time.
"""

import fcntl
import logging
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from bson import json_util
from django.conf import settings
from django.db import connection
from pymongo.change_stream import CollectionChangeStream
from pymongo.errors import OperationFailure
from pymongo.read_concern import ReadConcern

from frames.descriptors import MODEL, VECTOR_SIZE
from frames.models import FrameVector
from frames.vector_index import VectorIndex

logger = logging.getLogger(__name__)

FRESH_SECONDS = 0.5  # how long an index is searched before changes are asked for again
SAVE_AFTER = 5_000  # changes, or a fiftieth of the vectors, until a new snapshot is written
PATIENCE_SECONDS = 5.0  # how long a request waits for the first reading of the vectors


class VectorsNotReady(Exception):
    """The vectors are still being read; `progress` says how far, 0 to 1."""

    def __init__(self, progress: float):
        super().__init__(f"The index of pictures is being read: {progress:.0%}.")
        self.progress = progress


@dataclass
class _Snapshot:
    """An index file, and the point in the change stream that it stands at."""

    file: Path
    token: Any


class SharedIndex:
    """This process's index, brought up to date from the change stream before it is searched."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._index: VectorIndex | None = None
        self._stream: CollectionChangeStream | None = None
        self._token: Any = None
        self._asked = 0.0
        self._reader: threading.Thread | None = None
        self._read, self._to_read = 0, 1

    def nearest(self, vector: np.ndarray, count: int) -> list[tuple[int, float]]:
        self._wait_until_read()
        with self._lock:
            if time.monotonic() - self._asked > FRESH_SECONDS:
                self._catch_up()
            if self._index is None:
                raise VectorsNotReady(0.0)
            return self._index.search(vector, count)

    def save_if_due(self) -> None:
        """Write a new snapshot if much has changed and no other process is writing one."""
        try:
            self._wait_until_read()
        except VectorsNotReady:
            return  # whoever reads them for so long writes the snapshot afterwards
        with self._lock:
            self._catch_up()
            if self._index is None or not _is_due(self._index):
                return
            with _only_writer(wait=False) as alone:
                if alone:
                    self._index = _save(self._index, self._token)

    def _wait_until_read(self) -> None:
        if self._index is not None:
            return
        with self._lock:
            if self._index is None and self._reader is None:
                self._reader = threading.Thread(target=self._read_all, daemon=True)
                self._reader.start()
            reader = self._reader
        if reader is not None:
            reader.join(PATIENCE_SECONDS)
        if self._index is None:
            raise VectorsNotReady(min(0.99, self._read / self._to_read))

    def _read_all(self) -> None:
        """The snapshot and what came after it, or else every vector there is. Of processes that
        start together, one reads them all and the others wait for its snapshot."""
        try:
            with _only_writer(wait=True):
                if (snapshot := _newest_snapshot()) is not None:
                    self._stream, self._index = _watch(snapshot.token), VectorIndex(snapshot.file)
                    return
                stream, index = _watch(None), VectorIndex()
                token = stream.resume_token
                self._read_rows(index)
                self._stream = stream
                self._index = _save(index, token) if _is_due(index) else index
        except Exception:
            logger.exception("the vectors cannot be read")
        finally:
            connection.close()  # this thread's own
            self._reader = None

    def _read_rows(self, index: VectorIndex) -> None:
        rows = _vectors(ReadConcern("majority")).find(
            {"model": MODEL}, {"vector": 1}, batch_size=1000
        )
        self._read, self._to_read = 0, max(1, _vectors().estimated_document_count())
        while batch := list(islice(rows, 1000)):
            index.put([row["_id"] for row in batch], _stack([row["vector"] for row in batch]))
            self._read += len(batch)

    def _catch_up(self) -> None:
        """Take in what the change stream has; start again if it cannot be resumed."""
        if self._index is None or self._stream is None:
            return
        try:
            while change := self._stream.try_next():
                _apply(self._index, change)
            self._token = self._stream.resume_token
            self._asked = time.monotonic()
            if _is_due(self._index):
                self._change_over(self._index)
        except (OperationFailure, StopIteration):
            self._index = self._stream = None
        if self._stream is not None and not self._stream.alive:
            self._index = self._stream = None

    def _change_over(self, index: VectorIndex) -> None:
        """Go over to a snapshot that another process has written meanwhile."""
        snapshot = _newest_snapshot()
        if snapshot is not None and snapshot.file != index.snapshot:
            self._stream, self._index = _watch(snapshot.token), VectorIndex(snapshot.file)


def _is_due(index: VectorIndex) -> bool:
    return index.changes >= max(SAVE_AFTER, len(index) // 50)


def _apply(index: VectorIndex, change: dict[str, Any]) -> None:
    row = change.get("fullDocument")
    id = change.get("documentKey", {}).get("_id")
    if row and row.get("model") == MODEL:
        index.put([id], _stack([row["vector"]]))
    elif id is not None:
        index.remove([id])


def _stack(vectors: Sequence[bytes]) -> np.ndarray:
    return np.frombuffer(b"".join(vectors), np.int8).reshape(-1, VECTOR_SIZE)


def _watch(token: Any) -> CollectionChangeStream:
    """Changes of the vectors, without the local features, after `token` or from now on."""
    fields = ("operationType", "documentKey", "fullDocument.model", "fullDocument.vector")
    return _vectors().watch(
        [{"$project": dict.fromkeys(fields, 1)}], resume_after=token, max_await_time_ms=1
    )


shared_index = SharedIndex()


def _folder() -> Path:
    folder = Path(settings.VAR_ROOT) / "vectors"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _identity() -> dict[str, str]:
    """Of what the snapshot is a copy: a collection that was made anew is another one."""
    table = FrameVector._meta.db_table
    info: dict[str, Any] = next(connection.database.list_collections(filter={"name": table}), {})
    return {"collection": str(info.get("info", {}).get("uuid", "")), "model": MODEL}


def _newest_snapshot() -> _Snapshot | None:
    try:
        state = json_util.loads((_folder() / "snapshot.json").read_text())
        file = _folder() / state["file"]
        if state["of"] != _identity() or not file.exists():
            return None
        _watch(state["token"]).close()  # the server may have forgotten that point
        VectorIndex(file)
    except (OSError, ValueError, KeyError, RuntimeError, OperationFailure) as error:
        logger.debug("the vectors are read anew: %s", error)
        return None
    return _Snapshot(file, state["token"])


@contextmanager
def _only_writer(*, wait: bool) -> Iterator[bool]:
    """Hold the lock under which a snapshot is written; False if another process has it."""
    with (_folder() / "snapshot.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _save(index: VectorIndex, token: Any) -> VectorIndex:
    """Write the index file, then the small file that names it, and return the index that maps it.
    Processes that map the file before it keep their copy."""
    file = _folder() / f"{uuid.uuid4().hex}.usearch"
    index.save(file)
    state = {"file": file.name, "token": token, "of": _identity()}
    partial = _folder() / "snapshot.partial"
    partial.write_text(json_util.dumps(state))
    partial.replace(_folder() / "snapshot.json")
    for old in _folder().glob("*.usearch"):
        if old != file:
            old.unlink(missing_ok=True)
    return VectorIndex(file)


def _vectors(read_concern: ReadConcern | None = None) -> Any:
    return connection.get_collection(FrameVector._meta.db_table, read_concern=read_concern)
