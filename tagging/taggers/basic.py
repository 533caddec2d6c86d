"""The tagger that needs no model: what plain arithmetic on the pixels can honestly tell.

Every score is a logistic curve on one measured quantity, 0.5 at the point where a person begins
to agree with the word.
"""

from collections.abc import Sequence
from math import exp

import cv2
import numpy as np

from tagging.taggers import Context

# Middles of the hues in degrees; a hue belongs to the nearest.
HUES = {"red": 0, "orange": 30, "yellow": 55, "green": 120, "blue": 215, "purple": 275, "pink": 325}


class BasicTagger:
    name = "basic"
    version = "2"
    danbooru = False
    characters: frozenset[str] = frozenset()
    looks = True
    tags = (
        *("night", "day", "monochrome", "letterboxed", "static", "fast_movement"),
        *(f"{hue}_theme" for hue in HUES),
    )
    thresholds = dict.fromkeys(tags, 0.5)

    def predict(
        self, images: Sequence[np.ndarray], contexts: Sequence[Context] | None = None
    ) -> list[dict[str, float]]:
        """See `tagging.taggers.Tagger`; scores below 0.01 are left out."""
        contexts = contexts or [Context()] * len(images)
        return [
            {
                tag: round(score, 3)
                for tag, score in {**_look(image), **_movement(context)}.items()
                if score >= 0.01
            }
            for image, context in zip(images, contexts, strict=True)
        ]


def _movement(context: Context) -> dict[str, float]:
    motion = context.motion
    if motion is None:
        return {}
    return {
        "static": logistic(motion, middle=0.0012, width=-0.0003),
        "fast_movement": logistic(motion, middle=0.06, width=0.01),
    }


def _look(image: np.ndarray) -> dict[str, float]:
    height = max(1, round(image.shape[0] * 160 / image.shape[1]))
    small = cv2.resize(image, (160, height), interpolation=cv2.INTER_AREA)
    bars = _bars(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY))
    picture = small[bars : height - bars] if bars else small

    hue, saturation, value = np.moveaxis(
        cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2HSV), 2, 0
    )
    brightness = float(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).mean()) / 255
    chroma = saturation * value
    scores = {
        "night": logistic(brightness, middle=0.25, width=-0.03),
        "day": logistic(brightness, middle=0.55, width=0.04),
        "monochrome": logistic(_tint_spread(picture), middle=0.02, width=-0.004),
        "letterboxed": logistic(bars / height, middle=0.05, width=0.01),
    }
    names = list(HUES)
    distance = np.stack([np.abs((hue - HUES[name] + 180) % 360 - 180) for name in names])
    nearest = distance.argmin(axis=0)
    for number, name in enumerate(names):
        share = float(((nearest == number) & (chroma > 0.15)).mean())
        scores[f"{name}_theme"] = logistic(share, middle=0.4, width=0.05)
    return scores


def _bars(luma: np.ndarray) -> int:
    """The height of the black bars at top and bottom (the smaller of the two), in rows.

    Bars are black from edge to edge, and there is a picture between them.
    """
    black = luma.max(axis=1) < 24
    if black.all():
        return 0
    return int(min(black.argmin(), black[::-1].argmin()))


def _tint_spread(picture: np.ndarray) -> float:
    """How far colours stray from their common tint, 0 to about 0.5 (mean over the pixels)."""
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[..., 1:] / 255
    centre = lab.reshape(-1, 2).mean(axis=0)
    return float(np.linalg.norm(lab - centre, axis=2).mean())


def logistic(x: float, *, middle: float, width: float) -> float:
    """0.5 at `middle`, 0.73 at one `width` further; a negative width turns the curve round."""
    return 1 / (1 + exp(-max(-60.0, min(60.0, (x - middle) / width))))
