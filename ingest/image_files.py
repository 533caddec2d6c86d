"""Image files of any kind come in; RGB pictures of a bounded size go out, or one clear reason.

Nothing here trusts a file: it may be empty, cut off, animated, turned by its EXIF, CMYK, 16-bit, of
fifty megapixels, or made to fill the memory.
"""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from PIL import Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile

LARGEST = 120_000_000  # pixels; a file that claims more is not decoded
ENOUGH = (640, 360)  # a JPEG may be decoded at a fraction of its size, no smaller than this
FRACTIONS = (
    (8, cv2.IMREAD_REDUCED_COLOR_8),
    (4, cv2.IMREAD_REDUCED_COLOR_4),
    (2, cv2.IMREAD_REDUCED_COLOR_2),
)
ORIENTATION, END_OF_JPEG = 0x0112, b"\xff\xd9"


class UnreadableImage(Exception):
    """This file is left where it is; `reason` says why."""

    def __init__(self, path: Path, reason: str):
        super().__init__(f"{path}: {reason}")
        self.path, self.reason = path, reason

    def __reduce__(self) -> tuple:
        return UnreadableImage, (self.path, self.reason)


def find_images(folder: Path, leave_out: Path | None = None) -> Iterator[Path]:
    """Files that call themselves images, in the order of their names, subfolders included."""
    kinds = _kinds()
    for parent, folders, files in os.walk(folder):
        below = Path(parent)
        folders[:] = sorted(name for name in folders if below / name != leave_out)
        for name in sorted(files):
            if Path(name).suffix.lower() in kinds and not name.startswith("."):
                yield below / name


def _kinds() -> set[str]:
    Image.init()
    return {end for end, kind in Image.EXTENSION.items() if kind in Image.OPEN} - {
        ".pdf",
        ".mpg",
        ".mpeg",
    }


def read_image(path: Path, file: BinaryIO | None = None) -> tuple[np.ndarray, tuple[int, int]]:
    """The picture as RGB uint8, upright, and its full width and height in pixels.

    Read from `file` if it is open already; `path` is its name then. Transparent places show grey.
    Raises `UnreadableImage`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file or path) as image:
                return _decode(path, image)
    except UnreadableImage:
        raise
    except FileNotFoundError:
        raise UnreadableImage(path, "the file has vanished") from None
    except Image.UnidentifiedImageError:
        empty = path.exists() and path.stat().st_size == 0
        raise UnreadableImage(path, "the file is empty" if empty else "not an image") from None
    except Image.DecompressionBombError:
        raise UnreadableImage(path, "it claims more pixels than anybody draws") from None
    except MemoryError:
        raise UnreadableImage(path, "it needs more memory than there is") from None
    except Exception as error:  # decoders raise whatever they like: struct.error, SyntaxError ...
        raise UnreadableImage(path, str(error) or type(error).__name__) from error


def _decode(path: Path, image: Image.Image) -> tuple[np.ndarray, tuple[int, int]]:
    if image.width * image.height > LARGEST:
        raise UnreadableImage(path, f"{image.width}x{image.height} pixels are too many")
    if getattr(image, "n_frames", 1) > 1 and image.format != "MPO":
        raise UnreadableImage(path, "it is animated, and only still pictures are compared")
    size = image.size
    plain = _plain_jpeg(image)
    if plain is not None:
        return plain, size
    image.draft("RGB", ENOUGH)
    image.load()
    upright = ImageOps.exif_transpose(image)
    if upright.size != image.size:
        size = size[::-1]
    return _rgb(upright), size


def _plain_jpeg(image: Image.Image) -> np.ndarray | None:
    """What Pillow would decode of an upright, whole JPEG file in RGB or grey, in less time."""
    if not isinstance(image, JpegImageFile) or image.fp is None:
        return None
    if image.mode not in ("RGB", "L") or image.getexif().get(ORIENTATION, 1) != 1:
        return None
    image.fp.seek(0)
    data = image.fp.read()
    if not data.endswith(END_OF_JPEG):  # cut off, perhaps: Pillow tells
        return None
    fraction = min(image.width // ENOUGH[0], image.height // ENOUGH[1])
    how = next((flag for least, flag in FRACTIONS if fraction >= least), cv2.IMREAD_COLOR)
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), how | cv2.IMREAD_IGNORE_ORIENTATION)
    return None if bgr is None else cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)


def _rgb(image: Image.Image) -> np.ndarray:
    if image.mode.startswith("I"):  # 16 bits a pixel (or 32, with values of 16)
        grey = np.clip(np.asarray(image).astype(np.int64) >> 8, 0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if image.mode == "F":
        values = np.nan_to_num(np.asarray(image))
        top = 255 if values.max(initial=0) > 1 else 1
        grey = np.clip(values * (255 / top), 0, 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if "A" in image.getbands() or "transparency" in image.info:
        rgba = image.convert("RGBA")
        ground = Image.new("RGBA", rgba.size, (128, 128, 128, 255))
        image = Image.alpha_composite(ground, rgba)
    return np.asarray(image.convert("RGB"))
