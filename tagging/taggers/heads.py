"""Heads on features: vectors with verdicts come in, weights that score new vectors go out.

A head is logistic regression (ridge penalty, L-BFGS, all tags at once) that may look at parts of a
picture: its logit is a soft maximum over the windows of the vector plus a linear term on the whole
(multiple-instance learning, Dietterich et al. 1997; the soft maximum as in Ramon & De Raedt 2000).
So a verdict on a picture teaches what a face looks like, wherever it is.
"""

from dataclasses import dataclass
from math import log, sqrt
from typing import Any

import numpy as np

from tagging.taggers import Layout

PENALTY = 1e-4
SHARPNESS = 3.0  # of the soft maximum
STEPS = 50


@dataclass(frozen=True)
class Heads:
    """Weights of some tags: `windows` is tags x part, `whole` tags x what `split` says of the
    whole, `biases` a number a tag."""

    layout: Layout
    windows: np.ndarray
    whole: np.ndarray
    biases: np.ndarray

    def logits(self, vectors: np.ndarray) -> np.ndarray:
        """Frames x tags, not calibrated."""
        windows, whole = split(vectors, self.layout)
        return soft_maximum(windows @ self.windows.T) + whole @ self.whole.T + self.biases

    def of(self, tag: int) -> "Heads":
        """The head of this tag alone."""
        one = slice(tag, tag + 1)
        return Heads(self.layout, self.windows[one], self.whole[one], self.biases[one])


def fit(vectors: np.ndarray, states: np.ndarray, layout: Layout, scope: float) -> Heads:
    """Heads of all tags (columns of `states`, as in `tagging.taggers.learning.Verdicts`) for raw
    vectors; `scope` is what the whole weighs beside its windows.

    Confirmed and rejected frames of a tag weigh the same in all, however rare the tag is.
    """
    import torch

    windows, whole = split(vectors, layout)
    (middle, scale), (middles, scales) = _scale(windows), _scale(whole)
    scales = scope * scales
    x = torch.from_numpy((windows - middle) * scale)
    z = torch.from_numpy((whole - middles) * scales)
    y = torch.from_numpy((states > 0).astype(np.float32))
    weight = torch.from_numpy(balance(states))
    tags = y.shape[1]
    w = torch.zeros(layout.part, tags, requires_grad=True)
    v = torch.zeros(whole.shape[1], tags, requires_grad=True)
    biases = torch.zeros(tags, requires_grad=True)
    optimizer = torch.optim.LBFGS([w, v, biases], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> Any:
        optimizer.zero_grad()
        logits = torch.logsumexp(SHARPNESS * (x @ w), 1) / SHARPNESS + z @ v + biases
        wrong = torch.nn.functional.binary_cross_entropy_with_logits(
            logits, y, weight=weight, reduction="sum"
        )
        total = wrong + PENALTY * ((w**2).sum() + (v**2).sum())
        total.backward()
        return total

    optimizer.step(loss)
    raw, raws = w.detach().numpy() * scale[:, None], v.detach().numpy() * scales[:, None]
    of_sum = log(layout.windows) / SHARPNESS  # what a sum is more than a mean
    at_zero = biases.detach().numpy() - middle @ raw - middles @ raws + of_sum
    return Heads(layout, raw.T, raws.T, at_zero)


def split(vectors: np.ndarray, layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """Windows (frames x windows x part) and the whole (the mean of the windows, and the rest)."""
    size = layout.windows * layout.part
    windows = vectors[:, :size].reshape(len(vectors), layout.windows, layout.part)
    return windows, np.concatenate([windows.mean(axis=1), vectors[:, size:]], axis=1)


def soft_maximum(scores: np.ndarray) -> np.ndarray:
    """Frames x windows x tags in, frames x tags out; of equal scores it is that score."""
    top = scores.max(axis=1, keepdims=True)
    mean = np.exp(SHARPNESS * (scores - top)).mean(axis=1)
    return top[:, 0] + np.log(mean) / SHARPNESS


def sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))


def _scale(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean of the rows (all axes but the last), and the factors that bring them to a mean
    length of 1."""
    others = tuple(range(rows.ndim - 1))
    scale = 1 / ((rows.std(axis=others) + 1e-3) * sqrt(rows.shape[-1]))
    return rows.mean(axis=others), scale.astype(np.float32)


def balance(states: np.ndarray) -> np.ndarray:
    """Weights of frames by tag: each side of a tag sums to a half, what is not judged is 0."""
    weights = np.zeros(states.shape, np.float32)
    for side in (1, -1):
        here = states == side
        weights += here * 0.5 / np.maximum(1, here.sum(axis=0))
    return weights
