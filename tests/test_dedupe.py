"""Who is kept and who repeats whom, and how candidates are found."""

import numpy as np

from ingest.dedupe import Groups
from ingest.neighbours import Neighbours


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
