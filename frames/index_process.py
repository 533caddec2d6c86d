"""The search index of this process.

A web process runs `follow()`: a thread keeps its index up to date. Any other (a command, a test)
needs none: asking for the index makes it catch up with the database first.
"""

import gc
import os
import threading
import time
from contextlib import suppress
from typing import Any

from django.db import connection

from frames import snapshot
from frames.index import Index
from frames.index_sync import Follower, snapshot_path


class IndexNotReady(Exception):
    """The index is being opened or rebuilt; `progress` says how much is done, 0 to 1."""

    def __init__(self, progress: float):
        self.progress = progress
        super().__init__(f"The search index is being built: {progress:.0%} done.")


class _Process:
    """What this process has; a forked child begins with nothing but what was preloaded."""

    def __init__(self) -> None:
        self.preloaded: tuple[Index, dict[str, Any]] | None = None
        self.forget()
        os.register_at_fork(after_in_child=self.forget)

    def forget(self) -> None:
        self.follower: Follower | None = None
        self.thread: threading.Thread | None = None
        self.lock = threading.Lock()


_process = _Process()


def current() -> Index:
    """The index of this process. Raises `IndexNotReady` while its thread is still at it."""
    follower = _process.follower
    if _process.thread is not None and follower is not None:
        if follower.index is None:
            raise IndexNotReady(follower.progress)
        return follower.index
    with _process.lock:
        if follower is None or follower.name != connection.settings_dict["NAME"]:
            follower = _process.follower = Follower()
        follower.catch_up()
        assert follower.index is not None
        return follower.index


def preload() -> None:
    """Open the snapshot before workers are forked, which then share its memory."""
    with suppress(snapshot.BadSnapshot):
        _process.preloaded = snapshot.read(snapshot_path())
        gc.collect()
        gc.freeze()


def follow(wait: float = 2.0) -> None:
    """Keep this process' index up to date in a thread of its own.

    Returns when the index can be used, after `wait` seconds at the latest.
    """
    _process.follower = Follower(_process.preloaded)
    _process.thread = threading.Thread(target=_process.follower.run, daemon=True, name="index")
    _process.thread.start()
    deadline = time.monotonic() + wait
    while _process.follower.index is None and time.monotonic() < deadline:
        time.sleep(0.01)
