"""Pictures with the transitions between their shots come in; for each shot, its best frames go out.

How many, and why: one frame shows a shot in which nothing happens. More are taken where something
does, and no more than a shot of that length can hold: one, and one for every 1.5 seconds, up to
eight. What happens is told half a second at a time, by the *mean* picture of each half second
(a stretch). Two stretches differ if any patch of their means (a fortieth of the width) differs by
more than `CHANGED`: so the camera or a figure that moves counts, and so does a mouth or an eye that
has changed for good; a blink, or lips that open and close as somebody speaks, hardly leaves a trace
in the mean of both stretches and does not count, nor does what surrounds one and the same drawing.
Frames are added one by one, each from the stretch that most of what is not shown yet is like, until
all is shown or the number is reached.

Which: of each stretch the drawing that is held longest, because in limited animation the poses are
held and the smears between them are not; among equals the sharpest; and of a held drawing the copy
that the encoder coded best. Pictures that fade, mix with the next shot or are damaged are left out.
Memory stays flat: a shot of any length has at most `STRETCHES` pictures waiting; when there are
more, of the two neighbours most alike one is dropped.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import cv2
import numpy as np

from ingest.camera import camera_movement
from ingest.detectors import Transition
from ingest.picture import Picture

STRETCH_SECONDS = 0.5
SECONDS_A_FRAME = 1.5
FRAMES_A_SHOT = 8
STRETCHES = 24
STILL = 3  # grey levels: no more in any pixel since the picture before is coding noise
HELD = 5.0  # grey levels: more in any patch is another drawing
CHANGED = 9.0  # grey levels: more in any patch of the means is something that happened
FADED = 0.9  # of the contrast of the stretch beside it
_PATCHES = 40
_MOTION_PICTURES = 12


@dataclass(frozen=True)
class Choice:
    """A picture that was chosen to show its shot.

    `motion` is the mean absolute luma difference from picture to picture, 0 to 1, over the last
    half second or so of the shot: animation holds a drawing for two or three pictures, so a single
    difference says little. `camera` is one of the words of `camera_movement`.
    """

    shot: int
    picture: Picture
    motion: float
    camera: str


@dataclass(frozen=True)
class Shot:
    """A shot from `start` to `end`, in seconds."""

    number: int
    start: float
    end: float


@dataclass
class _Drawing:
    """A picture that is held, in its best copy."""

    picture: Picture
    first: np.ndarray
    sharpness: float
    length: int
    motion: float

    @property
    def rank(self) -> tuple[bool, int, float]:
        return not self.picture.damaged, min(self.length, 8), self.sharpness


@dataclass
class _Stretch:
    """Half a second of a shot: the best drawing in it, and the sum of its pictures."""

    start: float
    first: np.ndarray
    sum: np.ndarray
    pictures: int = 0
    best: _Drawing | None = None
    last: np.ndarray = field(init=False)
    _mean: np.ndarray | None = None
    _look: np.ndarray | None = None

    @property
    def drawing(self) -> _Drawing:
        assert self.best is not None
        return self.best

    @property
    def mean(self) -> np.ndarray:
        """In patches."""
        if self._mean is None:
            self._mean = _patches(self.sum / np.float32(self.pictures))
        return self._mean

    @property
    def look(self) -> np.ndarray:
        """The drawing that would be chosen, in patches."""
        if self._look is None:
            self._look = _patches(self.drawing.first)
        return self._look

    @property
    def contrast(self) -> float:
        return float(self.drawing.first.std())


def choose_frames(marked: Iterable[Picture | Transition], fps: float) -> Iterator[Choice | Shot]:
    """When a shot has ended, its frames in order of time, then the shot itself.

    It has no frames if all of it is black, white, fading or damaged. `fps` is the average rate.
    """
    shot: _OpenShot | None = None
    opened_by: Transition | None = None
    end = 0.0
    for item in marked:
        if isinstance(item, Transition):
            opened_by = item
            continue
        if shot is not None and opened_by is not None:
            yield from shot.close(item.time, opened_by)
        if shot is None or opened_by is not None:
            shot = _OpenShot(shot.number + 1 if shot else 0, item.time, opened_by)
            opened_by = None
        shot.add(item)
        end = item.time + 1 / (fps or 24.0)
    if shot is not None:
        yield from shot.close(end, None)


class _OpenShot:
    """A shot as its pictures come in."""

    def __init__(self, number: int, start: float, opened_by: Transition | None):
        self.number, self.start = number, start
        self.clear_from = opened_by.end if opened_by is not None else 0
        self.fades_in = opened_by is None or opened_by.end > opened_by.index
        self.stretches: list[_Stretch] = []
        self.drawing: _Drawing | None = None
        self.before: np.ndarray | None = None
        self.differences: deque[float] = deque(maxlen=_MOTION_PICTURES)

    def add(self, picture: Picture) -> None:
        luma = picture.luma
        if self.before is not None:
            difference = cv2.norm(luma, self.before, cv2.NORM_L1) / (255 * luma.size)
            self.differences.append(difference)
        still = self.before is not None and cv2.norm(luma, self.before, cv2.NORM_INF) <= STILL
        self.before = luma
        if not self.stretches or picture.time - self.stretches[-1].start >= STRETCH_SECONDS:
            self._merge()
            self.stretches.append(_Stretch(picture.time, luma, np.zeros(luma.shape, np.float32)))
            self.drawing = None
        stretch = self.stretches[-1]
        cv2.accumulate(luma, stretch.sum)
        stretch.pictures += 1
        stretch.last = luma
        self._hold(picture, stretch, still)

    def _hold(self, picture: Picture, stretch: _Stretch, still: bool) -> None:
        """Count the picture to the drawing on screen, or begin a new one."""
        motion = sum(self.differences) / len(self.differences) if self.differences else 0.0
        drawing = self.drawing
        if drawing is not None and (still or _most_changed(drawing.first, picture.luma) < HELD):
            drawing.length += 1
            if not picture.damaged and picture.fidelity >= drawing.picture.fidelity:
                drawing.picture, drawing.motion = picture, motion
        else:
            drawing = _Drawing(picture, picture.luma, _sharpness(picture.luma), 1, motion)
            self.drawing = drawing
        if stretch.best is None or drawing.rank > stretch.best.rank:
            stretch.best = drawing

    def _merge(self) -> None:
        """Make room for one more stretch."""
        if len(self.stretches) < STRETCHES:
            return
        means = [stretch.mean for stretch in self.stretches]
        changes = [_apart(a, b) for a, b in pairwise(means)]
        at = min(range(len(changes)), key=changes.__getitem__)
        worse = min((at, at + 1), key=lambda i: self.stretches[i].drawing.rank)
        del self.stretches[worse]

    def close(self, end: float, closed_by: Transition | None) -> Iterator[Choice | Shot]:
        clear_to = closed_by.start if closed_by is not None else None
        fades_out = closed_by is None or closed_by.start < closed_by.index
        stretches = [s for s in self.stretches if self._clear(s.drawing.picture, clear_to)]
        stretches = _unfaded(stretches, self.fades_in, fades_out)
        limit = min(FRAMES_A_SHOT, 1 + int((end - self.start) / SECONDS_A_FRAME))
        for s in _most_telling(stretches, limit):
            camera = camera_movement(s.first, s.last)
            yield Choice(self.number, s.drawing.picture, s.drawing.motion, camera)
        yield Shot(self.number, self.start, end)

    def _clear(self, picture: Picture, clear_to: int | None) -> bool:
        before_fade = clear_to is None or picture.index < clear_to
        return self.clear_from <= picture.index and before_fade and not picture.damaged


def _unfaded(stretches: list[_Stretch], fades_in: bool, fades_out: bool) -> list[_Stretch]:
    """Without flat pictures, and without those at the ends that are still on their way to or from
    black or white."""
    stretches = [s for s in stretches if s.contrast > 4]
    while fades_in and len(stretches) > 1:
        if stretches[0].contrast >= FADED * stretches[1].contrast:
            break
        del stretches[0]
    while fades_out and len(stretches) > 1:
        if stretches[-1].contrast >= FADED * stretches[-2].contrast:
            break
        del stretches[-1]
    return stretches


def _most_telling(stretches: list[_Stretch], limit: int) -> list[_Stretch]:
    """As many stretches as show all that is in them, up to the limit, in order of time.

    Greedy maximum coverage (Nemhauser, Wolsey and Fisher, 1978): a pose that lasts comes before a
    blink. Among those that show as much, the one least like what is taken; then the best.
    """
    apart = [
        [min(_apart(a.mean, b.mean), _apart(a.look, b.look)) for b in stretches] for a in stretches
    ]
    taken: list[int] = []
    left = set(range(len(stretches)))

    def worth(i: int) -> tuple[int, float, tuple[bool, int, float]]:
        shows = sum(stretches[j].pictures for j in left if apart[i][j] < CHANGED)
        return shows, min((apart[i][j] for j in taken), default=0.0), stretches[i].drawing.rank

    while left and len(taken) < limit:
        best = max(left, key=worth)
        taken.append(best)
        left = {j for j in left if apart[best][j] >= CHANGED}
    return [stretches[i] for i in sorted(taken)]


def _patches(luma: np.ndarray) -> np.ndarray:
    height, width = luma.shape
    size = (min(width, _PATCHES), max(1, round(height * min(width, _PATCHES) / width)))
    return cv2.resize(luma, size, interpolation=cv2.INTER_AREA)


def _apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(cv2.norm(a, b, cv2.NORM_INF))


def _most_changed(a: np.ndarray, b: np.ndarray) -> float:
    """The mean absolute difference in the patch where it is largest, in grey levels."""
    return float(_patches(cv2.absdiff(a, b)).max())


def _sharpness(luma: np.ndarray) -> float:
    """The mean absolute step between neighbours, across and down, in grey levels."""
    across = cv2.norm(luma[:, 1:], luma[:, :-1], cv2.NORM_L1)
    return (across + cv2.norm(luma[1:], luma[:-1], cv2.NORM_L1)) / luma.size


def has_changed(a: np.ndarray, b: np.ndarray) -> bool:
    """Do two lumas differ by something that happened?"""
    return _most_changed(a, b) >= CHANGED


def motion_between(lumas: Sequence[np.ndarray]) -> float:
    """`Choice.motion` of the last of consecutive lumas."""
    steps = [cv2.norm(a, b, cv2.NORM_L1) / (255 * a.size) for a, b in pairwise(lumas)]
    return sum(steps) / len(steps) if steps else 0.0
