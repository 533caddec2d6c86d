"""The tagger that learns from curators: heads learnt from their verdicts and vectors of pictures
come in, scores go out.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from tagging.taggers import Context, Features


class TaughtTagger:
    """`weights` is tags x size and `biases` one number a tag, as learnt by `tagging.taggers.heads`
    on vectors of `features`; only heads that are good enough belong here."""

    name = "taught"
    danbooru = False
    characters: frozenset[str] = frozenset()
    looks = False

    def __init__(
        self,
        features: Features,
        thresholds: Mapping[str, float],
        weights: np.ndarray,
        biases: np.ndarray,
        version: str,
    ):
        self.features, self.thresholds, self.version = features, thresholds, version
        self.weights, self.biases = weights, biases

    def predict(
        self, images: Sequence[np.ndarray], contexts: Sequence[Context] | None = None
    ) -> list[dict[str, float]]:
        """See `tagging.taggers.Tagger`; a picture whose vector is in its context is not looked
        at."""
        known = [context.vector for context in contexts or [Context()] * len(images)]
        missing = [index for index, vector in enumerate(known) if vector is None]
        if missing:
            computed = self.features.features([images[index] for index in missing])
            for index, vector in zip(missing, computed, strict=True):
                known[index] = vector
        logits = np.stack([vector for vector in known if vector is not None]) @ self.weights.T
        scores = 1 / (1 + np.exp(-np.clip(logits + self.biases, -30, 30)))
        return [dict(zip(self.thresholds, map(float, row.round(4)), strict=True)) for row in scores]
