"""A decoded frame comes in; a picture goes out, with two small reductions and its full size.

The reductions are cut straight out of the decoder's own planes; the full size is converted only
when somebody asks for it.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

import av
import cv2
import numpy as np
from av.video.frame import PictureType

LUMA_WIDTH = 160
SMALL_WIDTH = 80
# How little the encoder has smoothed away, by the kind of picture.
_FIDELITY = {PictureType.I: 2, PictureType.P: 1}


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    `index` counts decoded pictures from 0, `time` is in seconds from the first one. `luma` is uint8
    and at most 160 pixels wide; `small` is uint8 and at most 80, its luma, Cb and Cr planes one
    above the other. `source` is the decoder's own frame; `shape` says how to show it.
    """

    index: int
    pts: int
    time: float
    luma: np.ndarray
    small: np.ndarray
    source: av.VideoFrame
    shape: "Shape"

    @property
    def damaged(self) -> bool:
        return self.source.is_corrupt

    @property
    def fidelity(self) -> int:
        """2 for an intra-coded picture, 1 for a predicted one, 0 for one between two others."""
        return _FIDELITY.get(PictureType(self.source.pict_type), 0)

    def image(self) -> np.ndarray:
        """The full picture: RGB uint8, height x width x 3, never enlarged."""
        matrix = None
        if self.source.colorspace == 2 and self.source.height >= 720:  # not said; HD is BT.709
            matrix = "ITU709"
        rgb = self.source.to_ndarray(format="rgb24", src_colorspace=matrix)
        if self.source.interlaced_frame:
            rgb = weave_out(rgb)
        return self.shape.show(rgb)


@dataclass(frozen=True)
class Shape:
    """How decoded pictures are to be shown: `aspect` is a pixel's width by its height,
    `rotation` the degrees to turn by, counter-clockwise."""

    aspect: Fraction
    rotation: int

    def show(self, rgb: np.ndarray) -> np.ndarray:
        height, width = rgb.shape[:2]
        size = self._square(width, height)
        if size != (width, height):
            rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(np.rot90(rgb, self.rotation // 90))

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height that `show` gives to a picture of this size."""
        width, height = self._square(width, height)
        return (height, width) if self.rotation % 180 else (width, height)

    def _square(self, width: int, height: int) -> tuple[int, int]:
        """Pixels are made square by making the picture smaller, not larger."""
        if self.aspect > 1:
            return width, max(1, round(height / self.aspect))
        return max(1, round(width * self.aspect)), height


def weave_out(rgb: np.ndarray) -> np.ndarray:
    """Take the comb out of an interlaced picture.

    The lines of the second field may leave the range of the lines above and below (the first
    field) by a little; where they leave it by more, something moved between the fields.
    """
    out = rgb.copy()
    above, field = rgb[0:-1:2], rgb[1::2]
    below = rgb[2::2]
    if len(below) < len(field):
        below = np.concatenate([below, above[-1:]])
    low = np.minimum(above, below).astype(np.int16) - 12
    high = np.maximum(above, below).astype(np.int16) + 12
    out[1::2] = np.clip(field, low, high)
    return out


def reduce(frame: av.VideoFrame) -> tuple[np.ndarray, np.ndarray]:
    """`Picture.luma` and `Picture.small` of a frame.

    Planar YUV is sampled in the planes as they are: that costs a tenth of a conversion. Anything
    else is converted, small.
    """
    width = min(LUMA_WIDTH, frame.width)
    height = max(1, round(frame.height * width / frame.width))
    planes, excess = _planes(frame)
    if len(planes) != 3:
        planes, excess = _planes(frame.reformat(width=width, height=height, format="yuv444p"))
    luma = _sampled(planes[0], (width, height), excess)
    size = min(SMALL_WIDTH, width), max(3, round(height * min(SMALL_WIDTH, width) / width))
    small = np.empty((3, size[1], size[0]), np.uint8)
    cv2.resize(luma, size, dst=small[0], interpolation=cv2.INTER_AREA)
    for plane, part in zip(planes[1:], small[1:], strict=True):
        part[:] = _sampled(plane, size, excess)
    return luma, small.reshape(-1, size[0])


def _sampled(plane: np.ndarray, size: tuple[int, int], excess: int) -> np.ndarray:
    """Every n-th sample of a plane; `excess` is the number of bits above eight."""
    sampled: np.ndarray = cv2.resize(plane, size, interpolation=cv2.INTER_NEAREST)
    return (sampled >> excess).astype(np.uint8) if excess else sampled


def _planes(frame: av.VideoFrame) -> tuple[list[np.ndarray], int]:
    """Luma, Cb and Cr of a YUV frame, without a copy, and their bits above eight.

    Fewer planes, or none, if the frame is of another kind.
    """
    bits, parts = _layout(frame.format.name)
    kind = np.dtype(np.uint8 if bits <= 8 else np.uint16)
    planes = frame.planes
    found = []
    for number, offset, step in parts:
        plane = planes[number]
        lines = np.frombuffer(memoryview(plane), kind).reshape(plane.height, -1)
        found.append(lines[:, offset : plane.width * step : step])
    return found, max(bits - 8, 0)


@cache
def _layout(format: str) -> tuple[int, tuple[tuple[int, int, int], ...]]:
    """Bits of a sample and, for luma, Cb and Cr: number of the plane, first sample, step."""
    known = av.VideoFormat(format)
    if not known.is_planar or known.is_rgb or known.is_big_endian:
        return 8, ()
    parts = known.components[:3]
    found = []
    for part in parts:
        shared = [other.plane for other in parts].count(part.plane)  # "nv12": Cb, Cr, Cb, Cr ...
        first = sum(other.plane == part.plane for other in parts[: parts.index(part)])
        found.append((part.plane, first, shared))
    return parts[0].bits, tuple(found)
