"""Frames come in; their pictures go out, decoded on threads ahead of whoever looks at them."""

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import numpy as np
from django.core.files.storage import default_storage
from PIL import Image, UnidentifiedImageError

from frames.models import Frame

logger = logging.getLogger(__name__)

AHEAD = 2  # batches

Item = TypeVar("Item")
Pictures = dict[int, np.ndarray]


def read_picture(frame: Frame) -> np.ndarray | None:
    """RGB uint8, height x width x 3; None, with a warning, if the file is gone or spoilt."""
    try:
        with default_storage.open(frame.image) as file:
            return rgb(Image.open(file))
    except (OSError, UnidentifiedImageError) as error:
        logger.warning("frame %s: its picture %s cannot be read: %s", frame.pk, frame.image, error)
        return None


def rgb(image: Image.Image) -> np.ndarray:
    """The picture as RGB uint8; what is transparent shows white."""
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image.convert("RGBA"))
    return np.asarray(image.convert("RGB"))


def read_ahead(batches: Iterable[tuple[Item, Sequence[Frame]]]) -> Iterator[tuple[Item, Pictures]]:
    """Each item with the pictures of its frames, by id; while one is worked on, the next two are
    decoded. Pictures that cannot be read are left out."""
    with ThreadPoolExecutor(AHEAD) as pool:
        waiting: deque[tuple[Item, dict[int, Future[np.ndarray | None]]]] = deque()
        for item, frames in batches:
            waiting.append((item, {f.pk: pool.submit(read_picture, f) for f in frames}))
            if len(waiting) > AHEAD:
                yield _ready(*waiting.popleft())
        while waiting:
            yield _ready(*waiting.popleft())


def _ready(item: Item, pictures: dict[int, Future[np.ndarray | None]]) -> tuple[Item, Pictures]:
    read = {pk: picture.result() for pk, picture in pictures.items()}
    return item, {pk: picture for pk, picture in read.items() if picture is not None}
