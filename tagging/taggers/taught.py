"""The tagger that learns from curators: heads learnt from their verdicts and vectors of pictures
come in, scores go out.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from tagging.taggers import Context, Features
from tagging.taggers.heads import Heads, sigmoid
from tagging.taggers.learning import Learnt


class TaughtTagger:
    """`tables` has by tag what `packed` makes of its head, learnt on vectors of `features`; only
    heads that are good enough belong here."""

    name = "taught"
    danbooru = False
    characters: frozenset[str] = frozenset()
    looks = False

    def __init__(
        self,
        features: Features,
        thresholds: Mapping[str, float],
        tables: Mapping[str, np.ndarray],
        version: str,
    ):
        self.features, self.thresholds, self.version = features, thresholds, version
        layout = features.layout
        rows = np.stack([tables[tag] for tag in thresholds])
        self.heads = Heads(layout, rows[:, : layout.part], rows[:, layout.part : -3], rows[:, -3])
        self.slopes, self.shifts = rows[:, -2], rows[:, -1]

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
        logits = self.heads.logits(np.stack([vector for vector in known if vector is not None]))
        scores = sigmoid(logits * self.slopes + self.shifts)
        return [dict(zip(self.thresholds, map(float, row.round(4)), strict=True)) for row in scores]


def packed(learnt: Learnt) -> np.ndarray:
    """A head as one row of numbers, float32: its weights, bias, slope and shift."""
    head = learnt.head
    parts = [head.windows[0], head.whole[0], head.biases, [learnt.slope, learnt.shift]]
    return np.concatenate(parts).astype(np.float32)
