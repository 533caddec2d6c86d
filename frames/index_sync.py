"""MongoDB comes in, a search index that follows it goes out; one of each a process.

At start the snapshot on disk is opened, or the index is rebuilt from the collections when there
is none that fits. Then the change stream says which frames have changed since; those are read
again and put into the index. What is read is at least as new as the event, so an event may come
twice, and the last one leaves the frame as it is in the database.
"""

import itertools
import logging
import os
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.db import connection
from pymongo import MongoClient
from pymongo.change_stream import DatabaseChangeStream
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern

from frames import snapshot
from frames.host_lock import held, tell, told
from frames.index import LARGEST_ID, Index
from frames.rows import FRAMES, PROJECTION, SERIES, TAGS, row, vocabulary

logger = logging.getLogger(__name__)

MARKS = "frames_indexmark"
BATCH = 2000
CHANGES_AT_ONCE = 1000
APPLIED_AT_ONCE = 500  # for as long as that takes, no query is answered
AWAIT = 0.1  # seconds that an idle change stream waits for news
SAVE_AFTER_CHANGES = 20_000
SAVE_AFTER = 600.0  # seconds, with changes
SAVE_ALWAYS_AFTER = 3600.0  # seconds: MongoDB's log of changes does not reach back for ever
HISTORY_LOST = (286, 280, 260, 136)
PIPELINE: list[dict[str, Any]] = [
    {
        "$match": {
            "$or": [
                {"ns.coll": {"$in": [FRAMES, TAGS, SERIES, MARKS]}},
                {"operationType": {"$in": ["dropDatabase", "invalidate"]}},
            ]
        }
    },
    {"$project": {"operationType": 1, "ns": 1, "documentKey": 1}},
]


_numbers = itertools.count()


class Stale(Exception):
    """Changes cannot bring the index up to date: it has to be rebuilt."""


