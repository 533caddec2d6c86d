"""Text comes in; sprites of it go out, to be pasted over a picture by their middle."""

from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ingest.demo.canvas import Colour, Sprite, ribbon

_INK, _WHITE = (16, 18, 34), (255, 255, 255)
_NAVY, _SKY = (28, 44, 104), (126, 190, 255)


@lru_cache(maxsize=32)
def line_of_text(text: str, size: int) -> Sprite:
    """White letters of `size` pixels with a dark outline, as subtitles have them."""
    outline = max(2, size // 10)
    return _layered(
        (_text(text, size, outline, outline), _INK), (_text(text, size, 0, outline), _WHITE)
    )


@lru_cache(maxsize=1)
def logo(text: str, size: int) -> Sprite:
    """The title of the series: letters like the sky, and a gust of wind below them."""
    margin = size // 2
    letters, edge, rim = (_text(text, size, stroke, margin) for stroke in (0, 9, 15))
    height, width = letters.shape
    gust = np.zeros((height, width), np.uint8)
    wave = ((0.04, 0.85), (0.3, 0.94), (0.62, 0.83), (0.9, 0.86), (0.97, 0.76), (0.93, 0.7))
    line = ribbon([(x * width, y * height) for x, y in wave], [0.5, 4, 6, 5, 4, 0.5], steps=14)
    cv2.fillPoly(gust, [line.round().astype(np.int32)], 255, cv2.LINE_AA)
    shadow = cv2.GaussianBlur(np.roll(rim, size // 14, axis=0), (0, 0), size / 14) // 2
    rows = np.linspace(0, 1, height, dtype=np.float32)
    share = np.clip((rows - 0.3) / 0.38, 0, 1)[:, None, None]
    paint = np.array(_WHITE) * (1 - share) + np.array(_SKY) * share
    thick = cv2.dilate(gust, np.ones((7, 7), np.uint8))
    return _layered(
        (shadow, _NAVY),
        (rim, _WHITE),
        (thick, _NAVY),
        (gust, _WHITE),
        (edge, _NAVY),
        (letters, paint),
    )


def _text(text: str, size: int, stroke: int, margin: int) -> np.ndarray:
    """The mask of a line of text, its letters widened by `stroke`, with `margin` around it."""
    font = ImageFont.load_default(size)
    left, top, right, bottom = font.getbbox(text)
    image = Image.new("L", (round(right - left) + 2 * margin, round(bottom - top) + 2 * margin))
    place = (margin - left, margin - top)
    ImageDraw.Draw(image).text(place, text, 255, font, stroke_width=stroke)
    return np.array(image)


def _layered(*layers: tuple[np.ndarray, Colour | np.ndarray]) -> Sprite:
    """Masks of one shape, each with its paint, laid over each other."""
    height, width = layers[0][0].shape
    colour, alpha = np.zeros((height, width, 3)), np.zeros((height, width, 1))
    for mask, paint in layers:
        share = mask[..., None] / 255
        colour = colour * (1 - share) + np.asarray(paint) * share
        alpha = alpha * (1 - share) + share
    through = np.repeat(255 - (alpha * 255).round(), 3, axis=2).astype(np.uint8)
    return Sprite(colour.round().astype(np.uint8), through, (width // 2, height // 2))
