"""Two pictures come in, a screenshot and a candidate; where one lies in the other and how well
they agree there go out.

The geometry comes from local features (ratio test, Lowe 2004; RANSAC, Fischler & Bolles 1981) and
allows what happens to screenshots: scale, shift and mirroring, but no rotation. The agreement is
then measured on the pixels themselves, cell by cell, so that a subtitle spoils only its cells.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from frames.descriptors import LocalFeatures

RATIO = 0.85  # of the nearest to the second nearest distance of a feature
MAX_DISTANCE = 64  # of 256 bits
MAX_ERROR = 0.01  # of the longer side, for an inlier
SCALES = (0.2, 4.0)
MAX_ANGLE = 3.0  # degrees
CELLS = 12  # on the longer side of the grid
AGREEING = 14.0  # grey levels of mean difference up to which a cell agrees
SPOILT = 48.0  # grey levels from which it does not matter by how much a cell differs


@dataclass(frozen=True)
class Alignment:
    """`matrix` (2 x 3) takes points of the screenshot to points of the candidate, both in units
    of the longer side; `inliers` is the number of features that say so."""

    matrix: np.ndarray
    inliers: int


@dataclass(frozen=True)
class Agreement:
    """`difference` in grey levels, the mean over the screenshot's cells; one that is spoilt or lies
    outside the candidate counts as `SPOILT`. `share` of the cells inside that agree, 0 to 1;
    `overlap`: how much of the screenshot lies inside, 0 to 1; `detail`: how many cells have
    something to see in them."""

    share: float
    difference: float
    overlap: float
    detail: int


_MEAN = np.full((1, 3), 1 / 3, np.float32)
IDENTITY = Alignment(np.array([[1.0, 0, 0], [0, 1, 0]]), 0)


def align(screenshot: LocalFeatures, candidate: LocalFeatures) -> Alignment | None:
    """How the screenshot lies in the candidate, or None if nothing speaks for it."""
    if min(len(screenshot.points), len(candidate.points)) < 4:
        return None
    distances, nearest = cv2.batchDistance(
        screenshot.descriptors, candidate.descriptors, cv2.CV_32S, normType=cv2.NORM_HAMMING, K=2
    )
    first, second = distances[:, 0], distances[:, 1]
    good = (first < MAX_DISTANCE) & (first < RATIO * second)
    if good.sum() < 4:
        return None
    ours = screenshot.points[good]
    theirs = candidate.points[nearest[good, 0]]
    matrix, inliers = cv2.estimateAffinePartial2D(
        ours, theirs, method=cv2.RANSAC, ransacReprojThreshold=MAX_ERROR, maxIters=500
    )
    if matrix is None:
        return None
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    angle = float(np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])))
    if not SCALES[0] < scale < SCALES[1] or abs(angle) > MAX_ANGLE:
        return None
    return Alignment(matrix, int(inliers.sum()))


def agreement(screenshot: np.ndarray, candidate: np.ndarray, alignment: Alignment) -> Agreement:
    """Compare two RGB uint8 pictures where the alignment lays them over each other.

    A cell's difference is the mean over its pixels after both have been blurred a little, with
    one gain and offset for the whole picture taken out (a player's colours, a brighter screen).
    """
    height, width = screenshot.shape[:2]
    side, candidate_side = max(screenshot.shape[:2]), max(candidate.shape[:2])
    matrix = alignment.matrix * [1, 1, candidate_side]
    matrix[:, :2] *= candidate_side / side
    warped = _warp(cv2.GaussianBlur(candidate, (5, 5), 0), matrix, (width, height))
    covered = _warp(np.ones(candidate.shape[:2], np.float32), matrix, (width, height))
    ours = cv2.GaussianBlur(screenshot, (5, 5), 0).astype(np.float32)
    theirs = warped.astype(np.float32)
    inside = covered > 0.99
    overlap = float(inside.mean())
    if overlap < 0.05:
        return Agreement(0.0, SPOILT, overlap, 0)
    theirs = _in_the_light_of(ours, theirs, inside)
    difference = cv2.transform(cv2.absdiff(ours, theirs), _MEAN) * inside
    columns = max(1, round(CELLS * width / side))
    rows = max(1, round(CELLS * height / side))
    grid: dict[str, Any] = {"dsize": (columns, rows), "interpolation": cv2.INTER_AREA}
    weight = cv2.resize(inside.astype(np.float32), **grid)
    known = weight > 0.5
    if not known.any():
        return Agreement(0.0, SPOILT, overlap, 0)
    cells = (cv2.resize(difference, **grid) / np.maximum(weight, 1e-6))[known]
    luma = cv2.transform(ours, _MEAN)
    spread = cv2.resize(luma**2, **grid) - cv2.resize(luma, **grid) ** 2
    return Agreement(
        share=float((cells < AGREEING).mean()),
        difference=float(
            np.minimum(cells, SPOILT).mean() * known.mean() + SPOILT * (1 - known.mean())
        ),
        overlap=overlap,
        detail=int((spread[known] > 16).sum()),
    )


def _warp(picture: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return cv2.warpAffine(picture, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def _in_the_light_of(ours: np.ndarray, theirs: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """`theirs` with the gain and offset that bring its levels nearest to ours."""
    some = np.s_[::4, ::4]
    x, y = theirs[some][inside[some]].mean(axis=1), ours[some][inside[some]].mean(axis=1)
    variance = float(x.var())
    covariance = float(((x - x.mean()) * (y - y.mean())).mean())
    gain = float(np.clip(covariance / variance, 0.8, 1.25)) if variance > 1 else 1.0
    offset = float(np.clip(y.mean() - gain * x.mean(), -24, 24))
    return theirs * np.float32(gain) + np.float32(offset)
