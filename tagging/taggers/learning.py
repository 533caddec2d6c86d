"""Learning from verdicts: vectors with verdicts come in, a head for each tag with its measured
precision and recall goes out.

Every tag is learnt twice, once as something that a part of the picture shows (a face) and once as
something about the whole (the night); the cross-validation says which it is.
"""

from dataclasses import dataclass

import numpy as np

from tagging.taggers import Layout
from tagging.taggers.heads import Heads, balance, fit, sigmoid, split
from tagging.taggers.measure import NEEDED_PRECISION, Share, judged

SCOPES = (0.3, 2.0)  # what the whole weighs beside its windows
FOLDS = 8
ALIKE = 0.9  # cosine of two pictures of one scene
NEEDED_VERDICTS, NEEDED_CONFIRMED, NEEDED_SHOTS = 20, 6, 3


@dataclass(frozen=True)
class Verdicts:
    """What there is to learn from.

    `vectors` is frames x size, as `layout` says; `states` frames x tags, 1 confirmed, -1 rejected,
    0 not judged; `shots` and `episodes` number the shot and the episode of each frame.
    """

    vectors: np.ndarray
    states: np.ndarray
    shots: np.ndarray
    episodes: np.ndarray
    layout: Layout


@dataclass(frozen=True)
class Learnt:
    """One tag's head: a frame's score is 1 / (1 + exp(-(slope * logit + shift))).

    Precision and recall are those of the cross-validation, None where nothing was found.
    `suggests` says whether the head is good enough to be listened to.
    """

    head: Heads
    slope: float
    shift: float
    threshold: float
    confirmed: int
    rejected: int
    shots: int
    precision: Share | None
    recall: Share | None

    @property
    def suggests(self) -> bool:
        enough = (
            self.confirmed + self.rejected >= NEEDED_VERDICTS
            and self.confirmed >= NEEDED_CONFIRMED
            and self.shots >= NEEDED_SHOTS
        )
        return enough and self.precision is not None and self.precision.value >= NEEDED_PRECISION

    def scores(self, vectors: np.ndarray) -> np.ndarray:
        return sigmoid(self.slope * self.head.logits(vectors)[:, 0] + self.shift)


def learn(verdicts: Verdicts) -> list[Learnt]:
    """A head for each tag (column of `states`), measured by cross-validation."""
    everything = verdicts.vectors, verdicts.states, verdicts.layout
    tried = [(_out_of_fold(verdicts, scope), fit(*everything, scope)) for scope in SCOPES]
    wrong = np.stack([_deviance(outside, verdicts.states) for outside, _ in tried])
    shots = _pairs(verdicts.episodes, verdicts.shots)
    learnt = []
    for tag, best in enumerate(wrong.argmin(axis=0)):
        outside, heads = tried[best]
        learnt.append(_measured(verdicts.states[:, tag], shots, outside[:, tag], heads.of(tag)))
    return learnt


def _measured(states: np.ndarray, shots: np.ndarray, outside: np.ndarray, head: Heads) -> Learnt:
    known = (states != 0) & np.isfinite(outside)
    verdict = judged(outside[known], states[known] > 0, shots[known])
    return Learnt(
        head=head,
        slope=verdict.slope,
        shift=verdict.shift,
        threshold=float(sigmoid(np.array(verdict.slope * verdict.cut + verdict.shift))),
        confirmed=int((states > 0).sum()),
        rejected=int((states < 0).sum()),
        shots=len(np.unique(shots[states > 0])),
        precision=verdict.precision,
        recall=verdict.recall,
    )


def folds(verdicts: Verdicts) -> np.ndarray:
    """A fold number for each frame. With three episodes or more an episode lies in one fold, else
    a shot does, and all shots of its scene, as far as the few episodes allow."""
    many = len(np.unique(verdicts.episodes)) >= 3
    names, numbers = np.unique(
        verdicts.episodes if many else _scenes(verdicts), return_inverse=True
    )
    order = np.random.default_rng(0).permutation(len(names))
    return order[numbers] % min(FOLDS, len(names))


def _scenes(verdicts: Verdicts) -> np.ndarray:
    """The scene of each frame: shots are of one scene if any of their pictures look alike.

    Else a shot that comes back (they talk, and we see one and the other by turns) would be known
    already, or its opposite would, where only a face has changed.
    """
    _, whole = split(verdicts.vectors, verdicts.layout)
    whole = (whole - whole.mean(axis=0)) / (whole.std(axis=0) + 1e-3)
    whole /= np.linalg.norm(whole, axis=1, keepdims=True) + 1e-9
    shots = _pairs(verdicts.episodes, verdicts.shots)
    alike = whole @ whole.T >= ALIKE
    alike |= shots[:, None] == shots
    scenes = np.arange(len(whole))
    while True:  # the lowest number spreads to whatever is linked
        lowest = np.where(alike, scenes, len(scenes)).min(axis=1, initial=len(scenes))
        if np.array_equal(lowest, scenes):
            return scenes
        scenes = lowest


def _pairs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The same number for the same pair."""
    return np.unique(np.stack([first, second], 1), axis=0, return_inverse=True)[1].reshape(-1)


def _out_of_fold(verdicts: Verdicts, scope: float) -> np.ndarray:
    """For each frame and tag the logit by heads that saw nothing of its fold."""
    numbers = folds(verdicts)
    logits = np.full(verdicts.states.shape, -np.inf, np.float32)
    for number in np.unique(numbers):
        here = numbers == number
        if here.all():
            break
        heads = fit(verdicts.vectors[~here], verdicts.states[~here], verdicts.layout, scope)
        logits[here] = heads.logits(verdicts.vectors[here])
    return logits


def _deviance(logits: np.ndarray, states: np.ndarray) -> np.ndarray:
    """How wrong the logits are on what was judged, by tag."""
    wrong = np.logaddexp(0, np.where(states > 0, -logits, logits))
    return (balance(states) * np.where(np.isfinite(logits), wrong, 0)).sum(axis=0)
