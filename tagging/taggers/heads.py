"""Linear heads on features: vectors with verdicts come in, weights with measured precision go out.

Logistic regression (ridge penalty, L-BFGS, all tags at once), its scores calibrated by Platt's
method (1999) and its threshold found by cross-validation that keeps shots and episodes together.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

PENALTY = 1e-3
FOLDS = 8
NEEDED_PRECISION = 0.8
NEEDED_VERDICTS, NEEDED_CONFIRMED, NEEDED_SHOTS = 20, 6, 3


@dataclass(frozen=True)
class Verdicts:
    """What there is to learn from.

    `vectors` is frames x size; `states` frames x tags, 1 confirmed, -1 rejected, 0 not judged;
    `shots` and `episodes` number the shot and the episode of each frame.
    """

    vectors: np.ndarray
    states: np.ndarray
    shots: np.ndarray
    episodes: np.ndarray


@dataclass(frozen=True)
class Share:
    """A measured share of `count`, with the bounds of its 95% interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Learnt:
    """One tag's head: the score of a vector x is 1 / (1 + exp(-(weights @ x + bias))).

    Precision and recall are those of the cross-validation at `threshold`; None where nothing was
    found. `suggests` says whether the head is good enough to be listened to.
    """

    weights: np.ndarray
    bias: float
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


def learn(verdicts: Verdicts) -> list[Learnt]:
    """A head for each tag (column of `states`), measured by cross-validation."""
    inside = _out_of_fold(verdicts)
    weights, biases = _fit(verdicts.vectors, verdicts.states)
    return [
        _measured(verdicts, column, inside[:, column], weights[:, column], biases[column])
        for column in range(verdicts.states.shape[1])
    ]


def folds(shots: np.ndarray, episodes: np.ndarray) -> np.ndarray:
    """A fold number for each frame. With three episodes or more an episode lies in one fold, else
    a shot does, as far as the few episodes allow."""
    groups = episodes if len(np.unique(episodes)) >= 3 else _pairs(episodes, shots)
    names, numbers = np.unique(groups, return_inverse=True)
    order = np.random.default_rng(0).permutation(len(names))
    return order[numbers] % min(FOLDS, len(names))


def _pairs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.unique(np.stack([first, second], 1), axis=0, return_inverse=True)[1].reshape(-1)


def _out_of_fold(verdicts: Verdicts) -> np.ndarray:
    """For each frame and tag the score by heads that saw nothing of its group (not calibrated)."""
    numbers = folds(verdicts.shots, verdicts.episodes)
    scores = np.full(verdicts.states.shape, -np.inf, np.float32)
    for number in np.unique(numbers):
        here = numbers == number
        if here.all():
            break
        weights, biases = _fit(verdicts.vectors[~here], verdicts.states[~here])
        scores[here] = verdicts.vectors[here] @ weights + biases
    return scores


def _fit(vectors: np.ndarray, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights (size x tags) and biases for raw vectors.

    Confirmed and rejected frames of a tag weigh the same in all, however rare the tag is.
    """
    import torch

    mean, spread = vectors.mean(axis=0), vectors.std(axis=0) + 1e-3
    scale = 1 / (spread * sqrt(vectors.shape[1]))
    x = torch.from_numpy(((vectors - mean) * scale).astype(np.float32))
    y = torch.from_numpy((states > 0).astype(np.float32))
    balance = torch.from_numpy(_balance(states))
    weights = torch.zeros(x.shape[1], y.shape[1], requires_grad=True)
    biases = torch.zeros(y.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, biases], max_iter=80, line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimizer.zero_grad()
        wrong = torch.nn.functional.binary_cross_entropy_with_logits(
            x @ weights + biases, y, weight=balance, reduction="sum"
        )
        total = wrong + PENALTY * (weights**2).sum()
        total.backward()
        return total

    optimizer.step(loss)
    raw = weights.detach().numpy() * scale[:, None]
    return raw.astype(np.float32), biases.detach().numpy() - mean @ raw


def _balance(states: np.ndarray) -> np.ndarray:
    """Weights of frames by tag: each side of a tag sums to a half, what is not judged is 0."""
    balance = np.zeros(states.shape, np.float32)
    for side in (1, -1):
        here = states == side
        balance += here * 0.5 / np.maximum(1, here.sum(axis=0))
    return balance


def _measured(
    verdicts: Verdicts, column: int, inside: np.ndarray, weights: np.ndarray, bias: float
) -> Learnt:
    states = verdicts.states[:, column]
    judged = (states != 0) & np.isfinite(inside)
    truth, logits = states[judged] > 0, inside[judged]
    shots = _pairs(verdicts.episodes, verdicts.shots)[judged]
    slope, shift = _platt(logits, truth)
    cut = _threshold(logits, truth, shots)
    precision = recall = None
    if cut is not None:
        found = logits >= cut
        precision = _share(truth[found], shots[found])
        recall = _share(found[truth], shots[truth])
    calibrated = 1 / (1 + np.exp(-(slope * (cut if cut is not None else 0.0) + shift)))
    return Learnt(
        weights=(slope * weights).astype(np.float32),
        bias=float(slope * bias + shift),
        threshold=float(calibrated),
        confirmed=int((states > 0).sum()),
        rejected=int((states < 0).sum()),
        shots=len(np.unique(_pairs(verdicts.episodes, verdicts.shots)[states > 0])),
        precision=precision,
        recall=recall,
    )


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
    believed = (hits >= NEEDED_CONFIRMED) & (
        _shots_found(truth[order], shots[order]) >= NEEDED_SHOTS
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
