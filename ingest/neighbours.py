"""Vectors of pictures come in; pairs that may be the same picture go out, near-linear in number.

Up to some ten thousand vectors all pairs are measured, in blocks, as matrix products. Beyond that
an HNSW graph (Malkov and Yashunin, 2016; `usearch`) finds the same pairs in less time.
"""

from collections.abc import Iterator
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
        self.radius, self.most = radius * CODE_LENGTH, most
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
        return later[once], earlier[once], distance[once] / CODE_LENGTH

    def search(self, vectors: np.ndarray) -> Pairs:
        """Numbers of queries and of vectors near them, distances; the queries are not added."""
        found = list(self._blocks(vectors.astype(np.float32), self._count))
        query, number, distance = (np.concatenate(part) for part in zip(*found, strict=True))
        query, number, distance = self._nearest(query, number, distance)
        return query, number, distance / CODE_LENGTH

    def _measured(self, start: int) -> Pairs:
        """Each new vector against all: those within the radius, the nearest `most` of them."""
        parts: list[Pairs] = []
        for first in range(start, self._count, BLOCK):
            last = min(first + BLOCK, self._count)
            queries = self._vectors[first:last].astype(np.float32)
            for query, number, distance in self._blocks(queries, last):
                other = query + first != number
                parts.append((query[other] + first, number[other], distance[other]))
        new, old, distance = (np.concatenate(part) for part in zip(*parts, strict=True))
        return self._nearest(new, old, distance)

    def _blocks(self, queries: np.ndarray, count: int) -> Iterator[Pairs]:
        lengths = np.einsum("ij,ij->i", queries, queries)
        for start in range(0, count, BLOCK):
            block = self._vectors[start : min(start + BLOCK, count)].astype(np.float32)
            others = np.einsum("ij,ij->i", block, block)
            distance = queries @ block.T
            distance *= -2
            distance += lengths[:, None]
            distance += others[None]
            near = distance <= self.radius
            crowded = np.flatnonzero(near.sum(axis=1) > self.most + 1)
            if len(crowded):  # keep memory flat where everything looks alike
                order = np.argpartition(distance[crowded], self.most, axis=1)[:, : self.most + 1]
                near[crowded] = False
                near[crowded[:, None], order] = True
            query, number = np.nonzero(near)
            yield query, number + start, distance[query, number]

    def _nearest(self, query: np.ndarray, number: np.ndarray, distance: np.ndarray) -> Pairs:
        """The first `most` of each query."""
        order = np.lexsort((distance, query))
        query, number, distance = query[order], number[order], distance[order]
        starts = np.searchsorted(query, query, side="left")
        kept = np.arange(len(query)) - starts < self.most
        return query[kept], number[kept], distance[kept]

    def _walked(self, start: int) -> Pairs:
        from usearch.index import Index

        if self._graph is None:
            length = self._vectors.shape[1]
            self._graph = Index(
                ndim=length,
                metric="l2sq",
                dtype="f16",
                connectivity=16,
                expansion_add=64,
                expansion_search=64,
            )
            self._graph.add(np.arange(start), self._vectors[:start])
        numbers = np.arange(start, self._count)
        self._graph.add(numbers, self._vectors[start : self._count])
        found = self._graph.search(self._vectors[start : self._count], self.most + 1)
        old = found.keys.astype(np.int64).ravel()
        new = np.repeat(numbers, self.most + 1)
        distance = found.distances.ravel()
        near = (distance <= self.radius) & (old != new)
        return new[near], old[near], distance[near]
