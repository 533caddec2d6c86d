"""A picture comes in; the files and facts that are stored of it go out, as bytes and numbers."""

import base64
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

# Quality and effort: see `python -m tests.benchmarks.pictures`.
IMAGE = {"format": "WEBP", "quality": 85, "method": 2}
THUMBNAIL = {
    "webp": {"format": "WEBP", "quality": 75, "method": 2},
    "avif": {"format": "AVIF", "quality": 55, "speed": 8, "max_threads": 1},
}
PLACEHOLDER_WIDTH = 16


@dataclass(frozen=True)
class EncodedPicture:
    """The image as WebP, its SHA-256, thumbnails by (width, kind), and a tiny placeholder.

    The placeholder is a 16-pixel WebP in base64, small enough to stand in the page itself.
    """

    image: bytes
    sha256: str
    thumbnails: dict[tuple[int, str], bytes]
    placeholder: str


def encode(rgb: np.ndarray, thumbnail_widths: Sequence[int]) -> EncodedPicture:
    """Encode an RGB uint8 picture; a thumbnail is never wider than the picture itself."""
    picture = Image.fromarray(rgb)
    image = _bytes(picture, IMAGE)
    thumbnails = {}
    smaller = picture
    for width in sorted(thumbnail_widths, reverse=True):
        smaller = _at_width(smaller, width)
        for kind, options in THUMBNAIL.items():
            thumbnails[width, kind] = _bytes(smaller, options)
    tiny = _bytes(_at_width(smaller, PLACEHOLDER_WIDTH), {"format": "WEBP", "quality": 20})
    return EncodedPicture(
        image, hashlib.sha256(image).hexdigest(), thumbnails, base64.b64encode(tiny).decode()
    )


def _at_width(picture: Image.Image, width: int) -> Image.Image:
    if width >= picture.width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3)


def _bytes(picture: Image.Image, options: dict) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, **options)
    return buffer.getvalue()
