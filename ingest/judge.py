"""Two sketches of pictures come in; the verdict on them goes out: one picture or two, and why.

Two measures must agree: the worst block (`ingest.compare`), which sees a mouth open, and the mean
squared difference of the autoencoder's codes, which sees a change of colour or of the whole.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from ingest.compare import HEIGHT as LOOK_HEIGHT
from ingest.compare import WIDTH as LOOK_WIDTH
from ingest.compare import Difference, at_look_size, difference, look, quality
from ingest.encoder import HEIGHT, WIDTH, Encoder, mse, thumbnail

THRESHOLD = 0.0007  # mean squared difference of codes, on the scale of pixels with values 0-1


@dataclass
class Sketch:
    """What the verdict needs of a picture, 265 kB: luma (360, 640) and RGB (81, 144, 3), uint8.

    `code` is what the autoencoder makes of it, once a `Judge` has asked.
    """

    luma: np.ndarray
    rgb: np.ndarray
    code: np.ndarray | None = None


@dataclass(frozen=True)
class Verdict:
    """`score` of the worst block, 1 being the limit; `mse` of the codes, infinite if not asked."""

    same: bool
    score: float
    mse: float
    why: str


def sketch(rgb: np.ndarray) -> Sketch:
    rgb = at_look_size(rgb)
    return Sketch(look(rgb), thumbnail(rgb))


def merit(luma: np.ndarray, size: tuple[int, int]) -> float:
    """What makes one picture of a group the keeper: sharpness and contrast first, then size.

    A file of four times the pixels may be an eighth less sharp. Never below 0.
    """
    return max(0.0, quality(luma)) * (size[0] * size[1]) ** 0.1


class Judge:
    def __init__(self, encoder: Encoder, threshold: float = THRESHOLD):
        self.encoder, self.threshold = encoder, threshold

    def verdict(self, first: Sketch, second: Sketch) -> Verdict:
        found = difference(first.luma, second.luma)
        if not found.same:
            return Verdict(False, found.score, float("inf"), found.why)
        if first.code is None:
            first.code = self.encoder.codes(first.rgb[None])[0]
        placed = _as_first(first.rgb, second.rgb, found)
        distance = float(mse(first.code, self.encoder.codes(placed[None])[0]))
        same = distance < self.threshold
        why = found.why if same else f"MSE {distance:.5f}"
        return Verdict(same, found.score, distance, why)


def _as_first(first: np.ndarray, second: np.ndarray, found: Difference) -> np.ndarray:
    """The second picture at the place and brightness of the first, completed by the first."""
    table = np.clip(np.arange(256) * found.gain + found.offset, 0, 255).astype(np.uint8)
    values = cv2.LUT(second, table)
    dx, dy = found.shift[0] * WIDTH / LOOK_WIDTH, found.shift[1] * HEIGHT / LOOK_HEIGHT
    move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    placed = first.copy()
    return cv2.warpAffine(
        values,
        move,
        (WIDTH, HEIGHT),
        dst=placed,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_TRANSPARENT,
    )
