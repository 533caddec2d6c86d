"""A picture comes in; the files and facts that are stored of it go out, as bytes and numbers."""

import base64
import hashlib
import io
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from frames.files import thumbnail_sizes

# Measured by `python -m tests.benchmarks.pictures` on frames of demo and film (kB, ms, SSIM):
#
#     full picture                           640 pixels wide
#     WebP 85, effort 0    52   13  0.988    WebP 75, effort 0    17.4    3  0.978
#     WebP 85, effort 2    38   18  0.989    WebP 75, effort 2    12.6    5  0.979
#     WebP 85, effort 4    37   38  0.990    WebP 75, effort 4    12.2   12  0.981
#     AVIF 70, speed 10    43   30  0.989    AVIF 52, speed 9     11.0    7  0.975
#     AVIF 70, speed 8     35  102  0.990    AVIF 52, speed 8      9.4   28  0.978
#     AVIF 70, speed 6     31  410  0.993    AVIF 52, speed 6      8.7   98  0.983
#     JPEG 90              86    2  0.994    JPEG 80              24.3    1  0.985
#
# WebP at effort 2 has nearly the bytes of effort 4 for half the time, and less than half of JPEG's.
# A full AVIF would cost six times the time for a tenth of the bytes. As thumbnails, which a page
# loads by the dozen, AVIF at speed 9 saves an eighth for two milliseconds, at slightly less
# likeness; it saves a quarter at speed 8, for four times that. Browsers without AVIF take WebP.
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
