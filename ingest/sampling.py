"""Numbered pictures come in; up to three sharp, well-spread ones for each shot go out.

A shot's length is not known while it runs, so the sharpest picture of each stretch of it is held;
when there are too many stretches, neighbours are merged. Memory stays flat on a shot of any length.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

import cv2
import numpy as np

from ingest.video import Picture

FRAMES_A_SHOT = 3
_STRETCHES = 12
_MOTION_PICTURES = 12


@dataclass(frozen=True)
class Choice:
    """A picture that was chosen to show its shot.

    `sharpness` is the variance of the Laplacian of the small luma. `motion` is the mean absolute
    luma difference from picture to picture, 0 to 1, over the last half second or so of the shot:
    animation holds a drawing for two or three pictures, so a single difference says little.
    """

    shot: int
    picture: Picture
    sharpness: float
    motion: float


def choose_frames(
    numbered: Iterable[tuple[int, Picture]], *, per_shot: int = FRAMES_A_SHOT
) -> Iterator[Choice]:
    """The sharpest picture of each of `per_shot` equal parts of every shot, in order of time.

    A shot shorter than a second gives one picture: more would only show the same drawing.
    """
    for shot, pictures in groupby(numbered, key=itemgetter(0)):
        yield from _choose(shot, (picture for _, picture in pictures), per_shot)


def _choose(shot: int, pictures: Iterable[Picture], per_shot: int) -> list[Choice]:
    stretches: list[Choice] = []  # the sharpest picture of each stretch, in order
    length, filled = 1, 0  # pictures a stretch, pictures in the last one
    luma_before: np.ndarray | None = None
    differences: deque[float] = deque(maxlen=_MOTION_PICTURES)
    start = end = None
    for picture in pictures:
        luma = cv2.cvtColor(picture.small, cv2.COLOR_BGR2GRAY)
        if luma_before is not None:
            differences.append(float(cv2.absdiff(luma, luma_before).mean()) / 255)
        motion = sum(differences) / len(differences) if differences else 0.0
        sharpness = float(cv2.Laplacian(luma, cv2.CV_32F).var())
        candidate = Choice(shot, picture, sharpness, motion)
        luma_before, end = luma, picture.time
        start = picture.time if start is None else start
        if filled and filled < length:
            stretches[-1] = max(stretches[-1], candidate, key=_sharpness)
            filled += 1
            continue
        if len(stretches) == _STRETCHES:
            pairs = zip(stretches[::2], stretches[1::2], strict=True)
            stretches = [max(pair, key=_sharpness) for pair in pairs]
            length *= 2
        stretches.append(candidate)
        filled = 1
    if start is None or end is None:
        return []
    parts = per_shot if end - start >= 1 else 1
    sharpest: dict[int, Choice] = {}
    for choice in stretches:
        part = int(parts * (choice.picture.time - start) / (end - start or 1))
        part = min(part, parts - 1)  # the last picture closes the last part
        sharpest[part] = max(sharpest.get(part, choice), choice, key=_sharpness)
    return list(sharpest.values())


def _sharpness(choice: Choice) -> float:
    return choice.sharpness
