"""A picture comes in; a global vector to find it by and local features to prove it by go out.

The vector is the spatial mean of the last feature maps of EfficientNet-Lite0 (Tan & Le 2019; the
"lite" variant without squeeze-and-excitation), which crops, mirroring, borders and subtitles
barely move. The features are ORB (Rublee et al. 2011), which say where in the picture something is.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from frames.lite0 import network

VECTOR_SIZE = 320
MODEL = "efficientnet-lite0/320"  # kept with every vector: vectors of two models do not compare
SIDE = 320  # pixels of the longer side on which local features are found
STORED_FEATURES = 250
QUERY_FEATURES = 500

_INPUT = (160, 256)  # height, width: every picture is stretched to it


@dataclass(frozen=True)
class LocalFeatures:
    """`points`: n x 2 float32, x and y in units of the picture's longer side; `descriptors`:
    n x 32 uint8."""

    points: np.ndarray
    descriptors: np.ndarray

    def to_bytes(self) -> bytes:
        points = np.round(self.points * 65535).clip(0, 65535).astype("<u2")
        return points.tobytes() + self.descriptors.tobytes()

    @classmethod
    def from_bytes(cls, content: bytes) -> "LocalFeatures":
        count = len(content) // 36
        points = np.frombuffer(content, "<u2", 2 * count).reshape(count, 2)
        descriptors = np.frombuffer(content, np.uint8, offset=4 * count).reshape(count, 32)
        return cls(points.astype(np.float32) / 65535, descriptors)


def vectors(pictures: list[np.ndarray]) -> np.ndarray:
    """Global vectors of RGB uint8 pictures of any size: n x 320, int8, to compare by cosine."""
    small = [cv2.resize(p, _INPUT[::-1], interpolation=cv2.INTER_AREA) for p in pictures]
    means = network().maps(np.stack(small)).mean((2, 3))
    return np.round(127 * means / np.abs(means).max(axis=1, keepdims=True)).astype(np.int8)


def local_features(luma: np.ndarray, count: int) -> LocalFeatures:
    """Up to `count` ORB features of a uint8 luma picture whose longer side is `SIDE` pixels."""
    orb = cv2.ORB.create(count, edgeThreshold=15, fastThreshold=5)
    keypoints, descriptors = orb.detectAndCompute(luma, None)
    if not keypoints:
        return LocalFeatures(np.empty((0, 2), np.float32), np.empty((0, 32), np.uint8))
    points = np.array([keypoint.pt for keypoint in keypoints], np.float32) / max(luma.shape)
    return LocalFeatures(points[:count], descriptors[:count])


def reduce(rgb: np.ndarray) -> np.ndarray:
    """The picture with its longer side at `SIDE` pixels."""
    scale = SIDE / max(rgb.shape[:2])
    height, width = (max(1, round(length * scale)) for length in rgb.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return cv2.resize(rgb, (width, height), interpolation=method)
