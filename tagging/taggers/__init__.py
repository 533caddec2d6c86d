"""Taggers: pictures come in, scores by tag go out.

A tagger is one class in one file of this folder, with a name and a version, named in the setting
`TAGGERS`. It imports no Django, and heavy libraries only inside the function that needs them.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np


class Tagger(Protocol):
    """What a tagger has to offer."""

    name: str
    version: str
    # The tags it can suggest: name -> (category, one line that says when it applies).
    vocabulary: Mapping[str, tuple[str, str]]

    def predict(
        self, images: Sequence[np.ndarray], motion: Sequence[float]
    ) -> list[dict[str, float]]:
        """Scores by tag for each image, 0 to 1; a tag without a score is not in the answer.

        `images` are RGB uint8, height x width x 3, of any size. `motion` has the mean absolute
        luma difference from picture to picture around each, 0 to 1.
        """
        ...
