"""Small pictures come in; how much two of them differ, in light and in structure, goes out.

A small picture is uint8, its luma, Cb and Cr planes one above the other. Distances are in grey
levels: the mean absolute difference, summed over the three planes.
"""

from functools import cached_property

import cv2
import numpy as np

_NOISE = 0.03  # squared grey levels of detail in every pixel that coding leaves on a flat picture
_DETAIL_WINDOW = (9, 9)


class Measured:
    """A small picture and what is measured of it when somebody asks."""

    def __init__(self, small: np.ndarray, before: "Measured | None" = None):
        self.small = small
        self.luma = small[: small.shape[0] // 3]
        # Without the borders, where black bars and logos are.
        height, width = self.luma.shape
        self.middle = self.luma[
            height // 7 : height - height // 7, width // 10 : width - width // 10
        ]
        low, high, _, _ = cv2.minMaxLoc(self.middle)
        self.range = high - low
        self.step: float = distance(self, before) if before is not None else 0.0
        self.way: float = before.way + self.step if before is not None else 0.0

    @cached_property
    def mean(self) -> float:
        """Of luma, in the middle of the picture."""
        return cv2.mean(self.middle)[0]

    @cached_property
    def spread(self) -> float:
        """The mean distance of the pixels from the mean of their plane."""
        planes = self.small.reshape(3, -1).astype(np.float32)
        return float(np.abs(planes - planes.mean(axis=1, keepdims=True)).mean(axis=1).sum())

    @cached_property
    def detail(self) -> np.ndarray:
        """Luma without what is larger than a ninth of the width: edges and textures."""
        luma = self.luma.astype(np.float32)
        return luma - cv2.blur(luma, _DETAIL_WINDOW)

    @cached_property
    def energy(self) -> float:
        return float((self.detail**2).sum()) + _NOISE * self.detail.size


def distance(a: Measured, b: Measured) -> float:
    return _distance(a.small, b.small)


def _distance(a: np.ndarray, b: np.ndarray) -> float:
    return cv2.norm(a, b, cv2.NORM_L1) * 3 / a.size


def changed(a: Measured, b: Measured, apart: float) -> float:
    """Their distance as a share of what is in both pictures; about 1 for unrelated ones."""
    return apart / (a.spread + b.spread + 2)


def likeness(a: Measured, b: Measured) -> float:
    """Correlation of detail, -1 to 1: high for the same things in the same places in any light."""
    return float((a.detail * b.detail).sum()) / (a.energy * b.energy) ** 0.5


def residual(a: Measured, middle: Measured, b: Measured, apart: float) -> float:
    """How far a picture is from the mean of two others, as a share of their distance."""
    mean = cv2.addWeighted(a.small, 0.5, b.small, 0.5, 0)
    return _distance(middle.small, mean) / apart


def is_balanced_sum(a: Measured, middle: Measured, b: Measured) -> bool:
    """Is the detail of a picture made of that of two others, in like parts (least squares)?"""
    both = float((a.detail * b.detail).sum())
    with_a = float((a.detail * middle.detail).sum())
    with_b = float((b.detail * middle.detail).sum())
    of_sum = (a.energy + b.energy + 2 * both) * middle.energy
    if with_a + with_b < 0.75 * of_sum**0.5:
        return False
    shares = np.linalg.solve([[a.energy, both], [both, b.energy]], [with_a, with_b])
    return bool(shares.min() > 0.2 and np.ptp(shares) < 0.4)
