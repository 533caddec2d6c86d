"""Reductions of pictures to 144x81 come in; the vectors by which like pictures are found go out.

This is the encoder half of the autoencoder that `ingest.autoencoder` trains, in numpy: four small
convolutions do not need torch, which takes two seconds and 200 MB to load in every process.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from safetensors import safe_open

WIDTH, HEIGHT = 144, 81
LENGTH = 64  # numbers of a vector
CHECKPOINT = Path(__file__).parent / "autoencoder.safetensors"

_MIDDLE, _CONTRAST, _MOST_GAIN = 115.0, 51.0, 8.0  # grey levels; a dark scene's noise has a limit


@dataclass(frozen=True)
class Encoder:
    """Weights (4 * 4 * in, out) and biases of the convolutions, with ReLU between them.

    `axes` (64, 360) are the principal directions of the codes. `version` names the training:
    vectors of two versions must not be compared.
    """

    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    axes: np.ndarray
    version: str

    @classmethod
    def load(cls, path: Path = CHECKPOINT) -> "Encoder":
        with safe_open(str(path), "numpy") as file:
            metadata = file.metadata()
            names = sorted(name for name in file.keys() if name.startswith("encoder."))  # noqa: SIM118
            arrays = [file.get_tensor(name) for name in names]
            axes = file.get_tensor("axes")
        layers = [  # "bias" comes before "weight", which torch has as (out, in, 4, 4)
            (np.ascontiguousarray(weight.transpose(2, 3, 1, 0).reshape(-1, len(weight))), bias)
            for bias, weight in zip(arrays[::2], arrays[1::2], strict=True)
        ]
        return cls(tuple(layers), axes, metadata["version"])

    def codes(self, pictures: np.ndarray) -> np.ndarray:
        """float32 (n, 360) for uint8 RGB (n, 81, 144, 3).

        Scaled in training so that the mean squared difference of two codes is, on the average,
        that of the pictures themselves with values 0-1.
        """
        values = pictures.astype(np.float32) * np.float32(1 / 255)
        for number, (weight, bias) in enumerate(self.layers):
            if number:
                np.maximum(values, 0, out=values)
            values = _convolve(values, weight, bias)
        return values.transpose(0, 3, 1, 2).reshape(len(values), -1)

    def vectors(self, pictures: np.ndarray) -> np.ndarray:
        """float32 (n, 64): codes of the pictures at equal brightness and contrast, along `axes`.

        The axes are orthonormal, so the squared distance of two vectors is never more than that
        of the codes, and nearly as much.
        """
        return self.codes(equalised(pictures)) @ self.axes.T


def equalised(pictures: np.ndarray) -> np.ndarray:
    """Pictures (n, 81, 144, 3) brought to the same mean and contrast of their grey values."""
    values = pictures.astype(np.float32)
    grey = values.mean(axis=3)
    mean, contrast = grey.mean(axis=(1, 2)), grey.std(axis=(1, 2))
    gain = np.minimum(_CONTRAST / np.maximum(contrast, 1e-3), _MOST_GAIN)
    values = (values - mean[:, None, None, None]) * gain[:, None, None, None] + _MIDDLE
    return np.clip(values, 0, 255).astype(np.uint8)


def _convolve(values: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """`values` (n, h, w, c) with `weight` (4 * 4 * c, out): stride 2, padding 1."""
    n, height, width, c = values.shape
    padded = np.zeros((n, height + 2, width + 2, c), np.float32)
    padded[:, 1:-1, 1:-1] = values
    windows = sliding_window_view(padded, (4, 4), axis=(1, 2))[:, ::2, ::2]
    h, w = windows.shape[1:3]
    columns = windows.transpose(0, 1, 2, 4, 5, 3).reshape(n * h * w, 16 * c)
    return (columns @ weight + bias).reshape(n, h, w, -1)


def thumbnail(rgb: np.ndarray) -> np.ndarray:
    """An RGB uint8 picture at 144x81."""
    return cv2.resize(rgb, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)


def mse(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The mean squared difference along the last axis."""
    return np.mean(np.square(first - second), axis=-1)
