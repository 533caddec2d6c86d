"""Two pictures come in; whether a person would call them the same goes out, with the reason.

A mean over the whole picture hides a mouth that opens. So brightness and contrast are equalised, a
slow pan is undone, and what counts is the worst block of 8x8 pixels, against what noise explains.
"""

from dataclasses import dataclass

import cv2
import numpy as np

WIDTH, HEIGHT = 640, 360  # pixels, whatever the size and shape of the file
BLOCK = 8
GLANCE, GAZE = 2, 1  # how many times looks are halved to find a pan, and then to measure it
# What has less in common shows something else: of the phases, and of the grey values.
LEAST_LIKENESS, LEAST_CORRELATION = 0.4, 0.85
LARGEST_PAN = 1 / 6  # of the width and of the height
LARGEST_GAIN = 4.0  # a picture faded to less than a quarter of its contrast stands alone
# Up to here the worst block is explained by noise, in units of what is expected of a block: chosen
# on one set of pictures, confirmed on others by `python -m tests.benchmarks.dedupe`.
WORST_BLOCK = 3.5

STILL = (0.0, 0.0)
# Grey values are compared in sixteenths, above a ground that leaves room for negative ones: with
# 16-bit integers the processor does twice as many at a time as with floats.
STEPS, GROUND = 16, 16384

_WINDOWS = {
    times: cv2.createHanningWindow((WIDTH >> times, HEIGHT >> times), cv2.CV_32F)
    for times in (GLANCE, GAZE)
}
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
        if self.score == float("inf"):
            return "another picture"
        moved = max(map(abs, self.shift)) >= 1
        found = f"{'same' if self.same else 'different'} picture{' after a pan' if moved else ''}"
        return f"{found} (worst block {self.score:.2f})"


def at_look_size(rgb: np.ndarray) -> np.ndarray:
    """An RGB uint8 picture of any size as (360, 640, 3)."""
    if rgb.shape[:2] == (HEIGHT, WIDTH):
        return rgb
    smaller = rgb.shape[1] >= WIDTH and rgb.shape[0] >= HEIGHT
    how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return cv2.resize(rgb, (WIDTH, HEIGHT), interpolation=how)


def look(rgb: np.ndarray) -> np.ndarray:
    """What the comparison needs of an RGB uint8 picture of any size: its luma, uint8 (360, 640)."""
    return cv2.cvtColor(at_look_size(rgb), cv2.COLOR_RGB2GRAY)


def quality(luma: np.ndarray) -> float:
    """How much there is to see in a look: its strongest edges, less what grain and codecs add.

    The mean gradient of the strongest 3% less twice the median one: blur, fades and coarse codecs
    take from the former, grain and blocks add to the latter. For comparison within a group only.
    """
    across, down = (side[::8].astype(np.float32) for side in cv2.spatialGradient(luma))
    strength = cv2.magnitude(across, down).ravel()
    counts = np.bincount((strength * 4).astype(np.uint16))  # much faster than to sort
    below = np.cumsum(counts)
    middle = int(np.searchsorted(below, below[-1] / 2))
    top = int(np.searchsorted(below, below[-1] * 0.97))
    levels = np.arange(top, len(counts))
    strongest = float(counts[top:] @ levels / counts[top:].sum())
    return (strongest - 2 * middle) / 4


def difference(first: np.ndarray, second: np.ndarray) -> Difference:
    """Compare two looks, with the pan between them undone if there is one."""
    still = None
    if _alike(first, second):  # most of what is asked, and much cheaper than to look for a pan
        still = _compare(first, second, STILL)
        if still.same:
            return still
    shift, likeness = _correlate(first, second, GLANCE)
    if likeness < LEAST_LIKENESS:
        soft = _soft_shift(first, second)
        return _compare(first, second, soft) if soft else Difference(float("inf"))
    still = still or _compare(first, second, STILL)
    if max(map(abs, shift)) < 0.3:
        return still
    shift, _ = _correlate(first, second, GAZE)
    if abs(shift[0]) > WIDTH * LARGEST_PAN or abs(shift[1]) > HEIGHT * LARGEST_PAN:
        return still
    return min(_compare(first, second, shift), still, key=lambda found: found.score)


