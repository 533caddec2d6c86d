"""A picture comes in; what arithmetic can measure of its pixels goes out.

Pictures are RGB uint8, height x width x 3. Colours are measured in CIE Lab (lightness 0 to 100, the
axes green-red and blue-yellow about -100 to 100).
"""

from dataclasses import dataclass

import cv2
import numpy as np

WIDTH = 160  # colours are measured on a picture so wide,
EDGES = 640  # and edges on one at most so wide
FLAT = 3.0  # grey levels from pixel to pixel: a picture without steeper edges has no sharpness

# Middles of the hues in degrees; a hue belongs to the nearest.
HUES = {"red": 0, "orange": 30, "yellow": 55, "green": 120, "blue": 215, "purple": 275, "pink": 325}


@dataclass(frozen=True)
class Look:
    """`brightness` is mean luma, 0 to 1; `warmth` the mean of both colour axes together and
    `blueness` the mean of the blue one, turned round; `tint_spread` how far colours stray from
    their common tint, 0 to about 0.5; `bars` the height of black bars, as a share of the picture's;
    `hues` the share of pixels that are clearly of a hue. Bars do not count for the rest.
    """

    brightness: float
    warmth: float
    blueness: float
    tint_spread: float
    bars: float
    hues: dict[str, float]


def look_of(image: np.ndarray) -> Look:
    height = max(1, round(image.shape[0] * WIDTH / image.shape[1]))
    small = cv2.resize(image, (WIDTH, height), interpolation=cv2.INTER_AREA)
    bars = _bars(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    picture = small[bars : height - bars] if bars else small
    tints = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[..., 1:]
    red, yellow = tints.reshape(-1, 2).mean(axis=0)
    strayed = np.linalg.norm(tints - (red, yellow), axis=2).mean() / 255
    return Look(
        brightness=float(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).mean()) / 255,
        warmth=float(red + yellow),
        blueness=float(-yellow),
        tint_spread=float(strayed),
        bars=bars / height,
        hues=_hues(picture),
    )


def _bars(luma: np.ndarray) -> int:
    """The height of the black bars at top and bottom (the smaller of the two), in rows.

    Bars are black from edge to edge, and there is a picture between them.
    """
    black = luma.max(axis=1) < 24
    if black.all():
        return 0
    return int(min(black.argmin(), black[::-1].argmin()))


def _hues(picture: np.ndarray) -> dict[str, float]:
    hue, saturation, value = np.moveaxis(
        cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2HSV), 2, 0
    )
    distance = np.stack([np.abs((hue - middle + 180) % 360 - 180) for middle in HUES.values()])
    nearest, coloured = distance.argmin(axis=0), saturation * value > 0.15
    return {
        name: float(((nearest == number) & coloured).mean()) for number, name in enumerate(HUES)
    }


def sharpness(image: np.ndarray) -> float | None:
    """How suddenly the steepest edges begin: their curvature (Laplacian) over their slope (Sobel),
    about 0.4 where they are smeared over several pixels, 1 to 3 where not. Light and contrast
    cancel out. None for a picture without edges.
    """
    width = min(EDGES, image.shape[1])
    height = max(1, round(image.shape[0] * width / image.shape[1]))
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    luma = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32)
    across, down = cv2.Sobel(luma, cv2.CV_32F, 1, 0), cv2.Sobel(luma, cv2.CV_32F, 0, 1)
    slope = float(np.quantile(np.hypot(across, down) / 8, 0.99))
    if slope < FLAT:
        return None
    return float(np.quantile(np.abs(cv2.Laplacian(luma, cv2.CV_32F)), 0.99)) / slope
