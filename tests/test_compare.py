"""The comparison of two pictures: what is noise, and what is not."""

from dataclasses import replace

import numpy as np
import pytest

from ingest.compare import difference, look, quality
from tests.benchmarks import composites
from tests.benchmarks.drawing import STYLES, draw_face
from tests.benchmarks.faces import Face, random_hand
from tests.benchmarks.painting import BACKGROUNDS

RNG = np.random.default_rng(7)


def painted(
    seed: int = 5, face: Face | None = None, light: float = 1.0, style: int = 0
) -> np.ndarray:
    """A canvas of 1664x936 with somebody on it, as RGB."""
    rng = np.random.default_rng(seed)
    painter = list(BACKGROUNDS.values())[seed % len(BACKGROUNDS)]
    canvas = np.clip(painter(rng, 936, 1664), 0, 255).astype(np.uint8)
    hand = random_hand(rng, 1664, 936)
    of_style = hand.seed // len(STYLES) * len(STYLES) + style
    draw_face(canvas, replace(hand, size=260, seed=of_style), face or Face())
    return composites.brightness(canvas, light)


def same(first: np.ndarray, second: np.ndarray) -> bool:
    return difference(look(first), look(second)).same


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(
    "change",
    [
        lambda rgb: composites.jpeg(rgb, 40),
        lambda rgb: composites.webp(rgb, 40),
        lambda rgb: composites.x264(rgb, 28),
        lambda rgb: composites.grain(RNG, rgb, 5),
        lambda rgb: composites.shift(rgb, 1, -1),
        lambda rgb: composites.brightness(rgb, 1.03),
        lambda rgb: composites.faded(rgb, 0.4, 0),
        lambda rgb: composites.resized(rgb, 854),
    ],
    ids=["jpeg", "webp", "x264", "grain", "shift", "brightness", "fade", "size"],
)
def test_what_codecs_and_projectors_do_is_no_difference(seed: int, change) -> None:
    picture = composites.view(painted(seed))
    assert same(picture, change(picture))


@pytest.mark.parametrize("style", range(len(STYLES)), ids=[f.__name__ for f in STYLES])
@pytest.mark.parametrize("light", [1.0, 0.15], ids=["bright", "dark"])
@pytest.mark.parametrize(
    "face",
    [Face(mouth="open"), Face(left_eye=0, right_eye=0), Face(right_eye=0)],
    ids=["mouth", "eyes", "wink"],
)
def test_a_changed_face_is_another_picture(face: Face, light: float, style: int) -> None:
    calm = composites.view(painted(5, light=light, style=style))
    moved = composites.view(painted(5, face, light, style))
    assert not same(composites.jpeg(calm, 80), composites.jpeg(moved, 80))


@pytest.mark.parametrize("light", [1.0, 0.15], ids=["bright", "dark"])
@pytest.mark.parametrize("face", [Face(tears=True), Face(mouth="frown")], ids=["tears", "frown"])
def test_tears_and_the_corners_of_a_mouth_are_another_picture(face: Face, light: float) -> None:
    calm, sad = painted(5, light=light), painted(5, face, light)
    assert not same(composites.view(calm), composites.view(sad))


def test_a_slow_pan_is_undone_before_comparing() -> None:
    canvas = painted(2)
    first, second = composites.view(canvas), composites.view(canvas, 60, 0)
    found = difference(look(first), look(second))
    assert found.same
    assert found.shift == pytest.approx((-30, 0), abs=1)
    assert "pan" in found.why


def test_a_changed_face_is_seen_through_a_pan() -> None:
    first = composites.view(painted(2))
    second = composites.view(painted(2, Face(mouth="shout")), 60, 0)
    assert not same(first, second)


def test_different_paintings_are_different() -> None:
    views = [composites.view(painted(seed)) for seed in range(6)]
    assert not any(same(a, b) for i, a in enumerate(views) for b in views[:i])


def test_flat_pictures_compare_without_a_warning() -> None:
    black, grey = np.zeros((360, 640, 3), np.uint8), np.full((360, 640, 3), 128, np.uint8)
    assert same(black, black)
    assert not same(black, painted(1))
    assert same(grey, grey)


def test_the_sharpest_and_least_faded_picture_has_the_highest_quality() -> None:
    picture = composites.view(painted(1))
    worse = [
        composites.faded(picture, 0.3, 0),
        composites.resized(picture, 480),
        composites.grain(RNG, picture, 6),
    ]
    assert quality(look(picture)) > max(quality(look(rgb)) for rgb in worse)
