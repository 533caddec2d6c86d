"""Who is kept and who repeats whom, and how candidates are found."""

import numpy as np
import pytest

from ingest.dedupe import Groups
from ingest.neighbours import Neighbours, near


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


def test_near_vectors_are_paired_across_chunks_and_each_pair_comes_once() -> None:
    rng = np.random.default_rng(0)
    places = rng.normal(0, 1, (50, 64)).astype(np.float32)
    neighbours = Neighbours(64)
    found: set[tuple[int, int]] = set()
    for _ in range(3):
        copies = places + rng.normal(0, 0.01, places.shape)
        later, earlier, distance = neighbours.add(copies)
        pairs = list(zip(later.tolist(), earlier.tolist(), strict=True))
        assert len(set(pairs)) == len(pairs) and not found & set(pairs)
        assert (distance < 0.001).all()
        found.update(pairs)
    expected = {(b * 50 + i, a * 50 + i) for i in range(50) for b in range(3) for a in range(b)}
    assert found == expected


def test_a_crowd_of_equal_vectors_costs_no_more_than_its_share() -> None:
    neighbours = Neighbours(64, most=8)
    later, _, _ = neighbours.add(np.zeros((3000, 64), np.float32))
    assert len(later) <= 3000 * 9


def test_the_graph_finds_what_measuring_all_pairs_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    places = rng.normal(0, 1, (400, 64))
    vectors = np.concatenate([places, places + rng.normal(0, 0.02, places.shape)])
    found = []
    for exact_up_to in (10_000, 500):
        monkeypatch.setattr("ingest.neighbours.EXACT_UP_TO", exact_up_to)
        neighbours = Neighbours(64)
        pairs = [neighbours.add(vectors[start : start + 200]) for start in range(0, 800, 200)]
        later, earlier = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
        found.append(set(zip(later.tolist(), earlier.tolist(), strict=True)))
    assert {(number + 400, number) for number in range(400)} <= found[0]
    assert len(found[0] & found[1]) > 0.99 * len(found[0])


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
