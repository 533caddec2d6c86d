"""A picture comes in; the files and facts that are stored of it go out, as bytes and numbers."""

import base64
import hashlib
import io
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from frames.files import thumbnail_sizes

# Measured by `python -m tests.benchmarks.pictures`. WebP: effort 2 takes half the time of 4 for 3 %
# more bytes; AVIF as the full picture would take 30 to 130 ms for its 10 % less. AVIF thumbnails
# at speed 9 are a tenth smaller than WebP for as much time; at speed 8 they take three times that.
IMAGE = {"format": "WEBP", "quality": 85, "method": 2}
THUMBNAIL = {
    "webp": {"format": "WEBP", "quality": 75, "method": 2},
    "avif": {"format": "AVIF", "quality": 52, "speed": 9, "max_threads": 1},
}
PLACEHOLDER_WIDTH = 16


@dataclass(frozen=True)
class EncodedPicture:
    """The image as WebP, its SHA-256, thumbnails by (nominal width, kind), and a tiny placeholder.

    The placeholder is a 16-pixel WebP in base64, small enough to stand in the page itself.
    """

    image: bytes
    sha256: str
    thumbnails: dict[tuple[int, str], bytes]
    placeholder: str


def encode(rgb: np.ndarray) -> EncodedPicture:
    """Encode an RGB uint8 picture; a thumbnail is never wider than the picture itself."""
    image = _bytes(rgb, IMAGE)
    thumbnails = {}
    smaller = rgb
    for width, nominal in reversed(thumbnail_sizes(rgb.shape[1])):
        smaller = _at_width(smaller, width)
        for kind, options in THUMBNAIL.items():
            thumbnails[nominal, kind] = _bytes(smaller, options)
    tiny = _bytes(_at_width(smaller, PLACEHOLDER_WIDTH), {"format": "WEBP", "quality": 20})
    return EncodedPicture(
        image, hashlib.sha256(image).hexdigest(), thumbnails, base64.b64encode(tiny).decode()
    )


def _at_width(rgb: np.ndarray, width: int) -> np.ndarray:
    if width >= rgb.shape[1]:
        return rgb
    height = max(1, round(rgb.shape[0] * width / rgb.shape[1]))
    return cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)


def _bytes(rgb: np.ndarray, options: dict) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, **options)
    return buffer.getvalue()
