"""The tagger that needs no model: what plain arithmetic can honestly tell of a picture.

A score is a logistic curve on a measured quantity, 0.5 at the point where a person begins to agree
with the word; where a tag asks for two things it is the lower of two curves. The curves were put
where they part 194 pictures of the demo's renderer whose truth is known. On 164 others a score of
0.5 or more was right (precision) and found (recall):

    night        1.00  0.96    dark and blue; a dark room by lamplight is only `dark`
    day          0.94  1.00    bright, and the light not as warm as at sunset
    warm_light   1.00  0.91    held against sunset
    monochrome   1.00  1.00    grey all over; black is not black and white
    blurry       1.00  0.95    smeared by 2 pixels of 640; by 1 pixel 0.10

The camera's way is one word from the decode pass (`ingest.camera`): of 45 frames of the demo that
it says something of, pans were right in 30 of 31, zooms in 12 of 14, and these shares are the
scores. Of text see `tagging.taggers.lettering`.
"""

from collections.abc import Sequence
from math import exp

import numpy as np

from tagging.taggers import Context
from tagging.taggers.lettering import can_read, lines_of, scores_of
from tagging.taggers.pixels import HUES, Look, look_of, sharpness

PAN, ZOOM = 0.97, 0.86
CAMERA = {
    **dict.fromkeys(("pan_left", "pan_right", "pan_up", "pan_down"), PAN),
    **dict.fromkeys(("zoom_in", "zoom_out"), ZOOM),
}


class BasicTagger:
    name = "basic"
    danbooru = False
    characters: frozenset[str] = frozenset()
    looks = True
    tags = (
        *("night", "day", "dark", "black_frame", "warm_light", "cold_light"),
        *("monochrome", "letterboxed", "blurry", *(f"{hue}_theme" for hue in HUES)),
        *("static", "slow_movement", "fast_movement", *CAMERA),
        *("text_on_screen", "title_card", "credits"),
    )
    thresholds = dict.fromkeys(tags, 0.5)

    def __init__(self) -> None:
        self.reads = can_read()
        self.version = "3 with text" if self.reads else "3"

    def predict(
        self, images: Sequence[np.ndarray], contexts: Sequence[Context] | None = None
    ) -> list[dict[str, float]]:
        """See `tagging.taggers.Tagger`; scores below 0.01 are left out."""
        contexts = contexts or [Context()] * len(images)
        answers = [
            _light(look_of(image)) | _focus(image) | _movement(context) | self._text(image)
            for image, context in zip(images, contexts, strict=True)
        ]
        return [
            {tag: round(score, 3) for tag, score in answer.items() if score >= 0.01}
            for answer in answers
        ]

    def _text(self, image: np.ndarray) -> dict[str, float]:
        return scores_of(lines_of(image)) if self.reads else {}


def _light(look: Look) -> dict[str, float]:
    dim = logistic(look.brightness, middle=0.45, width=-0.03)
    bright = logistic(look.brightness, middle=0.45, width=0.02)
    lit = logistic(look.brightness, middle=0.05, width=0.01)
    scores = {
        "night": min(dim, logistic(look.blueness, middle=6, width=1.5)),
        "day": min(bright, logistic(look.warmth, middle=20, width=-3)),
        "dark": logistic(look.brightness, middle=0.18, width=-0.02),
        "black_frame": logistic(look.brightness, middle=0.012, width=-0.002),
        "warm_light": logistic(look.warmth, middle=25, width=4),
        "cold_light": logistic(look.blueness, middle=15, width=2),
        "monochrome": min(lit, logistic(look.tint_spread, middle=0.004, width=-0.0008)),
        "letterboxed": logistic(look.bars, middle=0.05, width=0.01),
    }
    themes = {
        f"{hue}_theme": logistic(share, middle=0.4, width=0.05) for hue, share in look.hues.items()
    }
    return scores | themes


def _focus(image: np.ndarray) -> dict[str, float]:
    sharp = sharpness(image)
    return {} if sharp is None else {"blurry": logistic(sharp, middle=0.72, width=-0.05)}


def _movement(context: Context) -> dict[str, float]:
    """Still drawings differ by their coding alone, by less than 0.001; a mouth that speaks or
    snow that falls makes 0.001 to 0.01; blows, and a camera that follows who runs, more."""
    scores = {context.camera: CAMERA[context.camera]} if context.camera in CAMERA else {}
    motion = context.motion
    if motion is None:
        return scores
    still = logistic(motion, middle=0.0012, width=-0.0003)
    calm = logistic(motion, middle=0.012, width=-0.002)
    fast = logistic(motion, middle=0.04, width=0.006)
    return scores | {"static": still, "slow_movement": min(1 - still, calm), "fast_movement": fast}


def logistic(x: float, *, middle: float, width: float) -> float:
    """0.5 at `middle`, 0.73 at one `width` further; a negative width turns the curve round."""
    return 1 / (1 + exp(-max(-60.0, min(60.0, (x - middle) / width))))
