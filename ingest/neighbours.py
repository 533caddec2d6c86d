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
EXACT_UP_TO = 50_000
BLOCK = 4096

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
            new, old, distance = self._measured(start)
        else:
            new, old, distance = self._walked(start)
        later, earlier = np.maximum(new, old), np.minimum(new, old)
        _, once = np.unique(later * self._count + earlier, return_index=True)
        return later[once], earlier[once], distance[once]

    def _measured(self, start: int) -> Pairs:
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

    Exact: one matrix product for each block of the vectors.
    """
    queries = queries.astype(np.float32)
    lengths = np.einsum("ij,ij->i", queries, queries)
    parts: list[Pairs] = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))]
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK].astype(np.float32)
        distance = queries @ block.T
        distance *= -2
        distance += lengths[:, None]
        distance += np.einsum("ij,ij->i", block, block)
        close = distance <= radius * CODE_LENGTH
        crowded = np.flatnonzero(close.sum(axis=1) > most)
        if len(crowded):  # where everything looks alike memory stays bounded
            order = np.argpartition(distance[crowded], most - 1, axis=1)[:, :most]
            close[crowded] = False
            close[crowded[:, None], order] = True
        query, number = np.nonzero(close)
        parts.append((query, number + start, distance[query, number] / CODE_LENGTH))
    query, number, away = (np.concatenate(part) for part in zip(*parts, strict=True))
    return nearest(query, number, away, most)


def nearest(query: np.ndarray, number: np.ndarray, distance: np.ndarray, most: int = MOST) -> Pairs:
    """The first `most` of each query."""
    order = np.lexsort((distance, query))
    query, number, distance = query[order], number[order], distance[order]
    starts = np.searchsorted(query, query, side="left")
    kept = np.arange(len(query)) - starts < most
    return query[kept], number[kept], distance[kept]
