"""Hits and an order come in, pages of ids go out, at the same cost from wherever they start.

Every order answers two questions: which ids follow a given frame, and which precede it. The frame
itself need not be among the hits (any longer). Orders that have no bitmap to walk along compute
keys when hits are few, and look for hits block by block, in the order's own order, when they are
many: then the next block is sure to hold some.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Protocol

import numpy as np
from pyroaring import BitMap

from frames.index import Index
from frames.scores import UNSCORED, bitmap, numbers

FEW = 100_000


class Order(Protocol):
    def following(self, id: int | None, count: int) -> list[int]:
        """Up to `count` ids after `id`, or from the beginning."""

    def preceding(self, id: int | None, count: int) -> list[int]:
        """Up to `count` ids before `id`, or from the end; the nearest first."""

    def at(self, rank: int, count: int) -> list[int]:
        """Up to `count` ids from the one at this place on; the first is at 0."""


@dataclass(frozen=True)
class Oldest:
    """By id, which is by time within an episode."""

    hits: BitMap

    def following(self, id: int | None, count: int) -> list[int]:
        rank = 0 if id is None else self.hits.rank(id)
        return list(self.hits[rank : rank + count])

    def preceding(self, id: int | None, count: int) -> list[int]:
        rank = len(self.hits) if id is None else self.hits.rank(id - 1) if id > 0 else 0
        return list(self.hits[max(0, rank - count) : rank])[::-1]

    def at(self, rank: int, count: int) -> list[int]:
        return list(self.hits[rank : rank + count])


@dataclass(frozen=True)
class Newest:
    hits: BitMap

    def following(self, id: int | None, count: int) -> list[int]:
        return Oldest(self.hits).preceding(id, count)

    def preceding(self, id: int | None, count: int) -> list[int]:
        return Oldest(self.hits).following(id, count)

    def at(self, rank: int, count: int) -> list[int]:
        end = max(len(self.hits) - rank, 0)
        return list(self.hits[max(0, end - count) : end])[::-1]


@dataclass(frozen=True)
class Listed:
    """The order of a list; from a frame that is not in it one starts anew."""

    ids: list[int]

    def following(self, id: int | None, count: int) -> list[int]:
        start = self.ids.index(id) + 1 if id in self.ids else 0
        return self.ids[start : start + count]

    def preceding(self, id: int | None, count: int) -> list[int]:
        end = self.ids.index(id) if id in self.ids else len(self.ids)
        return self.ids[max(0, end - count) : end][::-1]

    def at(self, rank: int, count: int) -> list[int]:
        return self.ids[rank : rank + count]


Keys = Callable[[np.ndarray], np.ndarray]  # ids (uint32) -> their keys (int64, all different)


class Keyed:
    """By ascending key, computed for every hit."""

    def __init__(self, hits: BitMap, key: Keys):
        self.hits = hits
        self.key = key

    def following(self, id: int | None, count: int) -> list[int]:
        return self.nearest(id, count, 1)

    def preceding(self, id: int | None, count: int) -> list[int]:
        return self.nearest(id, count, -1)

    def nearest(self, id: int | None, count: int, sign: int) -> list[int]:
        """Ids with larger keys than `id`'s (`sign` 1) or smaller ones (-1), nearest first."""
        ids, keys = self._all
        keys = sign * keys
        if id is not None:
            beyond = keys > sign * self.key(np.array([id], np.uint32))[0]
            ids, keys = ids[beyond], keys[beyond]
        if count < len(keys):
            nearest = np.argpartition(keys, count)[:count]
            ids, keys = ids[nearest], keys[nearest]
        return ids[np.argsort(keys)].tolist()

    def at(self, rank: int, count: int) -> list[int]:
        return self.nearest(None, rank + count, 1)[rank:]

    @cached_property
    def _all(self) -> tuple[np.ndarray, np.ndarray]:
        ids = numbers(self.hits)
        return ids, self.key(ids)


def by_score(index: Index, hits: BitMap, tags: list[str]) -> Order:
    """The highest sum of the tags' scores first, of equal ones the newest."""

    def key(ids: np.ndarray) -> np.ndarray:
        total = np.zeros(len(ids), np.int64)
        for tag in tags:
            levels = index.scores.levels(tag, ids)
            total += np.where(levels == UNSCORED, 0, levels)
        return -((total << 32) + ids)

    return Keyed(hits, key)


