"""Two pictures come in; whether a person would call them the same goes out, with the reason.

A mean over the whole picture hides a mouth that opens. So brightness and contrast are equalised, a
slow pan is undone, and what counts is the worst block of 8x8 pixels, against what noise explains.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

WIDTH, HEIGHT = 640, 360  # pixels, whatever the size and shape of the file
BLOCK = 8
GLANCE, GAZE = (160, 90), (320, 180)  # sizes at which a pan is looked for, and then measured
# What has less in common shows something else: of the phases, and of the grey values.
LEAST_LIKENESS, LEAST_CORRELATION = 0.4, 0.85
LARGEST_PAN = 1 / 6  # of the width and of the height
LARGEST_GAIN = 4.0  # a picture faded to less than a quarter of its contrast stands alone
# Up to here the worst block is explained by noise, in units of what is expected of a block: chosen
# on one set of pictures, confirmed on others by `python -m tests.benchmarks.dedupe`.
WORST_BLOCK = 4.0

_WINDOWS = {size: cv2.createHanningWindow(size, cv2.CV_32F) for size in (GLANCE, GAZE)}
_NEIGHBOURS = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class Difference:
    """How far a second picture is from a first one.

    `score` is the worst block, 1.0 being the most that counts as the same; `shift` is the pan from
    the first to the second in pixels of the 640x360 look; `gain` and `offset` turn grey values of
    the second into those of the first.
    """

    score: float
    shift: tuple[float, float] = (0.0, 0.0)
    gain: float = 1.0
    offset: float = 0.0

    @property
    def same(self) -> bool:
        return self.score <= 1

    @property
    def why(self) -> str:
        moved = max(map(abs, self.shift)) >= 1
        found = "same picture" if not moved else "same picture after a pan"
        return f"{found} (worst block {self.score:.2f})"


def look(rgb: np.ndarray) -> np.ndarray:
    """What the comparison needs of an RGB uint8 picture of any size: its luma, uint8 (360, 640)."""
    smaller = rgb.shape[1] >= WIDTH and rgb.shape[0] >= HEIGHT
    how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return cv2.cvtColor(cv2.resize(rgb, (WIDTH, HEIGHT), interpolation=how), cv2.COLOR_RGB2GRAY)


def quality(luma: np.ndarray) -> float:
    """How much there is to see in a look: its strongest edges, less what grain and codecs add.

    The mean gradient of the strongest 3% less twice the median one: blur, fades and coarse codecs
    take from the former, grain and blocks add to the latter. For comparison within a group only.
    """
    dx, dy = cv2.spatialGradient(luma)
    across, down = dx[::2, ::2].astype(np.float32), dy[::2, ::2].astype(np.float32)
    strength = cv2.magnitude(across, down).ravel()
    middle, top = len(strength) // 2, len(strength) * 97 // 100
    strength.partition((middle, top))
    return float(strength[top:].mean() - 2 * strength[middle])


def difference(first: np.ndarray, second: np.ndarray) -> Difference:
    """Compare two looks, with the pan between them undone if there is one."""
    shift, likeness = _correlate(first, second, GLANCE)
    if likeness < LEAST_LIKENESS:
        soft = _soft_shift(first, second)
        return _compare(first, second, soft) if soft else Difference(float("inf"))
    if max(map(abs, shift)) < 0.3:
        return _compare(first, second, (0.0, 0.0))
    shift, _ = _correlate(first, second, GAZE)
    if abs(shift[0]) > WIDTH * LARGEST_PAN or abs(shift[1]) > HEIGHT * LARGEST_PAN:
        shift = (0.0, 0.0)
    moved = _compare(first, second, shift)
    if moved.same:
        return moved
    return min(moved, _compare(first, second, (0.0, 0.0)), key=lambda found: found.score)


def _soft_shift(first: np.ndarray, second: np.ndarray) -> tuple[float, float] | None:
    """The shift between pictures so soft that noise hides their phase; None if they are not alike.

    Where the middle of the first correlates best with the second, at an eighth of the size, then
    at a quarter, then between the pixels.
    """
    x, y, likeness = _best_place(first, second, (80, 45))
    if likeness < LEAST_CORRELATION:
        return None
    x, y, _ = _best_place(first, second, GLANCE)
    return x * WIDTH / GLANCE[0], y * HEIGHT / GLANCE[1]


def _best_place(
    first: np.ndarray, second: np.ndarray, size: tuple[int, int]
) -> tuple[float, float, float]:
    """The shift in pixels of `size`, and the correlation there."""
    a, b = (
        cv2.blur(cv2.resize(luma.astype(np.float32), size, interpolation=cv2.INTER_AREA), (5, 5))
        for luma in (first, second)
    )
    left, top = round(size[0] * LARGEST_PAN), round(size[1] * LARGEST_PAN)
    found = cv2.matchTemplate(b, a[top:-top, left:-left], cv2.TM_CCOEFF_NORMED)
    _, likeness, _, (x, y) = cv2.minMaxLoc(found)
    dx, dy = _peak(found[y], x), _peak(found[:, x], y)
    return x + dx - left, y + dy - top, likeness


def _peak(values: np.ndarray, place: int) -> float:
    """How far from `place` the top of the parabola through it and its neighbours lies."""
    if not 0 < place < len(values) - 1:
        return 0.0
    before, here, after = (float(value) for value in values[place - 1 : place + 2])
    bend = before - 2 * here + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0


def _correlate(
    first: np.ndarray, second: np.ndarray, size: tuple[int, int]
) -> tuple[tuple[float, float], float]:
    """The shift in pixels of the looks, and how much of the picture it explains (1: all).

    Phase correlation (Kuglin and Hines, 1975) of the looks reduced to `size`.
    """
    a, b = (
        cv2.resize(luma, size, interpolation=cv2.INTER_AREA)
        + np.float32(1)  # black has a phase too
        for luma in (first, second)
    )
    (dx, dy), likeness = cv2.phaseCorrelate(a, b, _WINDOWS[size])
    return (dx * WIDTH / size[0], dy * HEIGHT / size[1]), likeness


def _compare(first: np.ndarray, second: np.ndarray, shift: tuple[float, float]) -> Difference:
    a, b = _overlap(first, second, shift)
    gain, offset = _equalise(a, b)
    if not 1 / LARGEST_GAIN < gain < LARGEST_GAIN:
        return Difference(float("inf"), shift, gain, offset)
    contrast = min(_deviation(a), gain * _deviation(b))
    a = cv2.blur(a, (3, 3))
    b = cv2.blur(cv2.addWeighted(b, gain, b, 0, offset), (3, 3))
    unexplained = (_blocks(_beyond(a, b)) + _blocks(_beyond(b, a))) / 2
    floor = 0.3 + 0.03 * contrast
    noise = min(float(np.quantile(unexplained, 0.9)), 4 * floor)
    score = float(unexplained.max()) / (floor + 0.5 * noise) / WORST_BLOCK
    return Difference(score, shift, gain, offset)


def _overlap(
    first: np.ndarray, second: np.ndarray, shift: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """What both show, as float32 in whole blocks, the second moved onto the first."""
    a, b = first.astype(np.float32), second.astype(np.float32)
    if shift == (0.0, 0.0):
        return a, b
    dx, dy = shift
    move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    height, width = a.shape
    moved = cv2.warpAffine(b, move, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    rows, columns = _seen_by_both(height, dy), _seen_by_both(width, dx)
    return a[rows, columns], moved[rows, columns]


def _seen_by_both(length: int, shift: float) -> slice:
    """The stretch of the first picture that the second shows too, cut to whole blocks."""
    start, end = int(np.ceil(max(0, -shift))) + 2, length - int(np.ceil(max(0, shift))) - 2
    return slice(start, start + (end - start) // BLOCK * BLOCK)


def _blocks(values: np.ndarray) -> np.ndarray:
    """Means of blocks of 8x8."""
    height, width = values.shape
    return cv2.resize(values, (width // BLOCK, height // BLOCK), interpolation=cv2.INTER_AREA)


def _deviation(values: np.ndarray) -> float:
    return float(cv2.meanStdDev(values)[1][0, 0])


def _equalise(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Gain and offset that take the second's grey values to the first's.

    From mean and deviation of patches of 4x4 pixels, three times, without the fifth that fits
    worst: a changed face must not pull them. With next to no contrast the gain stays near 1.
    """
    height, width = first.shape
    size = (width // 4, height // 4)
    x = cv2.resize(second, size, interpolation=cv2.INTER_AREA).ravel()
    y = cv2.resize(first, size, interpolation=cv2.INTER_AREA).ravel()
    kept: Any = slice(None)
    for _ in range(3):
        xs, ys = x[kept], y[kept]
        gain = float(np.sqrt((ys.var() + 1) / (xs.var() + 1)))
        offset = float(ys.mean() - gain * xs.mean())
        off = np.abs(y - gain * x - offset)
        kept = off <= np.partition(off, len(off) * 4 // 5)[len(off) * 4 // 5]
    return gain, offset


def _beyond(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How far `a` lies outside of what `b` shows there and, by half, within one pixel."""
    highest = cv2.addWeighted(cv2.dilate(b, _NEIGHBOURS), 0.5, b, 0.5, 0)
    lowest = cv2.addWeighted(cv2.erode(b, _NEIGHBOURS), 0.5, b, 0.5, 0)
    outside = cv2.max(cv2.subtract(a, highest), cv2.subtract(lowest, a))
    return cv2.threshold(outside, 0, 0, cv2.THRESH_TOZERO)[1]
