"""A picture comes in; the lines of text on it go out, and what they say about the picture.

Reading is done by RapidOCR, an optional extra (`pip install "anipic[ocr]"`) whose weights come in
its wheel; without it nothing is known of text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

LONGER_SIDE = 960  # pixels of the picture in which text is looked for
SURE, LETTERS = 0.85, 3  # what is read with less confidence, or is shorter, are leaves and stars


@dataclass(frozen=True)
class Line:
    """A line of text; `confidence` is the reader's, 0 to 1, `height` a share of the picture's."""

    text: str
    confidence: float
    height: float


def can_read() -> bool:
    return find_spec("rapidocr") is not None


def lines_of(image: np.ndarray) -> list[Line]:
    """The lines on an RGB picture (uint8) that are surely text."""
    found = _reader()(image[:, :, ::-1])
    if found.boxes is None:
        return []
    lines = [
        Line(text, float(confidence), float(np.ptp(box[:, 1])) / image.shape[0])
        for box, text, confidence in zip(found.boxes, found.txts, found.scores, strict=True)
    ]
    return [
        line
        for line in lines
        if line.confidence >= SURE and sum(map(str.isalpha, line.text)) >= LETTERS
    ]


def scores_of(lines: Sequence[Line]) -> dict[str, float]:
    """Text is as sure as its surest line. A title is large and stands with few other lines;
    credits are four lines or more."""
    if not lines:
        return {}
    surest = max(line.confidence for line in lines)
    largest = max(line.height for line in lines)
    scores = {"text_on_screen": surest}
    if len(lines) >= 4:
        scores["credits"] = surest
    elif largest >= 0.12:
        scores["title_card"] = surest
    return scores


@cache
def _reader() -> Any:
    from rapidocr import RapidOCR

    limits = {"Det.limit_type": "max", "Det.limit_side_len": LONGER_SIDE}
    return RapidOCR(params={"Global.use_cls": False, "Global.log_level": "error", **limits})
