"""A screenshot finds its frame, whatever happened to it, and a foreign picture finds none."""

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from frames import vectors
from frames.borders import cut_borders
from frames.models import Frame
from frames.picture_search import CERTAIN, NOT_FOUND, PictureResult, find
from tests import distortions
from tests.conftest import MEDIA
from tests.distortions import KINDS, screenshot
from tests.makers import make_episode, make_frame, make_series, pictures_of, texture

CLIPS = ("sintel_trailer.mp4", "big_buck_bunny_0_30.webm")


@pytest.fixture(autouse=True)
def always_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frames.vector_sync.FRESH_SECONDS", 0.0)


def bytes_of(picture: np.ndarray, kind: str, seed: int = 0) -> bytes:
    return screenshot(Image.fromarray(picture), kind, seed)


def first(result: PictureResult) -> int | None:
    return result.matches[0].frame_id if result.matches else None


@pytest.mark.parametrize("colour", ["black", "white", "#c8283c"])
@pytest.mark.parametrize("around", [(0, 40), (60, 0), (30, 30)])
def test_borders_are_cut_to_the_pixel_or_two(colour: str, around: tuple[int, int]) -> None:
    picture = texture(3, (360, 640))
    inner = cut_borders(
        np.asarray(distortions.ImageOps.expand(Image.fromarray(picture), around, colour))
    )
    assert abs(inner.shape[0] - 360) <= 4 + 4 * bool(around[1])
    assert abs(inner.shape[1] - 640) <= 4 + 4 * bool(around[0])


def test_a_dark_picture_is_not_all_border() -> None:
    picture = np.zeros((180, 320, 3), np.uint8)
    assert cut_borders(picture).shape == picture.shape
    picture[150:170, 200:300] = texture(1, (20, 100))
    assert cut_borders(picture).size > 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not (MEDIA / CLIPS[0]).exists(), reason=f"no clips in {MEDIA}")
def test_screenshots_find_their_frames_and_foreign_ones_find_none(demo_series: list[Path]) -> None:
    """Frames of the clips are stored, those of the demo are foreign; then every distortion."""
    stored: list[tuple[Frame, np.ndarray]] = []
    for number, clip in enumerate(CLIPS, start=1):
        episode = make_episode(make_series(clip), number)
        for time, picture in pictures_of(MEDIA / clip, every=2, most=15):
            if picture.std() > 20:  # not the black between the shots of a trailer
                stored.append((make_frame(picture, episode, time=time), picture))
    list(vectors.describe_frames(Frame.objects.all()))

    found = certain = asked = 0
    for kind in KINDS:
        for place in random.Random(kind).sample(range(len(stored)), 4):
            frame, picture = stored[place]
            result = find(bytes_of(picture, kind, seed=place))
            asked += 1
            found += first(result) == frame.pk
            certain += first(result) == frame.pk and result.verdict == CERTAIN
    assert found >= 0.95 * asked
    assert certain >= 0.9 * asked

    foreign = [picture for _, picture in pictures_of(demo_series[0], every=4, most=15)]
    verdicts = [find(bytes_of(picture, "JPEG 40")).verdict for picture in foreign]
    assert CERTAIN not in verdicts


@pytest.mark.django_db(transaction=True)
def test_a_duplicate_gives_its_keeper_and_its_own_moment() -> None:
    keeper = make_frame(texture(1), make_episode(number=1), time=5)
    other = np.roll(texture(1), 3, axis=0)
    make_frame(other, make_episode(number=2), time=70.5, status="duplicate", keeper=keeper)
    list(vectors.describe_frames(Frame.objects.all()))
    match = find(bytes_of(other, "as it is")).matches[0]
    assert match.frame_id == keeper.pk
    assert (match.moment.episode, match.moment.time) == (2, 70.5)


@pytest.mark.django_db(transaction=True)
def test_hidden_frames_are_not_found() -> None:
    make_frame(texture(1), status="hidden")
    list(vectors.describe_frames(Frame.objects.all()))
    assert find(bytes_of(texture(1), "as it is")) == PictureResult(NOT_FOUND, [])


@pytest.mark.django_db(transaction=True)
def test_nothing_is_found_where_nothing_is_and_plain_pictures_are_never_certain() -> None:
    assert find(bytes_of(texture(1), "as it is")).verdict == NOT_FOUND
    make_frame(np.zeros((180, 320, 3), np.uint8))
    make_frame(np.full((180, 320, 3), 90, np.uint8), time=1)
    list(vectors.describe_frames(Frame.objects.all()))
    assert find(bytes_of(np.zeros((360, 640, 3), np.uint8), "as it is")).verdict != CERTAIN
    assert find(bytes_of(texture(1), "as it is")).verdict == NOT_FOUND
