"""What a run on a folder has found comes in; what a later run need not find again goes out.

One SQLite file in the trash folder. A file of the same name, size and time of change is not read
again, two such files are not compared again, and a move is written down before it is made.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

SCHEMA = """
create table if not exists settings (name text primary key, value text);
create table if not exists pictures (
    id integer primary key, file text unique, bytes integer, changed integer,
    width integer, height integer, quality real, vector blob, unreadable text);
create table if not exists pairs (
    first integer, second integer, score real, mse real, why text, primary key (first, second)
) without rowid;
create table if not exists runs (
    id integer primary key, started text, mode text, finished integer default 0);
create table if not exists removed (
    run integer, file text, keeper text, mse real, why text, state text,
    primary key (run, file)) without rowid;
"""


@dataclass(frozen=True)
class Seen:
    """A file as the journal knows it; `vector` is float16, or None where the file is unreadable."""

    id: int
    file: str
    width: int
    height: int
    quality: float
    vector: np.ndarray | None
    unreadable: str | None


@dataclass(frozen=True)
class Pair:
    """A comparison that was made; ids of pictures, the first being the possible keeper.

    `mse` is infinite where the worst block had said enough.
    """

    first: int
    second: int
    score: float
    mse: float
    why: str


@dataclass(frozen=True)
class Removed:
    """A duplicate. `state` is "planned", "trashed", "deleted", "reported" or "restored"."""

    file: str
    keeper: str
    mse: float
    why: str
    state: str


class Journal:
    def __init__(self, path: Path, version: str):
        """`version` names the encoder and the comparison: what another one found is forgotten."""
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute(
            "pragma synchronous = normal"
        )  # whole after a kill, without waiting for disks
        self._db.executescript(SCHEMA)
        row = self._db.execute("select value from settings where name = 'version'").fetchone()
        if row is None or row[0] != version:
            with self.transaction():
                self._db.execute("delete from pairs")
                self._db.execute("delete from pictures")
                self._db.execute("insert or replace into settings values ('version', ?)", [version])

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        self._db.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._db.execute("rollback")
            raise
        self._db.execute("commit")

    def seen(self, file: str, bytes: int, changed: int) -> Seen | None:
        """What is known of the file, unless it has been changed since (`changed` in ns)."""
        row = self._db.execute(
            "select id, file, width, height, quality, vector, unreadable from pictures"
            " where file = ? and bytes = ? and changed = ?",
            [file, bytes, changed],
        ).fetchone()
        if row is None:
            return None
        vector = None if row[5] is None else np.frombuffer(row[5], np.float16)
        id, name, width, height, quality, _, unreadable = row
        return Seen(id, name, width, height, quality, vector, unreadable)

    def add_picture(
        self,
        file: str,
        bytes: int,
        changed: int,
        size: tuple[int, int],
        quality: float,
        vector: np.ndarray | None,
        unreadable: str | None = None,
    ) -> int:
        """Note a file, forgetting what it was compared with before; its id."""
        old = self._db.execute("select id from pictures where file = ?", [file]).fetchone()
        if old:
            self._db.execute("delete from pairs where first = ? or second = ?", [old[0], old[0]])
            self._db.execute("delete from pictures where id = ?", old)
        blob = None if vector is None else vector.astype(np.float16).tobytes()
        cursor = self._db.execute(
            "insert into pictures"
            " (file, bytes, changed, width, height, quality, vector, unreadable)"
            " values (?, ?, ?, ?, ?, ?, ?, ?)",
            [file, bytes, changed, *size, quality, blob, unreadable],
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def pairs_of(self, id: int) -> dict[int, Pair]:
        """The comparisons of a picture with possible keepers, by the keeper's id."""
        rows = self._db.execute("select * from pairs where second = ?", [id])
        return {row[0]: Pair(*row) for row in rows}

    def add_pairs(self, pairs: Iterable[Pair]) -> None:
        rows = [(p.first, p.second, p.score, p.mse, p.why) for p in pairs]
        self._db.executemany("insert or replace into pairs values (?, ?, ?, ?, ?)", rows)

    def start_run(self, mode: str, started: str) -> int:
        """The id of a new run, or of the one of this mode that was cut short."""
        row = self._db.execute(
            "select id from runs where mode = ? and not finished order by id desc", [mode]
        ).fetchone()
        if row and mode == "report":  # nothing was done, so nothing is to be gone on with
            self._db.execute("delete from removed where run = ?", row)
        if row:
            return row[0]
        cursor = self._db.execute("insert into runs (started, mode) values (?, ?)", [started, mode])
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def finish_run(self, run: int) -> None:
        self._db.execute("update runs set finished = 1 where id = ?", [run])

    def last_run(self, state: str) -> int | None:
        """The latest run with files in this state."""
        query = "select max(run) from removed where state = ?"
        return self._db.execute(query, [state]).fetchone()[0]

    def add_removed(self, run: int, removed: Removed) -> None:
        row = [run, removed.file, removed.keeper, removed.mse, removed.why, removed.state]
        self._db.execute("insert or replace into removed values (?, ?, ?, ?, ?, ?)", row)

    def set_state(self, run: int, file: str, state: str) -> None:
        self._db.execute(
            "update removed set state = ? where run = ? and file = ?", [state, run, file]
        )

    def removed(self, run: int) -> list[Removed]:
        query = "select file, keeper, mse, why, state from removed where run = ? order by file"
        return [Removed(*row) for row in self._db.execute(query, [run])]

    def forget_removed(self, run: int, file: str) -> None:
        self._db.execute("delete from removed where run = ? and file = ?", [run, file])
