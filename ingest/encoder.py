"""Reductions of pictures to 144x81 come in; the vectors by which like pictures are found go out.

This is the encoder half of the autoencoder that `ingest.autoencoder` trains, in numpy: four small
convolutions do not need torch, which takes two seconds and 200 MB to load in every process.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from safetensors import safe_open

WIDTH, HEIGHT = 144, 81
LENGTH = 64  # numbers of a vector
CHECKPOINT = Path(__file__).parent / "autoencoder.safetensors"

_MIDDLE, _CONTRAST, _MOST_GAIN = 115.0, 51.0, 8.0  # grey levels; a dark scene's noise has a limit


@dataclass(frozen=True)
class Encoder:
    """Weights (2, 2, 4 * in, out) and biases of the convolutions, with ReLU between them.

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
        layers = [  # "bias" comes before "weight"
            (_by_squares(weight), bias)
            for bias, weight in zip(arrays[::2], arrays[1::2], strict=True)
        ]
        return cls(tuple(layers), axes, metadata["version"])

    def codes(self, pictures: np.ndarray) -> np.ndarray:
        """float32 (n, 360) for uint8 RGB (n, 81, 144, 3).

        Scaled in training so that the mean squared difference of two codes is, on the average,
        that of the pictures themselves with values 0-1.
        """
        codes = np.empty((len(pictures), self.axes.shape[1]), np.float32)
        for code, picture in zip(codes, pictures, strict=True):  # one fits into the cache
            values = picture.astype(np.float32) * np.float32(1 / 255)
            for number, (weight, bias) in enumerate(self.layers):
                if number:
                    np.maximum(values, 0, out=values)
                values = _convolve(values, weight, bias)
            code[:] = values.transpose(2, 0, 1).ravel()
        return codes

    def vectors(self, pictures: np.ndarray) -> np.ndarray:
        """float32 (n, 64): codes of the pictures at equal brightness and contrast, along `axes`.

        The axes are orthonormal, so the squared distance of two vectors is never more than that
        of the codes, and nearly as much.
        """
        return self.codes(equalised(pictures)) @ self.axes.T


def equalised(pictures: np.ndarray) -> np.ndarray:
    """Pictures (n, 81, 144, 3) brought to the same mean and contrast of their grey values."""
    return np.stack([_equalised(picture) for picture in pictures])


def _equalised(picture: np.ndarray) -> np.ndarray:
    red, green, blue = cv2.split(picture)
    grey = cv2.add(cv2.add(red, green, dtype=cv2.CV_16U), blue, dtype=cv2.CV_16U)
    mean, contrast = (float(value[0, 0]) / 3 for value in cv2.meanStdDev(grey))
    gain = min(_CONTRAST / max(contrast, 1e-3), _MOST_GAIN)
    table = np.clip((np.arange(256) - mean) * gain + _MIDDLE, 0, 255)
    return cv2.LUT(picture, table.astype(np.uint8))


def _by_squares(weight: np.ndarray) -> np.ndarray:
    """A kernel (out, in, 4, 4) for steps of two, as one of (2, 2, 4 * in, out) on squares of 2x2.

    A step is a square then, so a convolution is four matrix products (see `_convolve`).
    """
    out, c = weight.shape[:2]
    squares = weight.reshape(out, c, 2, 2, 2, 2)  # out, in, square down, in it, across, in it
    return np.ascontiguousarray(squares.transpose(2, 4, 3, 5, 1, 0).reshape(2, 2, 4 * c, out))


def _convolve(values: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """`values` (h, w, c) with `weight` of `_by_squares`: stride 2, padding 1."""
    height, width, c = values.shape
    down, across = height // 2 + 1, width // 2 + 1  # squares, the padding included
    squares = np.zeros((down, across, 2, 2, c), np.float32)
    for y, x in ((0, 0), (0, 1), (1, 0), (1, 1)):
        part, top, left = values[1 - y :: 2, 1 - x :: 2], 1 - y, 1 - x
        squares[top : top + part.shape[0], left : left + part.shape[1], y, x] = part
    rows = squares.reshape(-1, 4 * c)
    # The square to the right is the next row, that below is a line further on. The last square of
    # each line, and the last line, give nothing of use.
    whole = np.empty((len(rows), len(bias)), np.float32)
    count = len(rows) - across - 1
    found = np.matmul(rows[:count], weight[0, 0], out=whole[:count])
    found += rows[1 : count + 1] @ weight[0, 1]
    found += rows[across : count + across] @ weight[1, 0]
    found += rows[across + 1 : count + across + 1] @ weight[1, 1]
    found += bias
    return whole.reshape(down, across, -1)[:-1, :-1]


def thumbnail(rgb: np.ndarray) -> np.ndarray:
    """An RGB uint8 picture at 144x81."""
    smooth = rgb.shape[1] <= 5 * WIDTH  # beyond that, some pixels would not count
    how = cv2.INTER_LINEAR if smooth else cv2.INTER_AREA
    twice = cv2.resize(rgb, (2 * WIDTH, 2 * HEIGHT), interpolation=how)
    return cv2.resize(twice, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)


def mse(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The mean squared difference along the last axis."""
    return np.mean(np.square(first - second), axis=-1)
