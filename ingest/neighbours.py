"""Vectors of pictures come in; pairs that may be the same picture go out.

Every answer is exact: distances are measured in blocks, as matrix products, and bounds of them say
early which need not be.
"""

from dataclasses import dataclass

import numpy as np
from threadpoolctl import ThreadpoolController

RADIUS = (
    0.004  # mean squared difference per number of the code, see `python -m tests.benchmarks.dedupe`
)
MOST = 32  # candidates of a picture
CODE_LENGTH = 360
FEW = 1_000_000  # pairs that are measured rather than divided further
BLOCK = 4096  # vectors in one matrix product
HEAD = 16  # numbers of a vector that are looked at first

_LIBRARIES = ThreadpoolController()

Pairs = tuple[np.ndarray, np.ndarray, np.ndarray]
_NONE: Pairs = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))


@dataclass(frozen=True)
class _Side:
    """Vectors by their numbers, and their squared ways over the middles between the two sides."""

    numbers: np.ndarray
    cost: np.ndarray

    def of(self, which: np.ndarray) -> "_Side":
        return _Side(self.numbers[which], self.cost[which])


def all_pairs(vectors: np.ndarray, radius: float = RADIUS, most: int = MOST) -> Pairs:
    """Pairs of vectors (float16, (n, length)) within the radius, of those the nearest `most` of
    each vector; each pair once.

    The numbers of the later and of the earlier one, and the mean squared distance. Exact. Both
    sides of a comparison, at first everything and itself, are divided at the middle of the next
    axis, and whoever is too far from the middle is not compared with the other half; where few
    pairs are left they are measured. So the cost grows not much faster than the number.
    """
    limit = radius * CODE_LENGTH
    heads = vectors[:, :HEAD].astype(np.float32)
    whole = _Side(np.arange(len(vectors)), np.zeros(len(vectors), np.float32))
    waiting, parts = [(whole, whole, 0)], [_NONE]
    while waiting:
        one, other, axis = waiting.pop()
        if not len(one.numbers) or not len(other.numbers):
            continue
        if axis == heads.shape[1] or len(one.numbers) * len(other.numbers) <= FEW:
            parts.append(_between(one.numbers, other.numbers, vectors, radius, most))
            continue
        middle = heads[one.numbers, axis].mean()
        lower, upper, lower_near, upper_near = _divided(one, heads[:, axis], middle, limit)
        if one is other:
            sides = [(lower, lower), (upper, upper), (lower_near, upper_near)]
        else:
            low, high, low_near, high_near = _divided(other, heads[:, axis], middle, limit)
            sides = [(lower, low), (upper, high), (lower_near, high_near), (upper_near, low_near)]
        waiting += [(*pair, axis + 1) for pair in sides]
    return _nearest_of_both(parts, len(vectors), most)


def _divided(
    side: _Side, values: np.ndarray, middle: float, limit: float
) -> tuple[_Side, _Side, _Side, _Side]:
    """The lower and the upper half; of each, those that may have somebody near in the other."""
    off = values[side.numbers] - middle
    upper = off > 0
    across = _Side(side.numbers, side.cost + np.square(off))
    near = across.cost <= limit
    return side.of(~upper), side.of(upper), across.of(near & ~upper), across.of(near & upper)


def _between(
    one: np.ndarray, other: np.ndarray, vectors: np.ndarray, radius: float, most: int
) -> Pairs:
    """Pairs of one of these and one of those, by their numbers."""
    parts = []
    there = vectors[other]
    for start in range(0, len(one), BLOCK):
        asked = one[start : start + BLOCK]
        query, place, distance = near(vectors[asked], there, radius, most + 1)
        parts.append((asked[query], other[place], distance))
    first, second, distance = (np.concatenate(part) for part in zip(*parts, strict=True))
    apart = first != second
    return first[apart], second[apart], distance[apart]


def _nearest_of_both(parts: list[Pairs], count: int, most: int) -> Pairs:
    """What is among the nearest of either side, each pair once."""
    first, second, distance = (np.concatenate(part) for part in zip(*parts, strict=True))
    later, earlier, distance = _once(first, second, distance, count)
    both = np.concatenate([later, earlier]), np.concatenate([earlier, later])
    return _once(*nearest(*both, np.tile(distance, 2), most), count)


def _once(first: np.ndarray, second: np.ndarray, distance: np.ndarray, count: int) -> Pairs:
    """Each pair of the numbers below `count` once, the larger number first."""
    later, earlier = np.maximum(first, second), np.minimum(first, second)
    _, places = np.unique(later * count + earlier, return_index=True)
    return later[places], earlier[places], distance[places]


# The matrix products are small: the threads of a BLAS would wait for one another, busily, for many
# times as long as they compute.
@_LIBRARIES.wrap(limits=1, user_api="blas")
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
        new, place = np.divmod(np.flatnonzero(close), len(block))  # much faster than `nonzero`
        if len(new) > 4 * most and _thin_out(close, new, queries, block, most):
            new, place = np.divmod(np.flatnonzero(close), len(block))
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


def _thin_out(
    close: np.ndarray, new: np.ndarray, queries: np.ndarray, block: np.ndarray, most: int
) -> bool:
    """Where a query has crowds of neighbours in a block, leave it the nearest `most`."""
    crowded = np.flatnonzero(np.bincount(new, minlength=len(queries)) > 4 * most)
    if not len(crowded) or most >= len(block):
        return False
    squares = np.einsum("ij,ij->i", block, block)
    order = np.argpartition(squares - 2 * queries[crowded] @ block.T, most - 1, axis=1)
    close[crowded] = False
    close[crowded[:, None], order[:, :most]] = True
    return True


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
