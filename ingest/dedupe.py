"""Candidate pairs of pictures come in; who is kept and who repeats whom goes out."""

from collections import deque

import cv2
import numpy as np


def phash(rgb: np.ndarray) -> int:
    """The 64-bit perceptual hash of an RGB uint8 picture, as a signed integer (MongoDB's kind).

    The signs of the 8x8 lowest frequencies against their median, after a 32x32 reduction
    (Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010).
    """
    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    reduced = cv2.resize(luma, (32, 32), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(reduced)[:8, :8].ravel()
    bits = low > np.median(low)
    return int(np.packbits(bits).view(">i8")[0])


class Groups:
    """Decides which pictures are kept, the best first, so that nothing kept is ever taken back.

    A picture is ready for comparison when all better candidates of it are decided. It is compared
    with those of them that are kept, and with the keepers of those that are not: a duplicate
    therefore always resembles its keeper itself, however long the chain of likenesses is.
    """

    def __init__(
        self, merit: np.ndarray, first: np.ndarray, second: np.ndarray, distance: np.ndarray
    ):
        """`merit` of each picture; candidate pairs by number, in any order, and their distance."""
        rank = np.empty(len(merit), np.int64)
        rank[np.argsort(-merit, kind="stable")] = np.arange(len(merit))
        swap = rank[first] > rank[second]
        better, worse = np.where(swap, second, first), np.where(swap, first, second)
        self._better = _Lists(len(merit), worse, better, distance)
        self._worse = _Lists(len(merit), better, worse, distance)
        self._waits = self._better.counts()
        self._keeper = np.arange(len(merit))
        self.undecided = len(merit)
        self.ready = deque(np.flatnonzero(self._waits == 0).tolist())

    def keepers(self, picture: int) -> list[int]:
        """Whom a ready picture is to be compared with, the nearest first."""
        return list(dict.fromkeys(self._keeper[self._better[picture]].tolist()))

    def decide(self, picture: int, keeper: int | None) -> None:
        """Note that the picture is kept (None) or the same as this keeper."""
        self.undecided -= 1
        if keeper is not None:
            self._keeper[picture] = keeper
        waiting = self._worse[picture]
        np.subtract.at(self._waits, waiting, 1)
        self.ready.extend(waiting[self._waits[waiting] == 0].tolist())


class _Lists:
    """For each of `count` owners its items, nearest first, in two flat arrays."""

    def __init__(self, count: int, owner: np.ndarray, item: np.ndarray, distance: np.ndarray):
        order = np.lexsort((distance, owner))
        self._items = item[order]
        self._starts = np.searchsorted(owner[order], np.arange(count + 1))

    def counts(self) -> np.ndarray:
        return np.diff(self._starts)

    def __getitem__(self, owner: int) -> np.ndarray:
        return self._items[self._starts[owner] : self._starts[owner + 1]]
