"""Vectors of frames and their ids come in; the nearest frames to a vector go out.

The bulk lies in a memory-mapped HNSW file (usearch) that many processes share and none changes;
what is newer lies in a small index of the process's own, until both are written to a new file.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from usearch.index import Index

from frames.descriptors import VECTOR_SIZE

BULK = 1000
# 8-bit vectors, 16 links: see `python -m tests.benchmarks.picture_search` for recall and size.
_OPTIONS: dict[str, Any] = {
    "ndim": VECTOR_SIZE,
    "metric": "cos",
    "dtype": "i8",
    "connectivity": 16,
    "expansion_add": 96,
    "expansion_search": 128,
}


class VectorIndex:
    """An index over a snapshot file, if there is one, and over what was put in since."""

    def __init__(self, snapshot: Path | None = None):
        self.snapshot = snapshot
        self._base = _new(snapshot, view=True, enable_key_lookups=False) if snapshot else None
        self._recent = _new()
        self._changed: set[int] = set()  # ids whose vector in the snapshot is void

    @property
    def changes(self) -> int:
        """How much is not in the snapshot."""
        return len(self._changed)

    def __len__(self) -> int:
        """Vectors held; those changed or removed since the snapshot may count twice."""
        return len(self._recent) + (len(self._base) if self._base is not None else 0)

    def put(self, ids: Sequence[int], vectors: np.ndarray) -> None:
        """Add or replace: vectors is n x `VECTOR_SIZE`, int8."""
        self.remove(ids)
        threads = 0 if len(ids) >= BULK else 1  # 0: as many as there are processors
        self._recent.add(np.asarray(ids, np.uint64), vectors, threads=threads)

    def remove(self, ids: Sequence[int]) -> None:
        for id in ids:
            self._changed.add(id)
            if id in self._recent:
                self._recent.remove(id)

    def search(self, vector: np.ndarray, count: int) -> list[tuple[int, float]]:
        """Up to `count` ids, nearest first, with their cosine (-1 to 1)."""
        found: dict[int, float] = {}
        if self._base is not None and len(self._base):
            spare = min(len(self._changed), count)
            matches = self._base.search(vector, count + spare, threads=1)
            for id, distance in zip(matches.keys, matches.distances, strict=True):
                if int(id) not in self._changed:
                    found[int(id)] = 1 - float(distance)
        if len(self._recent):
            matches = self._recent.search(vector, count, threads=1)
            found.update(
                (int(id), 1 - float(distance))
                for id, distance in zip(matches.keys, matches.distances, strict=True)
            )
        return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:count]

    def save(self, path: Path) -> None:
        """Write everything into one new snapshot; a crash leaves no half-written file there."""
        merged = self._merged()
        partial = path.with_suffix(".partial")
        merged.save(str(partial))
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        partial.replace(path)

    def _merged(self) -> Index:
        if self.snapshot is None:
            return self._recent
        merged = _new(self.snapshot)
        for id in self._changed:
            if id in merged:
                merged.remove(id)
        ids = np.asarray(self._recent.keys[:], np.uint64)  # one by one would take quadratic time
        if len(ids):
            vectors: Any = self._recent.get(ids, dtype="i8")
            merged.add(ids, np.vstack(list(vectors)), threads=0)
        return merged


def _new(path: Path | None = None, **options: Any) -> Index:
    return Index(**_OPTIONS, path=path, **options)
