"""Who is kept and who repeats whom, and how candidates are found."""

import numpy as np
import pytest

from ingest.dedupe import Groups
from ingest.neighbours import RADIUS, all_pairs, near


def decide(merit: list[float], pairs: list[tuple[int, int]], alike: set[frozenset]) -> dict:
    """Run the groups to their end; who is the keeper of whom."""
    first, second = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
    groups = Groups(np.array(merit), first, second, np.ones(len(pairs)))
    keeper: dict[int, int | None] = {}
    while groups.ready:
        picture = groups.ready.popleft()
        same = (k for k in groups.keepers(picture) if frozenset((k, picture)) in alike)
        keeper[picture] = next(same, None)
        groups.decide(picture, keeper[picture])
    assert groups.undecided == 0
    return keeper


def test_the_best_picture_of_a_group_is_kept_whatever_the_order() -> None:
    alike = {frozenset((a, b)) for a in range(3) for b in range(a)}
    assert decide([1, 3, 2], [(0, 1), (1, 2), (0, 2)], alike) == {1: None, 2: 1, 0: 1}


def test_a_chain_of_likenesses_does_not_drag_a_different_picture_along() -> None:
    chain = {frozenset((0, 1)), frozenset((1, 2))}
    assert decide([3, 2, 1], [(0, 1), (1, 2)], chain) == {0: None, 1: 0, 2: None}


def test_copies_that_only_know_other_copies_still_meet_the_keeper() -> None:
    alike = {frozenset((a, b)) for a in range(4) for b in range(a)}
    keeper = decide([4, 3, 2, 1], [(0, 1), (1, 2), (2, 3)], alike)
    assert keeper == {0: None, 1: 0, 2: 0, 3: 0}


def test_pairs_within_the_radius_are_all_found_and_each_comes_once() -> None:
    rng = np.random.default_rng(3)
    places = rng.normal(0, 1, (3000, 64)) * np.geomspace(1.2, 0.15, 64)
    close = places + rng.normal(0, 0.02, places.shape)
    farther = places + rng.normal(0, 0.14, places.shape)  # some within the radius, some not
    vectors = np.concatenate([places, close, farther]).astype(np.float16)
    later, earlier, distance = all_pairs(vectors)
    pairs = list(zip(later.tolist(), earlier.tolist(), strict=True))
    assert len(set(pairs)) == len(pairs) and (later > earlier).all()
    assert set(pairs) == _measured(vectors)
    away = np.square(vectors[later].astype(float) - vectors[earlier].astype(float)).sum(1) / 360
    assert np.allclose(distance, away, atol=1e-5)


def _measured(vectors: np.ndarray) -> set[tuple[int, int]]:
    """What is within the radius, one vector after the other."""
    values = vectors.astype(np.float32)
    found = set()
    for later in range(len(values)):
        away = np.square(values[:later] - values[later]).sum(axis=1) / 360
        found.update((later, earlier) for earlier in np.flatnonzero(away <= RADIUS).tolist())
    return found


@pytest.mark.parametrize("count", [0, 1, 3000])
def test_a_crowd_of_equal_vectors_costs_no_more_than_its_share(count: int) -> None:
    later, _, _ = all_pairs(np.zeros((count, 64), np.float16), most=8)
    assert (count > 1) <= len(later) <= count * 9


def test_near_gives_the_nearest_within_the_radius_and_no_more_than_asked() -> None:
    rng = np.random.default_rng(4)
    vectors = rng.normal(0, 0.2, (9000, 64)).astype(np.float16)
    queries = vectors[:5]
    distance = np.square(queries[:, None].astype(float) - vectors[None].astype(float)).sum(2) / 360
    query, number, away = near(queries, vectors, radius=0.01, most=7)
    for row in range(5):
        expected = np.argsort(distance[row])[:7]
        assert set(number[query == row]) == set(expected[distance[row][expected] <= 0.01])
    assert np.allclose(away, distance[query, number], atol=1e-4)
