"""What a head is worth: the logits of cross-validation with the truth come in; calibration,
threshold, and precision and recall with their uncertainty go out.

Scores are calibrated by Platt's method (1999). The threshold is chosen on the very logits on which
precision and recall are measured, so both are optimistic, the more so the fewer the verdicts: over
seven lessons on pictures of the demo's renderer heads claimed a precision of 0.92 on average and
had 0.87 on other pictures. Measuring on folds that the threshold was not chosen on was honest to
0.01, but left a third fewer tags to suggest, at no higher precision in use.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

NEEDED_PRECISION = 0.8
CREDIBLE_HITS, CREDIBLE_SHOTS = 6, 3


@dataclass(frozen=True)
class Share:
    """A measured share, with the bounds of its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Judgement:
    """`slope` (positive) and `shift` turn logits into those of probabilities; `cut` is the logit
    from which a tag is suggested."""

    slope: float
    shift: float
    cut: float
    precision: Share | None
    recall: Share | None


def judged(logits: np.ndarray, truth: np.ndarray, shots: np.ndarray) -> Judgement:
    """What these logits, each by a head that saw nothing of its fold, say of the tag."""
    slope, shift = _platt(logits, truth)
    cut = _threshold(logits, truth, shots)
    if cut is None:
        return Judgement(slope, shift, 0.0, None, None)
    found = logits >= cut
    precision, recall = _share(truth[found], shots[found]), _share(found[truth], shots[truth])
    return Judgement(slope, shift, cut, precision, recall)


def _threshold(logits: np.ndarray, truth: np.ndarray, shots: np.ndarray) -> float | None:
    """The cut with the best F1 among those that are precise enough, else the best of all; half-way
    to the next lower score. None if nothing is true or nothing is false.

    Precise is only a cut that finds as much as a tag needs to be believed: a few lucky frames at
    the top say nothing.
    """
    if not truth.any() or truth.all():
        return None
    order = np.argsort(-logits, kind="stable")
    ranked, hits = logits[order], np.cumsum(truth[order])
    count = np.arange(1, len(ranked) + 1)
    precision, f1 = hits / count, 2 * hits / (count + truth.sum())
    cuttable = np.append(ranked[:-1] > ranked[1:], True)
    believed = (hits >= CREDIBLE_HITS) & (
        _shots_found(truth[order], shots[order]) >= CREDIBLE_SHOTS
    )
    precise = cuttable & believed & (precision >= NEEDED_PRECISION)
    best = int(np.where(precise if precise.any() else cuttable, f1, -1).argmax())
    following = ranked[best + 1] if best + 1 < len(ranked) else ranked[best] - 1
    return float(ranked[best] + following) / 2


def _shots_found(truth: np.ndarray, shots: np.ndarray) -> np.ndarray:
    """How many shots have a hit among the first 1, 2, 3, ... frames."""
    first = np.zeros(len(truth), bool)
    hits = np.flatnonzero(truth)
    first[hits[np.unique(shots[hits], return_index=True)[1]]] = True
    return np.cumsum(first)


def _platt(logits: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Slope (positive) and shift that turn logits into probabilities, with Platt's soft targets so
    that a perfect separation does not claim certainty."""
    positive, negative = int(truth.sum()), int((~truth).sum())
    if not positive or not negative:
        return 1.0, 0.0
    target = np.where(truth, (positive + 1) / (positive + 2), 1 / (negative + 2))
    centre, spread = float(logits.mean()), float(logits.std()) or 1.0
    x = (logits.astype(np.float64) - centre) / spread
    slope, shift = 1.0, 0.0
    for _ in range(50):  # Newton's method, damped by a faint ridge
        guess = 1 / (1 + np.exp(-np.clip(slope * x + shift, -30, 30)))
        weight, rest = guess * (1 - guess), guess - target
        gradient = np.array([rest @ x + 1e-3 * slope, rest.sum()])
        cross = weight @ x
        curvature = np.array([[weight @ x**2 + 1e-3, cross], [cross, weight.sum() + 1e-9]])
        step = np.linalg.solve(curvature, gradient)
        slope, shift = slope - step[0], shift - step[1]
        if np.abs(step).max() < 1e-6:
            break
    slope = max(slope, 1e-2) / spread
    return float(slope), float(shift - slope * centre)


def _share(hits: np.ndarray, shots: np.ndarray) -> Share:
    """The share of hits with Wilson's interval (1927), counting shots: the frames of one shot are
    hardly ever right and wrong independently."""
    value = float(hits.mean()) if len(hits) else 0.0
    return Share(value, *wilson(value, len(np.unique(shots))))


def wilson(share: float, count: int) -> tuple[float, float]:
    """The bounds of the 95% interval of a share measured on `count` independent cases."""
    if count == 0:
        return 0.0, 1.0
    z = 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    reach /= 1 + z * z / count
    return max(0.0, middle - reach), min(1.0, middle + reach)
