"""Small pictures come in, one by one; the transitions between shots go out, a moment later.

Where a transition lies: a cut at the first picture of the new shot; a dissolve at its middle; a
fade through black or white at its darkest or lightest picture, but where the picture is cut to or
from black or white, at that cut. Flashes and impact frames, after which the same picture goes on,
are none; nor is the black before the first shot or after the last, unless it is cut to and stays.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ingest.structure import Measured, changed, distance, is_balanced_sum, likeness, residual


@dataclass(frozen=True)
class Transition:
    """`index` is the first picture of the new shot. Those from `start` up to `end` fade, or show
    both shots, and can stand for neither; for a cut there are none."""

    index: int
    start: int
    end: int


class Detector(Protocol):
    """Finds transitions in the small pictures (see `structure`) that `add` is given in order.

    A transition is reported while its `index` is among the last `lookahead` pictures; `finish`
    reports the rest.
    """

    lookahead: int

    def add(self, small: np.ndarray) -> Iterable[Transition]: ...

    def finish(self) -> Iterable[Transition]: ...


class StructureDetector:
    """Compares pictures by structure, so that light, flashes and motion do not pass for cuts.

    A cut is a jump that stands out from its neighbourhood, changes most of what is in the picture,
    leaves none of its detail in place, and is not bridged: no picture shortly before it looks like
    one shortly after. A dissolve is a picture that is the mean of two unlike ones at equal distance
    and carries the detail of both. A fade is a run of flat pictures between two shots.
    """

    LEAST = 6.0  # grey levels; a smaller step is noise, or a blink
    OUTSTANDING = 1.25  # times the largest step nearby
    CHANGED = 0.28  # of what is in both pictures
    ALIKE = 0.35  # likeness from which it is the same shot, lit differently
    BRIDGED = 0.35  # distance over a flash, as a share of the step into it
    FLAT = 24  # grey levels between the darkest and the lightest part
    MIXED = 0.3  # residual of the middle of a dissolve
    STRAIGHT = 0.55  # distance of its ends, as a share of the way of the pictures between them

    def __init__(self, fps: float) -> None:
        def pictures(at_24_fps: int) -> int:
            return round(at_24_fps * max(1.0, (fps or 24.0) / 24))

        self.near = pictures(4)
        self.shortest = pictures(4)  # a shot
        self.bridge = pictures(9)  # a flash
        self.hold = pictures(12)  # black or white that is a shot of its own
        self.reaches = tuple(pictures(n) for n in (5, 9, 14))  # half a dissolve
        self.longest = pictures(24)  # run of mixed pictures; more is a slow change within a shot
        self.lookahead = self.reaches[-1] + self.near + self.longest // 2 + 2
        self._recent: list[Measured] = []
        self._first = 0  # index of the first of them
        self._last_transition = 0
        self._flat_from: int | None = None
        self._mixed: list[tuple[int, float, int]] = []  # (index, residual, reach)

    def add(self, small: np.ndarray) -> list[Transition]:
        self._recent.append(Measured(small, self._recent[-1] if self._recent else None))
        if len(self._recent) > 2 * self.lookahead:
            del self._recent[0]
            self._first += 1
        return self._decide(self._end)

    def finish(self) -> list[Transition]:
        found = []
        for now in range(self._end + 1, self._end + self.lookahead + 1):
            found += self._decide(now)
        return found

    @property
    def _end(self) -> int:
        return self._first + len(self._recent)

    def _at(self, index: int) -> Measured:
        return self._recent[index - self._first]

    def _distance(self, a: int, b: int) -> float:
        return distance(self._at(a), self._at(b))

    def _is_flat(self, index: int) -> bool:
        return self._at(index).range <= self.FLAT

    def _decide(self, now: int) -> list[Transition]:
        """What is known once the pictures before `now` have been seen."""
        found: list[Transition] = []
        step = now - self.bridge - 1
        if self._first < step < self._end and self._is_cut(step):
            found += self._report([Transition(step, step, step)])
        if now <= self._end:
            found += self._report(self._flat_run(now - 1))
        middle = now - self.reaches[-1] - 1
        if self._first + self.reaches[-1] <= middle < self._end - self.reaches[0]:
            self._mix(middle)
        if self._mixed and middle - self._mixed[-1][0] > self.near:
            found += self._report(self._dissolve())
        return found

    def _report(self, found: list[Transition]) -> list[Transition]:
        """Those that leave more than a flicker between them and the one before."""
        kept = []
        for transition in found:
            if transition.index - self._last_transition >= self.shortest:
                self._last_transition = transition.index
                kept.append(transition)
        return kept

    # Cuts

    def _is_cut(self, index: int) -> bool:
        before, here = self._at(index - 1), self._at(index)
        if here.step < self.LEAST or self._is_flat(index - 1) or self._is_flat(index):
            return False
        share = changed(before, here, here.step)
        around = range(
            max(self._first + 1, index - self.near), min(self._end, index + self.near + 1)
        )
        largest = max((self._at(i).step for i in around if i != index), default=0.0)
        # A step that changes little has to stand out the more.
        if share < self.CHANGED or here.step * min(1.0, 2 * share) ** 0.3 < (
            self.OUTSTANDING * (largest + 0.1)
        ):
            return False
        if likeness(before, here) > self.ALIKE:
            return False
        return not self._is_bridged(index - 1, index, here.step)

    def _is_bridged(self, before: int, after: int, step: float) -> bool:
        """Does the picture from before `before` go on shortly after `after`?"""
        for i in range(before, max(self._first, before - self.bridge) - 1, -1):
            for j in range(after, min(self._end, after + self.bridge - (before - i))):
                if (i, j) != (before, after) and self._distance(i, j) < self.BRIDGED * step:
                    return True
        return False

    # Fades

    def _flat_run(self, index: int) -> list[Transition]:
        """The transitions at the flat pictures around `index`, as soon as they are known."""
        if self._is_flat(index):
            if self._flat_from is None:
                self._flat_from = index
            return self._held_flat(index) if index - self._flat_from == self.hold else []
        # Content has to be seen for a moment before it is known how it appeared.
        end = index - self.near + 1
        if self._flat_from is None or end <= self._flat_from or not self._is_flat(end - 1):
            return []
        if any(self._is_flat(i) for i in range(end, index)):
            return []
        start, self._flat_from = self._flat_from, None
        return self._fade(start, end)

    def _held_flat(self, index: int) -> list[Transition]:
        """Black or white that is cut to and stays is a shot, whatever comes after it."""
        start = index - self.hold
        if start == 0 or not self._is_abrupt(start, content=start - 1, side=-1):
            return []
        return [Transition(start, start, index)]

    def _fade(self, start: int, end: int) -> list[Transition]:
        """The transitions at the flat pictures from `start` up to `end`, where content begins."""
        opens, long = start == 0, end - start > self.hold
        start = max(start, self._first + 1)
        cut_out = self._is_abrupt(end, content=end, side=1)
        if opens or (long and self._last_transition == start):
            return [Transition(end, end, end)] if long and cut_out else []
        if not long and self._goes_on(start, end):
            return []
        if cut_out:
            return [Transition(end, self._dimmed(start), end)]
        if not long and self._is_abrupt(start, content=start - 1, side=-1):
            return [Transition(start, start, self._lit(end))]
        return [Transition(self._deepest(start, end), self._dimmed(start), self._lit(end))]

    def _is_abrupt(self, index: int, *, content: int, side: int) -> bool:
        """Is the step to or from flat pictures at `index` a cut? Then the content beside it does
        not drift as much in a moment as in that step."""
        far = min(max(content + side * self.near, self._first), self._end - 1)
        return self._at(index).step > max(2.0, 0.8 * self._distance(content, far))

    def _goes_on(self, start: int, end: int) -> bool:
        """Does the shot before the flat pictures go on after them? Then they were a flash."""
        depth = self._distance(start - 1, (start + end) // 2)
        alike = likeness(self._at(start - 1), self._at(end)) > self.ALIKE
        return alike or self._is_bridged(start - 1, end, depth)

    def _deepest(self, start: int, end: int) -> int:
        """The middle of the darkest, or lightest, of the flat pictures."""
        means = [self._at(i).mean for i in range(start, end)]
        edge = (self._at(start - 1).mean + self._at(end).mean) / 2
        extreme = max(means, key=lambda mean: abs(mean - edge))
        deepest = [start + i for i, mean in enumerate(means) if abs(mean - extreme) <= 2]
        return max((deepest[0] + deepest[-1] + 1) // 2, end + self.near + 1 - self.lookahead)

    def _dimmed(self, start: int) -> int:
        """Where the fade to the flat picture at `start` began."""
        while start - 1 > self._first and self._at(start - 1).range > self._at(start).range + 1:
            start -= 1
        return start

    def _lit(self, end: int) -> int:
        """How far, as yet, the fade from flat pictures to the one at `end` is seen to go on."""
        while end + 1 < self._end and self._at(end + 1).range > self._at(end).range + 1:
            end += 1
        return end

    # Dissolves

    def _mix(self, middle: int) -> None:
        """Note whether this picture may be the middle of a dissolve."""
        best: tuple[int, float, int] | None = None
        for reach in self.reaches:
            if middle + reach >= self._end:
                break
            left = self._residual(middle, reach)
            if left is not None and (best is None or left < best[1]):
                best = (middle, left, reach)
        if best is not None:
            self._mixed.append(best)

    def _residual(self, middle: int, reach: int) -> float | None:
        """What is left of this picture as the mean of those `reach` before and after it, if it is
        a mixture of them."""
        a, here, b = (self._at(middle + i) for i in (-reach, 0, reach))
        way = b.way - a.way
        if way < 2 * self.LEAST:  # then they are no farther apart
            return None
        apart = distance(a, b)
        if apart < 2 * self.LEAST or min(a.range, b.range) <= self.FLAT:
            return None
        left = residual(a, here, b, apart)
        if left > self.MIXED or changed(a, b, apart) < self.CHANGED:
            return None
        # Over the shortest reach, a figure that moves may look like two.
        alike = 0.25 if reach == self.reaches[0] else 0.45
        if apart < self.STRAIGHT * way or likeness(a, b) > alike:
            return None
        return left if is_balanced_sum(a, here, b) else None

    def _dissolve(self) -> list[Transition]:
        """The dissolve that the run of mixed pictures is."""
        run, self._mixed = self._mixed, []
        if run[-1][0] - run[0][0] > self.longest:
            return []
        least = min(left for _, left, _ in run)
        best = [index for index, left, _ in run if left <= least + 0.03]
        index = (best[0] + best[-1] + 1) // 2
        if self._fades(index, -1) or self._fades(index, 1):
            return []
        reach = max(reach for _, _, reach in run)
        return [Transition(index, index - reach, index + reach)]

    def _fades(self, index: int, side: int) -> bool:
        """Does the picture fade from here to a flat one, on that side?"""
        while self._first <= index + side < self._end:
            if self._at(index + side).range > self._at(index).range + 2:
                return False
            index += side
            if self._at(index).range <= 2 * self.FLAT:
                return True
        return False


def same_shot(before: np.ndarray, after: np.ndarray) -> bool:
    """Do two small pictures that may lie seconds apart show the same shot?"""
    a, b = Measured(before), Measured(after)
    share = changed(a, b, distance(a, b))
    return share < StructureDetector.CHANGED or likeness(a, b) > StructureDetector.ALIKE
