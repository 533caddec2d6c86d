"""Shots are found where they are in drawn film, real film, and transitions made to measure."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ingest.detectors import StructureDetector, Transition
from ingest.video import probe
from tests.benchmarks.clips import labels, truth
from tests.benchmarks.shots import f1, ours
from tests.conftest import MEDIA

WIDTH, HEIGHT = 80, 45
BLACK, WHITE = (16, 128, 128), (235, 128, 128)


def scene(seed: int) -> np.ndarray:
    """A small picture of its own: blobs in luma and chroma, three planes one above the other."""
    rng = np.random.default_rng(seed)
    planes = [np.kron(rng.integers(40, 216, (9, 16)), np.ones((5, 5))) for _ in range(3)]
    return np.concatenate(planes).astype(np.float32)


def plain(colour: tuple[int, int, int]) -> np.ndarray:
    return np.concatenate([np.full((HEIGHT, WIDTH), value, np.float32) for value in colour])


def held(picture: np.ndarray, count: int) -> list[np.ndarray]:
    return [picture] * count


def mixed(a: np.ndarray, b: np.ndarray, count: int) -> list[np.ndarray]:
    return [a + (b - a) * (i + 0.5) / count for i in range(count)]


def panned(picture: np.ndarray, count: int, step: int = 1) -> list[np.ndarray]:
    return [np.roll(picture, step * i, axis=1) for i in range(count)]


def found(pictures: list[np.ndarray], noise: float = 0.7) -> list[Transition]:
    detector = StructureDetector(24.0)
    rng = np.random.default_rng(0)
    transitions = []
    for number, picture in enumerate(pictures):
        noisy = np.clip(picture + rng.normal(0, noise, picture.shape), 0, 255).astype(np.uint8)
        for transition in detector.add(noisy):
            assert number - detector.lookahead < transition.index <= number
            transitions.append(transition)
    return transitions + list(detector.finish())


A, B = scene(1), scene(2)
FILMS: dict[str, tuple[Callable[[], list[np.ndarray]], list[int]]] = {
    "a cut": (lambda: held(A, 40) + held(B, 40), [40]),
    "a cut into a dark scene": (lambda: held(A * 0.2 + 12, 40) + held(B * 0.2 + 12, 40), [40]),
    "a cut between two pans": (lambda: panned(A, 40) + panned(B, 40), [40]),
    "a pan and nothing else": (lambda: panned(A, 80, 2), []),
    "a light that is switched on": (lambda: held(A * 0.5, 40) + held(A, 40), []),
    "a flash": (lambda: held(A, 40) + held(plain(WHITE), 3) + held(A, 40), []),
    "an inverted impact frame": (lambda: held(A, 40) + held(255 - A, 2) + held(A, 40), []),
    "a dissolve": (lambda: held(A, 40) + mixed(A, B, 16) + held(B, 40), [48]),
    "a long dissolve": (lambda: held(A, 40) + mixed(A, B, 30) + held(B, 40), [55]),
    "a fade through black": (
        lambda: (
            held(A, 40)
            + mixed(A, plain(BLACK), 16)
            + held(plain(BLACK), 4)
            + mixed(plain(BLACK), B, 16)
            + held(B, 40)
        ),
        [58],
    ),
    "a fade through white": (
        lambda: held(A, 40) + mixed(A, plain(WHITE), 12) + mixed(plain(WHITE), B, 12) + held(B, 40),
        [52],
    ),
    "a cut to black that stays": (
        lambda: held(A, 40) + held(plain(BLACK), 30) + mixed(plain(BLACK), B, 16) + held(B, 40),
        [40],
    ),
    "black, and then a fade in": (lambda: held(plain(BLACK), 20) + mixed(plain(BLACK), A, 16), []),
}


@pytest.mark.parametrize("name", FILMS)
def test_what_is_and_what_is_no_new_shot(name: str) -> None:
    film, boundaries = FILMS[name]
    indices = [transition.index for transition in found(film())]
    assert len(indices) == len(boundaries), indices
    assert all(abs(a - b) <= 2 for a, b in zip(indices, boundaries, strict=True)), indices


def test_the_pictures_of_a_transition_are_named() -> None:
    film, _ = FILMS["a dissolve"]
    (dissolve,) = found(film())
    assert dissolve.start <= 42
    assert dissolve.end >= 54


@pytest.mark.slow
def test_the_demo_is_cut_as_it_was_drawn(demo_series: list[Path]) -> None:
    for episode in demo_series:
        assert f1(ours(episode), truth(episode)) >= 0.95


@pytest.mark.parametrize("name", ["sintel_trailer.mp4", "big_buck_bunny_0_30.webm"])
def test_film_is_cut_where_a_person_would(name: str) -> None:
    path = MEDIA / name
    if not path.exists():
        pytest.skip(f"the clip {path} is not here")
    assert probe(path).fps == 24.0
    assert f1(ours(path), labels()[name]) >= 0.9


def test_every_boundary_counts_once() -> None:
    assert f1([10, 11], [[10, 10]]) == pytest.approx(2 / 3)
    assert f1([12], [[10, 10]]) == 1.0
    assert f1([13], [[10, 10]]) == 0.0
    assert json.dumps(labels())
