"""Taggers: pictures come in, scores by tag go out.

A tagger is one class in one file of this folder, with a name and a version; the setting `TAGGERS`
names it, or a function that makes it. It imports no Django, and heavy libraries only inside the
function that needs them.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class Context:
    """What is known of a picture besides its pixels.

    `motion` is the mean absolute luma difference from picture to picture around it, 0 to 1, or
    None; `camera` one of static, pan_left, pan_right, pan_up, pan_down, zoom_in, zoom_out, or
    empty; `vector` its features if they have been computed already.
    """

    motion: float | None = None
    camera: str = ""
    vector: np.ndarray | None = None


class Tagger(Protocol):
    """What a tagger has to offer.

    `thresholds` are the scores from which its own suggestions are worth showing, by tag, where it
    knows better than the defaults of the site. `danbooru` says that its tags are that site's
    names; of these, `characters` are names of characters. A tagger that can do with the vector of
    a picture does not look at the picture (`looks` is False).
    """

    name: str
    version: str
    thresholds: Mapping[str, float]
    danbooru: bool
    characters: Collection[str]
    looks: bool

    def predict(
        self, images: Sequence[np.ndarray], contexts: Sequence[Context] | None = None
    ) -> list[dict[str, float]]:
        """Scores by tag for each image, 0 to 1; a tag without a score is not in the answer.

        `images` are RGB uint8, height x width x 3, of any size; a tagger that needs the context
        goes without the tags that it would tell from it when there is none.
        """
        ...


@dataclass(frozen=True)
class Layout:
    """What a vector consists of: `windows` parts of the picture with `part` numbers each, then
    numbers about the whole. To a model that knows nothing of windows the picture is one."""

    windows: int
    part: int


class Features(Protocol):
    """What turns pictures into vectors; pictures that look alike have vectors of a high cosine."""

    name: str
    version: str
    size: int
    layout: Layout

    def features(self, images: Sequence[np.ndarray]) -> np.ndarray:
        """A vector for each image (RGB uint8, any size), float32 of shape images x size."""
        ...