class Walked:
    """By ascending key, without looking at all hits: `blocks(id, sign)` are bitmaps of ids, in
    the order of their keys upwards (`sign` 1) or downwards (-1), the first with `id` in it."""

    def __init__(self, hits: BitMap, key: Keys, blocks: Callable[[int | None, int], Iterator]):
        self.hits = hits
        self.key = key
        self.blocks = blocks

    def following(self, id: int | None, count: int) -> list[int]:
        return list(islice(self._walk(id, 1), count))

    def preceding(self, id: int | None, count: int) -> list[int]:
        return list(islice(self._walk(id, -1), count))

    def at(self, rank: int, count: int) -> list[int]:
        found: list[int] = []
        for block in self.blocks(None, 1):
            inside = block & self.hits
            if rank < len(inside):
                found += Keyed(inside, self.key).at(rank, count - len(found))
            rank = max(rank - len(inside), 0)
            if len(found) == count:
                break
        return found

    def _walk(self, id: int | None, sign: int) -> Iterator[int]:
        for block in self.blocks(id, sign):
            if found := block & self.hits:
                yield from Keyed(found, self.key).nearest(id, len(found), sign)


def timeline(index: Index, hits: BitMap) -> Order:
    """Series by title, then seasons, episodes and times."""
    episodes, times = index.columns["episode"], index.columns["time"]
    ordinals = index.timeline
    ranks = np.empty(len(ordinals), np.int64)
    ranks[ordinals] = np.arange(len(ordinals))

    def key(ids: np.ndarray) -> np.ndarray:
        within = np.minimum(times[ids].astype(np.int64), 2**28 - 1) << 12
        return (ranks[episodes[ids]] << 40) + within + (ids & 0xFFF)

    def blocks(id: int | None, sign: int) -> Iterator[BitMap]:
        start = (0 if sign > 0 else len(ranks) - 1) if id is None else int(ranks[episodes[id]])
        for ordinal in ordinals[start:] if sign > 0 else ordinals[start::-1]:
            yield index.ids("episode", int(ordinal))

    return Keyed(hits, key) if len(hits) <= FEW else Walked(hits, key, blocks)


def shuffled(hits: BitMap, permutation: "Permutation") -> Order:
    """A random order that is the same for the same permutation, whatever the hits."""

    def blocks(id: int | None, sign: int) -> Iterator[BitMap]:
        end = permutation.size
        # Large enough for a page in one block, on average.
        length = min(max(1024, 100 * end // len(hits)), end)
        place = (0 if sign > 0 else end - 1) if id is None else int(key(np.array([id]))[0])
        while 0 <= place < end:
            low, high = (place, place + length) if sign > 0 else (place - length + 1, place + 1)
            places = np.arange(max(low, 0), min(high, end), dtype=np.uint64)
            yield bitmap(np.sort(permutation.inverse(places)))
            place += sign * length

    def key(ids: np.ndarray) -> np.ndarray:
        return permutation(ids).astype(np.int64)

    return Keyed(hits, key) if len(hits) <= FEW else Walked(hits, key, blocks)


class Permutation:
    """A pseudo-random one-to-one mapping of 0 .. 2**bits - 1 onto itself.

    Three rounds of a multiplication by an odd number and an exclusive or with the upper half of
    the bits, both of which can be undone (as in Steele et al., "Fast Splittable Pseudorandom
    Number Generators", 2014).
    """

    def __init__(self, seed: int, bits: int):
        self.bits = max(bits, 4)
        self.size = 1 << self.bits
        self._mask = np.uint64(self.size - 1)
        self._shift = np.uint64((self.bits + 1) // 2)
        numbers = random.Random(seed)
        rounds = [
            (numbers.getrandbits(self.bits) | 1, numbers.getrandbits(self.bits)) for _ in "123"
        ]
        self._rounds = [
            (np.uint64(factor), np.uint64(pow(factor, -1, self.size)), np.uint64(added))
            for factor, added in rounds
        ]

    def __call__(self, ids: np.ndarray) -> np.ndarray:
        x = ids.astype(np.uint64)
        for factor, _, added in self._rounds:
            x = (x * factor + added) & self._mask
            x ^= x >> self._shift
        return x

    def inverse(self, places: np.ndarray) -> np.ndarray:
        x = places.astype(np.uint64)
        for _, inverse, added in reversed(self._rounds):
            x ^= x >> self._shift
            x = ((x - added) * inverse) & self._mask
        return x
