"""The bytes of an uploaded picture come in; a bounded RGB array or one clear reason goes out.

The format is told by the content alone. Size, pixels, animation and the scans of a JPEG are
checked before anything is decoded, and one picture is decoded at a time in each process, so a
hostile file costs a bounded amount of memory and time.
"""

import io
import threading
import time

import numpy as np
from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "GIF", "BMP")
MAX_BYTES = 10_000_000
MAX_PIXELS = 36_000_000  # an 8K screen has 33 million
MIN_SIDE = 32  # below this there is nothing to recognise
MAX_JPEG_SCANS = 64  # encoders write about ten; each costs a pass over the whole picture
MAX_SECONDS = 5.0

_one_at_a_time = threading.Semaphore(1)
_START_OF_SCAN = b"\xff\xda"


class BadUpload(ValueError):
    """The upload is not a picture to search by; `status` is the HTTP status that says so."""

    def __init__(self, reason: str, *, status: int = 400):
        super().__init__(reason)
        self.status = status


class _Deadline(io.BytesIO):
    """A file that stops being read when the time is over: decoders fetch it in blocks."""

    def __init__(self, content: bytes):
        super().__init__(content)
        self.end = time.monotonic() + MAX_SECONDS

    def read(self, size: int | None = -1) -> bytes:
        if time.monotonic() > self.end:
            raise BadUpload("The picture takes too long to decode.", status=422)
        return super().read(size)


def decode(content: bytes, *, max_side: int) -> np.ndarray:
    """RGB uint8, height x width x 3, the longer side at most `max_side` pixels.

    Raises `BadUpload`: 413 for too many bytes or pixels, 415 for what is no picture of a known
    format, 422 for an animated, broken or tiny picture, 400 for an empty file.
    """
    if not content:
        raise BadUpload("The file is empty.")
    if len(content) > MAX_BYTES:
        raise BadUpload(f"The file is larger than {MAX_BYTES // 10**6} MB.", status=413)
    with _one_at_a_time:
        try:
            return _decode(content, max_side)
        except BadUpload:
            raise
        # Pillow's readers raise whatever a broken file makes them trip over.
        except Exception as error:
            raise BadUpload("The picture is damaged and cannot be decoded.", status=422) from error


def _decode(content: bytes, max_side: int) -> np.ndarray:
    with _open(content) as picture:
        width, height = picture.size
        if width * height > MAX_PIXELS:
            raise BadUpload(
                f"The picture has {width} x {height} pixels; "
                f"{MAX_PIXELS // 10**6} million in all are the limit.",
                status=413,
            )
        if min(width, height) < MIN_SIDE:
            raise BadUpload(
                f"The picture has {width} x {height} pixels; "
                f"{MIN_SIDE} a side are the least that can be recognised.",
                status=422,
            )
        # An MPO is a phone's JPEG that carries a second view along.
        if picture.format != "MPO" and getattr(picture, "is_animated", False):
            raise BadUpload("The picture is animated; send one frame of it.", status=422)
        if picture.format in ("JPEG", "MPO"):
            if content.count(_START_OF_SCAN) > MAX_JPEG_SCANS:
                raise BadUpload("The JPEG has too many scans.", status=422)
            picture.draft("RGB", (max_side, max_side))
        picture.thumbnail((max_side, max_side), Image.Resampling.BILINEAR, reducing_gap=2)
        return np.asarray(_opaque(ImageOps.exif_transpose(picture)))


def _open(content: bytes) -> Image.Image:
    try:
        return Image.open(_Deadline(content), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise BadUpload("The picture has too many pixels.", status=413) from error
    except (Image.UnidentifiedImageError, OSError) as error:
        known = ", ".join(FORMATS)
        raise BadUpload(f"This is not a picture ({known} are read).", status=415) from error


def _opaque(picture: Image.Image) -> Image.Image:
    """The picture in RGB, what is transparent on black."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "black"), rgba).convert("RGB")
    if picture.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(picture) >> 8).astype(np.uint8)).convert("RGB")
    return picture.convert("RGB")
