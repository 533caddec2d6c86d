"""The scores of every tag on every frame, one byte each: for a tag, its frames and levels.

What a snapshot holds stays in its file, mapped into memory and read for one tag at a time; what
changed since is kept beside it. Levels are those of `frames.terms.level`; `UNSCORED` marks a tag
that a frame has without a score of its own.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import numpy as np
from pyroaring import BitMap

from frames.terms import Interval

UNSCORED = 255

Postings = tuple[np.ndarray, np.ndarray]  # ids (uint32, ascending) and their levels (uint8)
_NOTHING: Postings = (np.empty(0, np.uint32), np.empty(0, np.uint8))


class Scores:
    """`stored` answers with a tag's postings as they were when the snapshot was taken."""

    def __init__(self, stored: Callable[[str], Postings | None] = lambda tag: None):
        self._stored = stored
        self._ids: dict[str, array[int]] = {}
        self._levels: dict[str, bytearray] = {}
        self._merged = lru_cache(16)(self._merge)

    def set(self, tag: str, changes: Iterable[tuple[int, int]]) -> None:
        """Ids of frames with the tag and their levels; the last word on a frame counts.

        A tag that is taken away leaves its level behind, which does no harm: levels are only
        looked at for frames that have the tag.
        """
        if tag not in self._ids:
            self._ids[tag], self._levels[tag] = array("I"), bytearray()
        ids, levels = zip(*changes, strict=True)
        self._ids[tag].extend(ids)
        self._levels[tag].extend(levels)

    def of(self, tag: str) -> Postings:
        return self._merged(tag, len(self._levels.get(tag, b"")))

    def _merge(self, tag: str, changes: int) -> Postings:
        ids, levels = self._stored(tag) or _NOTHING
        if not changes:
            return ids, levels
        # Of each changed frame the last level, which is the first one when read backwards.
        changed, places = np.unique(np.array(self._ids[tag][::-1], np.uint32), return_index=True)
        new = np.frombuffer(bytes(self._levels[tag][::-1]), np.uint8)[places]
        at = np.searchsorted(ids, changed)
        known = at < len(ids)
        known[known] = ids[at[known]] == changed[known]
        levels = levels.copy()
        levels[at[known]] = new[known]
        added = ~known
        return (
            np.insert(ids, at[added], changed[added]),
            np.insert(levels, at[added], new[added]),
        )

    def within(self, tag: str, bounds: Interval) -> BitMap:
        """The frames on which the tag's level is within the bounds."""
        ids, levels = self.of(tag)
        inside = (levels >= bounds.low) & (levels <= min(bounds.high, UNSCORED - 1))
        return bitmap(ids[inside])

    def levels(self, tag: str, ids: np.ndarray) -> np.ndarray:
        """The levels (uint8) of the given frames (uint32); `UNSCORED` where there is none."""
        known, levels = self.of(tag)
        if not len(known):
            return np.full(len(ids), UNSCORED, np.uint8)
        places = np.minimum(np.searchsorted(known, ids), len(known) - 1)
        return np.where(known[places] == ids, levels[places], np.uint8(UNSCORED))

    def mark(self) -> dict[str, int]:
        """How much of the changes there is now, for `rebase`."""
        return {tag: len(levels) for tag, levels in self._levels.items()}

    def rebase(self, stored: "Scores", mark: dict[str, int]) -> None:
        """Build on a newer snapshot, which holds what had changed up to the mark."""
        self._stored = stored._stored
        for tag, length in mark.items():
            del self._ids[tag][:length], self._levels[tag][:length]
        self._merged.cache_clear()


def levels_of(scores: Sequence[float | None]) -> bytes:
    """`frames.terms.level` of many scores at once; `UNSCORED` for None."""
    given = np.array(scores, np.float64)
    hundredths = np.round(given * 100, 6)
    whole = np.floor(hundredths)
    levels = 2 * whole + (hundredths != whole)
    return np.where(np.isnan(given), UNSCORED, levels).astype(np.uint8).tobytes()


def bitmap(ids: np.ndarray) -> BitMap:
    """From ascending ids; through `array`, which pyroaring reads ten times faster than numpy.

    Without runs (`optimize`): combining them takes several times as long as rows of bits.
    """
    return BitMap(array("I", np.ascontiguousarray(ids, np.uint32).tobytes()), optimize=False)


def numbers(ids: BitMap) -> np.ndarray:
    """A bitmap's members, ascending, as uint32."""
    return np.frombuffer(ids.to_array(), np.uint32) if ids else np.empty(0, np.uint32)
