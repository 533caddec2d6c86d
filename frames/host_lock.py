"""A file that one process of this host holds at a time, and on which it tells how far it is."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(path: Path, *, wait: bool = False) -> Iterator[int | None]:
    """The lock on a file, as a descriptor; None if another process has it and `wait` is not set.

    It ends with the process, however that ends; a child that is forked meanwhile has it, too.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield file
    except BlockingIOError:
        yield None
    finally:
        os.close(file)


def tell(lock: int, progress: float) -> None:
    """`progress` (0 to 1) for those who wait."""
    os.pwrite(lock, f"{progress:.3f}".encode(), 0)


def told(path: Path) -> float:
    """What the process that holds the lock has told; 0 if it has told nothing."""
    try:
        return float(path.read_text() or 0)
    except (OSError, ValueError):
        return 0.0
