"""Vectors of pictures come in; pairs that may be the same picture go out, near-linear in number.

Up to some ten thousand vectors all pairs are measured, in blocks, as matrix products. Beyond that
an HNSW graph (Malkov and Yashunin, 2016; `usearch`) finds the same pairs in less time.
"""

from typing import Any

import numpy as np

RADIUS = (
    0.004  # mean squared difference per number of the code, see `python -m tests.benchmarks.dedupe`
)
MOST = 32  # candidates of a picture
CODE_LENGTH = 360
EXACT_UP_TO = 80_000  # from there on the graph is faster, as measured
BLOCK = 4096  # vectors in one matrix product
HEAD = 16  # numbers of a vector that are looked at first

Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]


class Neighbours:
    """Grows chunk by chunk: each `add` gives the pairs of the new vectors with all before them."""

    def __init__(self, length: int, radius: float = RADIUS, most: int = MOST):
        self._radius, self._most = radius, most
        self._vectors = np.empty((1024, length), np.float16)
        self._count = 0
        self._graph: Any = None

    def __len__(self) -> int:
        return self._count

    def add(self, vectors: np.ndarray) -> Pairs:
        """Numbers of the later and of the earlier one, mean squared distance: each pair once."""
        start, self._count = self._count, self._count + len(vectors)
        if self._count > len(self._vectors):
            grown = np.empty(
                (max(2 * len(self._vectors), self._count), vectors.shape[1]), np.float16
            )
            grown[:start] = self._vectors[:start]
            self._vectors = grown
        self._vectors[start : self._count] = vectors
        if self._count <= EXACT_UP_TO:
            new, old, distance = self._exact(start)
        else:
            new, old, distance = self._walked(start)
        later, earlier = np.maximum(new, old), np.minimum(new, old)
        _, once = np.unique(later * self._count + earlier, return_index=True)
        return later[once], earlier[once], distance[once]

    def _exact(self, start: int) -> Pairs:
        parts = []
        for first in range(start, self._count, BLOCK):
            last = min(first + BLOCK, self._count)
            query, number, distance = near(
                self._vectors[first:last], self._vectors[:last], self._radius, self._most + 1
            )
            other = query + first != number
            parts.append((query[other] + first, number[other], distance[other]))
        new, old, distance = (np.concatenate(part) for part in zip(*parts, strict=True))
        return new, old, distance

    def _walked(self, start: int) -> Pairs:
        from usearch.index import Index

        if self._graph is None:
            length = self._vectors.shape[1]
            self._graph = Index(ndim=length, metric="l2sq", dtype="f16", connectivity=16)
            self._graph.add(np.arange(start), self._vectors[:start])
        numbers = np.arange(start, self._count)
        self._graph.add(numbers, self._vectors[start : self._count])
        found = self._graph.search(self._vectors[start : self._count], self._most + 1)
        old = found.keys.astype(np.int64).ravel()
        new = np.repeat(numbers, self._most + 1)
        distance = found.distances.ravel() / CODE_LENGTH
        kept = (distance <= self._radius) & (old != new)
        return new[kept], old[kept], distance[kept]


def near(
    queries: np.ndarray, vectors: np.ndarray, radius: float = RADIUS, most: int = MOST
) -> Pairs:
    """Numbers of queries and of vectors within the radius, the nearest `most` of each, distances.

    Exact. The first numbers of a vector weigh most, and a distance in them is never more than the
    whole: one matrix product over them for each block leaves few pairs to measure. Whoever has
    found `most` looks no further than the last of them.
    """
    queries = queries.astype(np.float32)
    heads = np.hstack([-2 * queries[:, :HEAD], np.ones((len(queries), 1), np.float32)])
    lengths = np.einsum("ij,ij->i", queries[:, :HEAD], queries[:, :HEAD])
    limits = np.full(len(queries), radius * CODE_LENGTH, np.float32)
    query, number = np.empty(0, np.int64), np.empty(0, np.int64)
    distance = np.empty(0, np.float32)
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK].astype(np.float32)
        head = block[:, :HEAD]
        squares = np.einsum("ij,ij->i", head, head)
        partial = heads @ np.hstack([head, squares[:, None]]).T
        close = partial <= (limits - lengths + 1e-3)[:, None]
        _thin_out(close, queries, block, most)
        new, place = np.nonzero(close)
        if not len(new):
            continue
        away = _measured(queries, new, block, place)
        kept = away <= limits[new]
        query, number, distance = nearest(
            np.concatenate([query, new[kept]]),
            np.concatenate([number, place[kept] + start]),
            np.concatenate([distance, away[kept]]),
            most,
        )
        full = np.flatnonzero(np.bincount(query, minlength=len(queries)) == most)
        limits[full] = distance[np.searchsorted(query, full, side="right") - 1]
    return query, number, distance / CODE_LENGTH


def _thin_out(close: np.ndarray, queries: np.ndarray, block: np.ndarray, most: int) -> None:
    """Where a query has crowds of neighbours in a block, leave it the nearest `most`."""
    crowded = np.flatnonzero(close.sum(axis=1) > 4 * most)
    if len(crowded):
        squares = np.einsum("ij,ij->i", block, block)
        order = np.argpartition(squares - 2 * queries[crowded] @ block.T, most - 1, axis=1)
        close[crowded] = False
        close[crowded[:, None], order[:, :most]] = True


def _measured(a: np.ndarray, i: np.ndarray, b: np.ndarray, j: np.ndarray) -> np.ndarray:
    """Squared distances of rows `i` of `a` and `j` of `b`, a bounded number at a time."""
    parts = []
    for start in range(0, len(i), 50_000):
        off = a[i[start : start + 50_000]] - b[j[start : start + 50_000]]
        parts.append(np.einsum("ij,ij->i", off, off))
    return np.concatenate(parts)


def nearest(query: np.ndarray, number: np.ndarray, distance: np.ndarray, most: int = MOST) -> Pairs:
    """The nearest `most` of each query, in the order of queries and distances."""
    order = np.lexsort((distance, query))
    query, number, distance = query[order], number[order], distance[order]
    starts = np.searchsorted(query, query, side="left")
    kept = np.arange(len(query)) - starts < most
    return query[kept], number[kept], distance[kept]
