"""Linear heads: what is learnt from verdicts, and how honestly it is measured."""

import numpy as np
import pytest

from tagging.taggers import Layout
from tagging.taggers.learning import Verdicts, folds, learn
from tagging.taggers.measure import wilson


def verdicts(shots: int = 12, per_shot: int = 3, noise: float = 0.2, seed: int = 0) -> Verdicts:
    """Every second shot has the tag; the first number of a vector tells, the others are noise."""
    rng = np.random.default_rng(seed)
    numbers = np.repeat(np.arange(shots), per_shot)
    vectors = rng.normal(0, noise, (len(numbers), 16)).astype(np.float32)
    vectors[:, 0] += numbers % 2
    states = np.where(numbers % 2 == 1, 1, -1).astype(np.int8)[:, None]
    return Verdicts(vectors, states, numbers, np.zeros_like(numbers), Layout(1, 16))


def test_a_tag_that_vectors_tell_is_learnt_and_found_on_new_frames() -> None:
    (head,) = learn(verdicts())
    assert head.suggests
    assert (head.confirmed, head.rejected, head.shots) == (18, 18, 6)
    assert head.precision is not None
    assert head.precision.value >= 0.9
    assert head.precision.low < head.precision.value <= head.precision.high
    new = verdicts(seed=1)
    scores = head.scores(new.vectors)
    assert ((scores >= head.threshold) == (new.states[:, 0] > 0)).mean() > 0.9


def test_what_only_a_shot_by_itself_tells_is_not_mistaken_for_knowledge() -> None:
    """Each shot's frames look alike but say nothing of other shots: frames dealt out at random
    to folds would seem to know the tag perfectly."""
    rng = np.random.default_rng(0)
    numbers = np.repeat(np.arange(40), 5)
    look = rng.normal(0, 1, (40, 64)).astype(np.float32)
    vectors = look[numbers] + rng.normal(0, 0.01, (200, 64)).astype(np.float32)
    true = rng.random(40) < 0.5
    states = np.where(true[numbers], 1, -1).astype(np.int8)[:, None]
    (head,) = learn(Verdicts(vectors, states, numbers, np.zeros_like(numbers), Layout(1, 64)))
    assert not head.suggests
    assert head.precision is None or head.precision.value < 0.8


@pytest.mark.parametrize(
    ("shots", "per_shot", "why"),
    [(12, 1, "12 verdicts are too few"), (2, 10, "one shot with it is too few")],
)
def test_nothing_is_suggested_on_too_few_verdicts(shots: int, per_shot: int, why: str) -> None:
    (head,) = learn(verdicts(shots, per_shot))
    assert not head.suggests, why


def test_frames_that_were_not_judged_teach_nothing() -> None:
    known = verdicts()
    unknown = verdicts(seed=2)
    both = Verdicts(
        np.concatenate([known.vectors, 5 - unknown.vectors]),
        np.concatenate([known.states, np.zeros_like(unknown.states)]),
        np.concatenate([known.shots, unknown.shots + 100]),
        np.concatenate([known.episodes, unknown.episodes]),
        known.layout,
    )
    (head,) = learn(both)
    assert (head.confirmed, head.rejected) == (18, 18)
    scores = head.scores(known.vectors)
    assert ((scores >= head.threshold) == (known.states[:, 0] > 0)).mean() > 0.9


def unlike(shots: np.ndarray, episodes: np.ndarray) -> Verdicts:
    """Pictures that have nothing in common."""
    vectors = np.random.default_rng(0).normal(size=(len(shots), 64)).astype(np.float32)
    states = np.ones((len(shots), 1), np.int8)
    return Verdicts(vectors, states, shots, episodes, Layout(1, 64))


def test_folds_split_no_shot_and_with_three_episodes_no_episode() -> None:
    episodes = np.repeat(np.arange(2), 30)
    shots = np.tile(np.repeat(np.arange(10), 3), 2)
    numbers = folds(unlike(shots, episodes))
    for episode in (0, 1):
        for shot in range(10):
            here = (episodes == episode) & (shots == shot)
            assert len(set(numbers[here])) == 1
    assert len(set(numbers)) > 2
    episodes = np.repeat(np.arange(4), 15)
    numbers = folds(unlike(shots, episodes))
    assert all(len(set(numbers[episodes == episode])) == 1 for episode in range(4))
    assert len(set(numbers)) == 4


def test_shots_of_one_scene_are_kept_together() -> None:
    """The first shot comes back as the eighth, and that as the twelfth."""
    shots = np.repeat(np.arange(16), 2)
    told = unlike(shots, np.zeros_like(shots))
    told.vectors[14] = told.vectors[0] + 0.05
    told.vectors[24] = told.vectors[15] * 1.05
    numbers = folds(told)
    assert len(set(numbers[[0, 1, 14, 15, 24, 25]])) == 1
    assert len(set(numbers)) > 2


def test_wilson_interval_of_the_textbook() -> None:
    low, high = wilson(0.9, 10)
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)
    assert wilson(0.0, 0) == (0.0, 1.0)


def test_a_tag_that_one_window_shows_is_found_wherever_it_is() -> None:
    """In the mean of 36 windows the sign drowns; the head was taught by pictures alone."""

    def pictures(seed: int) -> Verdicts:
        rng = np.random.default_rng(seed)
        numbers = np.repeat(np.arange(40), 2)
        windows = rng.normal(0, 1, (80, 36, 24)).astype(np.float32)
        states = np.where(numbers % 2 == 1, 1, -1).astype(np.int8)[:, None]
        for picture in np.flatnonzero(states[:, 0] > 0):
            windows[picture, rng.integers(36), :2] += 4
        layout = Layout(windows=36, part=24)
        return Verdicts(windows.reshape(80, -1), states, numbers, np.zeros_like(numbers), layout)

    (head,) = learn(pictures(seed=0))
    new = pictures(seed=1)
    found = head.scores(new.vectors) >= head.threshold
    assert (found == (new.states[:, 0] > 0)).mean() > 0.85
    assert head.suggests
    means = new.vectors.reshape(80, 36, 24).mean(1)
    (plain,) = learn(Verdicts(means, new.states, new.shots, new.episodes, Layout(1, 24)))
    assert plain.recall is None or plain.recall.value < head.recall.value