class Follower:
    """An index and its place in the change stream. Used by one thread at a time."""

    def __init__(self, preloaded: tuple[Index, dict[str, Any]] | None = None):
        self.index: Index | None = None
        self.progress = 0.0
        self.preloaded = preloaded
        self.name = connection.settings_dict["NAME"]
        self.path = snapshot_path()
        self.client: MongoClient = MongoClient(settings.DATABASES["default"]["HOST"])
        self.database: Database = self.client.get_database(
            self.name, read_concern=ReadConcern("majority")
        )
        self.stream: DatabaseChangeStream | None = None
        self.token: Any = None
        self.mark_id = f"{socket.gethostname()}:{os.getpid()}:{next(_numbers)}"
        self.marks_seen = 0
        self.caught_up_at: Any = None
        self.changes = 0
        self.saved_at = time.monotonic()
        self.child: tuple[int, dict[str, int]] | None = None

    # At the start

    def open(self) -> None:
        """The snapshot, or failing that a rebuild: by this process, or by one that is at it."""
        while self.index is None:
            try:
                self._open_snapshot()
            except (snapshot.BadSnapshot, Stale) as reason:
                with held(self.path.with_suffix(".lock")) as lock:
                    if lock:
                        logger.info("The search index is rebuilt: %s", reason)
                        self.rebuild(lock)
                        return
                self.progress = told(self.path.with_suffix(".lock"))
                time.sleep(0.2)

    def _open_snapshot(self) -> None:
        index, about = self.preloaded or snapshot.read(self.path)
        self.preloaded = None
        if about["collection"] != self._collection():
            raise Stale("the snapshot is of another database")
        self.token = about["token"]
        self.listen()
        index.vocabulary = vocabulary(self.database)
        self.index = index
        logger.info("The search index is open: %s frames", f"{len(index.all):,}")

    def rebuild(self, lock: int) -> None:
        """Read every visible frame; an index that is there already goes on answering meanwhile.

        If it is cut short, the follower is where it was before, and will find itself stale again.
        """
        stream = self._watch(None)
        about = {"token": stream.resume_token, "collection": self._collection()}
        collection = self.database[FRAMES]
        index, total, done = Index(), collection.estimated_document_count() or 1, 0
        documents = collection.find({"status": "visible"}, PROJECTION).sort("_id")
        for batch in _batches(documents.batch_size(BATCH)):
            index.apply(found for document in batch if (found := row(document)))
            done += len(batch)
            self.progress = min(done / total, 0.99)
            tell(lock, self.progress)
        index.vocabulary = vocabulary(self.database)
        index.compact()
        snapshot.write(self.path, index, about)
        self.index, _ = snapshot.read(self.path)
        self._follow(stream)
        self.saved_at, self.changes = time.monotonic(), 0
        logger.info("The search index is rebuilt: %s frames", f"{len(index.all):,}")

    def _collection(self) -> str:
        """MongoDB's own id of the collection, which no other collection anywhere has."""
        found = list(self.database.list_collections(filter={"name": FRAMES}))
        return str(found[0]["info"]["uuid"]) if found else ""

    # From then on

    def listen(self) -> None:
        """Open the change stream where it was left, or at this moment. Raises `Stale`."""
        self._follow(self._watch(self.token))

    def _watch(self, token: Any) -> DatabaseChangeStream:
        try:
            return self.database.watch(
                PIPELINE, resume_after=token, max_await_time_ms=int(AWAIT * 1000)
            )
        except OperationFailure as error:
            if error.code in HISTORY_LOST:
                raise Stale(f"its place in the change stream is lost ({error.details})") from error
            raise

    def _follow(self, stream: DatabaseChangeStream) -> None:
        if self.stream is not None:
            self.stream.close()
        self.stream, self.token = stream, stream.resume_token

    def step(self) -> None:
        """Wait a moment for changes, then put all that have come into the index.

        After a failure the stream is opened again where it was left: what it gave and was not
        applied comes once more, and a server that was away is followed when it is back.
        """
        if self.stream is None or not self.stream.alive:
            self.listen()
        assert self.stream is not None
        try:
            self._take()
        except Exception:
            self.stream.close()
            raise
        self.token = self.stream.resume_token

    def _take(self) -> None:
        frames: set[int] = set()
        names = False
        deadline = time.monotonic() + AWAIT
        while (event := self._next()) is not None:
            kind, collection = event["operationType"], event.get("ns", {}).get("coll")
            if kind in ("dropDatabase", "invalidate") or (
                kind in ("drop", "rename") and collection == FRAMES
            ):
                raise Stale("the collection of frames was dropped")
            if collection == FRAMES:
                frames.add(event["documentKey"]["_id"])
            elif collection == MARKS:
                self.marks_seen += event["documentKey"]["_id"] == self.mark_id
            else:
                names = True
            if len(frames) >= CHANGES_AT_ONCE or time.monotonic() > deadline:
                break
        self._apply(frames, names)

    def _next(self) -> dict[str, Any] | None:
        assert self.stream is not None
        try:
            return self.stream.try_next()
        except OperationFailure as error:
            if error.code in HISTORY_LOST:
                raise Stale(f"its place in the change stream is lost ({error.details})") from error
            raise

    def _apply(self, frames: set[int], names: bool) -> None:
        assert self.index is not None
        if names:
            self.index.vocabulary = vocabulary(self.database)
        if frames:
            self.refresh(frames)
            self.changes += len(frames)

    def refresh(self, ids: Iterable[int]) -> None:
        """Put these frames into the index as they are in the database."""
        assert self.index is not None
        changed = sorted(id for id in ids if id <= LARGEST_ID)
        for start in range(0, len(changed), APPLIED_AT_ONCE):
            gone = set(changed[start : start + APPLIED_AT_ONCE])
            documents = self.database[FRAMES].find({"_id": {"$in": list(gone)}}, PROJECTION)
            rows = [found for document in documents if (found := row(document))]
            self.index.apply(rows, gone - {row.id for row in rows})

    def catch_up(self) -> None:
        """Return when everything is in the index that was in the database at the call.

        If nothing was written since the last time, the time of MongoDB's last operation says so;
        else a mark is written, and changes are read until it comes back.
        """
        if self.index is None:
            self.open()
        elif self.client.admin.command("ping").get("operationTime") == self.caught_up_at:
            return
        wanted = self.marks_seen + 1
        update = {"q": {"_id": self.mark_id}, "u": {"$inc": {"count": 1}}, "upsert": True}
        reply = self.client[self.name].command("update", MARKS, updates=[update])
        try:
            while self.marks_seen < wanted:
                self.step()
        except Stale as reason:
            self._rebuild_alone(reason)
        self.caught_up_at = reply["operationTime"]

    def _rebuild_alone(self, reason: Stale) -> None:
        logger.warning("The search index is rebuilt: %s", reason)
        with held(self.path.with_suffix(".lock"), wait=True) as lock:
            assert lock
            self.rebuild(lock)

    # The thread of a web process

    def run(self) -> None:
        while True:
            try:
                self._turn()
            except Exception:  # whatever it is: searches go on, and so must the changes
                logger.exception("The search index does not follow the database; trying again")
                time.sleep(1)

    def _turn(self) -> None:
        try:
            self.open()
            self.step()
            self.save()
        except Stale as reason:
            self._rebuild_alone(reason)

    def save(self) -> None:
        """Write a snapshot when it is time, in a forked child, while changes and queries go on.

        This thread alone changes the index, so the child's copy of it is whole. One process of
        the host does it for all.
        """
        assert self.index is not None
        if self.child is not None:
            self._reap(*self.child)
            return
        age = time.monotonic() - self.saved_at
        if not (
            age > SAVE_ALWAYS_AFTER
            or (age > SAVE_AFTER and self.changes)
            or self.changes >= SAVE_AFTER_CHANGES
        ):
            return
        self.saved_at, self.changes = time.monotonic(), 0
        about = self._about()
        mark = self.index.scores.mark()
        with held(self.path.with_suffix(".lock")) as lock:
            if lock is None:
                return
            child = os.fork()
            if child == 0:
                _write_and_exit(self.path, self.index, about)
            self.child = child, mark

    def _reap(self, child: int, mark: dict[str, int]) -> None:
        assert self.index is not None
        done, status = os.waitpid(child, os.WNOHANG)
        if not done:
            return
        self.child = None
        if status != 0:
            logger.error("The snapshot of the search index was not written: %s", status)
            return
        with self.index.lock:
            self.index.scores.rebase(snapshot.scores(self.path), mark)

    def write(self) -> None:
        """Save now; for a process without the thread."""
        assert self.index is not None
        with held(self.path.with_suffix(".lock"), wait=True):
            snapshot.write(self.path, self.index, self._about())

    def _about(self) -> dict[str, Any]:
        return {"token": self.token, "collection": self._collection()}

    def close(self) -> None:
        with suppress(PyMongoError):
            self.database[MARKS].delete_one({"_id": self.mark_id})
        self.client.close()


def _write_and_exit(path: Path, index: Index, about: dict[str, Any]) -> NoReturn:
    """What the forked child does. It inherits the lock, which ends with it."""
    status = 1
    try:
        os.nice(10)
        snapshot.write(path, index, about)
        status = 0
    finally:
        os._exit(status)


def snapshot_path() -> Path:
    return Path(settings.VAR_ROOT) / "search" / f"{connection.settings_dict['NAME']}.index"


def _batches(documents: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch = []
    for document in documents:
        batch.append(document)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