def _alike(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether the grey values of the two correlate as they are, without any pan."""
    a, b = (_blocks(luma).astype(np.float32).ravel() for luma in (first, second))
    a, b = a - a.mean(), b - b.mean()
    return float(a @ b) >= LEAST_CORRELATION * float(np.sqrt((a @ a) * (b @ b)))


def _soft_shift(first: np.ndarray, second: np.ndarray) -> tuple[float, float] | None:
    """The shift between pictures so soft that noise hides their phase; None if they are not alike.

    Where the middle of the first correlates best with the second, at an eighth of the size, then
    at a quarter, then between the pixels.
    """
    _, _, likeness = _best_place(first, second, 3)
    if likeness < LEAST_CORRELATION:
        return None
    x, y, _ = _best_place(first, second, GLANCE)
    return x, y


def _best_place(first: np.ndarray, second: np.ndarray, times: int) -> tuple[float, float, float]:
    """The shift in pixels of the looks, found in them halved so many times; the correlation."""
    a, b = (cv2.blur(_halved(luma.astype(np.float32), times), (5, 5)) for luma in (first, second))
    left, top = round(a.shape[1] * LARGEST_PAN), round(a.shape[0] * LARGEST_PAN)
    found = cv2.matchTemplate(b, a[top:-top, left:-left], cv2.TM_CCOEFF_NORMED)
    _, likeness, _, (x, y) = cv2.minMaxLoc(found)
    dx, dy = _peak(found[y], x), _peak(found[:, x], y)
    return float(x + dx - left) * 2**times, float(y + dy - top) * 2**times, likeness


def _peak(values: np.ndarray, place: int) -> float:
    """How far from `place` the top of the parabola through it and its neighbours lies."""
    if not 0 < place < len(values) - 1:
        return 0.0
    before, here, after = (float(value) for value in values[place - 1 : place + 2])
    bend = before - 2 * here + after
    return 0.5 * (before - after) / bend if bend < 0 else 0.0


def _correlate(
    first: np.ndarray, second: np.ndarray, times: int
) -> tuple[tuple[float, float], float]:
    """The shift in pixels of the looks, and how much of the picture it explains (1: all).

    Phase correlation (Kuglin and Hines, 1975) of the looks halved so many times.
    """
    a, b = (_halved(luma, times) + np.float32(1) for luma in (first, second))  # black has a phase
    (dx, dy), likeness = cv2.phaseCorrelate(a, b, _WINDOWS[times])
    return (dx * 2**times, dy * 2**times), likeness


def _compare(first: np.ndarray, second: np.ndarray, shift: tuple[float, float]) -> Difference:
    a, b = _overlap(first, second, shift)
    gain, offset = _equalise(a, b)
    if not 1 / LARGEST_GAIN < gain < LARGEST_GAIN:
        return Difference(float("inf"), shift, gain, offset)
    contrast = min(_deviation(a[::4]), gain * _deviation(b[::4])) / STEPS
    a, b = cv2.blur(a, (3, 3)), cv2.blur(b, (3, 3))
    a += np.uint16(GROUND)
    b = cv2.addWeighted(b, gain, b, 0, offset * STEPS + GROUND)
    floor = 0.2 + 0.04 * contrast
    # Each is twice what lies outside, and the mean of both counts. A block may be anywhere: one of
    # a fixed grid would have but a quarter of a mouth.
    parts = _halved(cv2.add(_beyond(a, b), _beyond(b, a)), 2)
    unexplained = cv2.blur(parts, (2, 2)) / np.float32(4 * STEPS)
    apart = unexplained[::2, ::2].ravel()
    ninth_tenth = len(apart) * 9 // 10
    noise = min(float(np.partition(apart, ninth_tenth)[ninth_tenth]), 4 * floor)
    score = float(unexplained.max()) / (floor + 0.5 * noise) / WORST_BLOCK
    return Difference(score, shift, gain, offset)


def _overlap(
    first: np.ndarray, second: np.ndarray, shift: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """What both show, in `STEPS` and whole blocks, the second moved onto the first."""
    a, b = (luma.astype(np.uint16) * np.uint16(STEPS) for luma in (first, second))
    if shift == STILL:
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


def _halved(values: np.ndarray, times: int) -> np.ndarray:
    """Means of squares of 2x2, so many times: much faster than one step to the same size."""
    for _ in range(times):
        size = (values.shape[1] // 2, values.shape[0] // 2)
        values = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    return values


def _blocks(values: np.ndarray) -> np.ndarray:
    """Means of blocks of 8x8."""
    return _halved(values, 3)


def _deviation(values: np.ndarray) -> float:
    return float(cv2.meanStdDev(values)[1][0, 0])


def _equalise(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Gain and offset (in grey levels) that take the second's grey values to the first's.

    From mean and deviation of blocks, three times, without the fifth that fits worst: a changed
    face must not pull them. With next to no contrast the gain stays near 1.
    """
    x, y = (_blocks(side).ravel() / np.float32(STEPS) for side in (second, first))
    off = np.zeros_like(x)
    for _ in range(3):
        kept = off <= np.partition(off, len(off) * 4 // 5)[len(off) * 4 // 5]
        (x_mean, x_deviation), (y_mean, y_deviation) = (
            (float(value[0, 0]) for value in cv2.meanStdDev(side[kept])) for side in (x, y)
        )
        gain = float(np.sqrt((y_deviation**2 + 1) / (x_deviation**2 + 1)))
        offset = y_mean - gain * x_mean
        off = np.abs(y - gain * x - offset)
    return gain, offset


def _beyond(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Twice how far `a` lies outside of what `b` shows there and, by half, within one pixel."""
    twice = cv2.add(a, a)
    highest, lowest = cv2.add(cv2.dilate(b, _NEIGHBOURS), b), cv2.add(cv2.erode(b, _NEIGHBOURS), b)
    return cv2.add(cv2.subtract(twice, highest), cv2.subtract(lowest, twice))  # never below 0
