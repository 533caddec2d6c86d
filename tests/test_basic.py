"""The tagger without a model, on drawn pictures whose truth is known and on film."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from ingest.demo.series import EPISODES
from ingest.demo.shots import Shot
from ingest.demo.stage import Stage
from ingest.video import read_pictures
from tagging.taggers import Context
from tagging.taggers.basic import BasicTagger
from tagging.taggers.lettering import can_read
from tests.conftest import MEDIA

SINTEL = MEDIA / "sintel_trailer.mp4"
BUNNY = MEDIA / "big_buck_bunny_0_30.webm"
film = pytest.mark.skipif(not SINTEL.exists(), reason="needs the clips in shared/media")
reader = pytest.mark.skipif(not can_read(), reason="needs the extra ocr (rapidocr)")


@cache
def drawn(light: str, place: str = "street", **changes: object) -> np.ndarray:
    return Stage(Shot(place, light, 1.0, **changes)).picture(12)


@cache
def frame_of(clip: Path, number: int) -> np.ndarray:
    return next(p.image() for n, p in enumerate(read_pictures(clip)) if n == number)


def tags_of(image: np.ndarray, context: Context | None = None, *, reads: bool = False) -> set[str]:
    """What it suggests, without reading unless asked to."""
    tagger = BasicTagger()
    tagger.reads = reads
    (scores,) = tagger.predict([image], [context or Context()])
    assert all(0.01 <= score <= 1 for score in scores.values())
    return {tag for tag, score in scores.items() if score >= tagger.thresholds[tag]}


@pytest.mark.parametrize(
    ("light", "told", "wrong"),
    [
        ("day", {"day"}, {"night", "dark", "warm_light", "monochrome"}),
        ("snow", {"day"}, {"night", "dark", "warm_light"}),
        ("night", {"night", "cold_light"}, {"day", "warm_light"}),
        ("snowy_night", {"night"}, {"day", "warm_light"}),
        ("sunset", {"warm_light"}, {"day", "night", "cold_light"}),
    ],
)
def test_the_light_of_a_drawn_street(light: str, told: set[str], wrong: set[str]) -> None:
    tags = tags_of(drawn(light))
    assert told <= tags
    assert not wrong & tags


def test_a_dark_room_is_dark_and_a_black_screen_is_black() -> None:
    room = tags_of(drawn("dark", "room"))
    assert "dark" in room
    assert "black_frame" not in room
    black = tags_of(np.full((90, 160, 3), 1, np.uint8))
    assert {"black_frame", "dark"} <= black
    assert not black & {"monochrome", "blurry", "letterboxed"}


def test_black_and_white_and_bars_are_told_from_colours_and_darkness() -> None:
    assert "monochrome" in tags_of(drawn("day", "hill", monochrome=True))
    assert "letterboxed" in tags_of(drawn("day", "hill", letterboxed=True))
    for light in ("day", "rain", "snow", "night", "dark"):
        assert not tags_of(drawn(light)) & {"monochrome", "letterboxed"}


def test_a_smeared_picture_is_blurry_whatever_its_size_and_contrast() -> None:
    for light in ("day", "night", "snow"):
        sharp = drawn(light)
        for size in ((1280, 720), (640, 360)):
            picture = cv2.resize(sharp, size, interpolation=cv2.INTER_AREA)
            smeared = cv2.GaussianBlur(picture, (0, 0), 3 * size[0] / 640)
            assert "blurry" not in tags_of(picture)
            assert "blurry" in tags_of(smeared)
            assert "blurry" in tags_of((smeared // 2 + 60).astype(np.uint8))


@film
def test_the_light_of_film() -> None:
    assert "black_frame" in tags_of(frame_of(SINTEL, 10))
    assert "warm_light" in tags_of(frame_of(SINTEL, 810))
    assert "dark" in tags_of(frame_of(SINTEL, 330))
    assert "day" in tags_of(frame_of(BUNNY, 190))
    for clip, number in ((SINTEL, 330), (SINTEL, 810), (BUNNY, 190)):
        tags = tags_of(frame_of(clip, number))
        assert not tags & {"night", "monochrome", "blurry", "letterboxed"}
    smeared = cv2.GaussianBlur(frame_of(BUNNY, 190), (0, 0), 6)
    assert "blurry" in tags_of(smeared)


@pytest.mark.parametrize(
    ("motion", "told"),
    [
        (0.0, {"static"}),
        (0.0005, {"static"}),
        (0.003, {"slow_movement"}),
        (0.02, set()),
        (0.07, {"fast_movement"}),
        (None, set()),
    ],
)
def test_movement_is_that_of_the_decode_pass(motion: float | None, told: set[str]) -> None:
    tags = tags_of(drawn("day"), Context(motion=motion))
    assert tags & {"static", "slow_movement", "fast_movement"} == told


@pytest.mark.parametrize("way", ["pan_left", "pan_up", "zoom_in", "zoom_out"])
def test_the_way_of_the_camera_has_the_share_it_is_right_in_as_its_score(way: str) -> None:
    (scores,) = BasicTagger().predict([drawn("day")], [Context(motion=0.01, camera=way)])
    assert 0.5 < scores[way] < 1
    assert not {"pan_left", "pan_up", "zoom_in", "zoom_out"} - {way} & scores.keys()
    assert "static" not in tags_of(drawn("day"), Context(motion=0.01, camera="static"))


@reader
def test_text_titles_and_credits_are_read() -> None:
    for shot in EPISODES[1].shots:
        if not (shot.subtitle or shot.lettering):
            continue
        tags = tags_of(Stage(shot).picture(shot.frames * 2 // 3), reads=True)
        assert "text_on_screen" in tags
        assert tags & {"title_card", "credits"} == set(shot.meta)


@reader
def test_scenery_is_not_read_as_text() -> None:
    for place in ("city", "street", "forest", "classroom"):
        light = "day" if place != "forest" else "snow"
        assert not tags_of(drawn(light, place), reads=True) & {"text_on_screen", "credits"}


@reader
@film
def test_a_films_title_and_credits_are_read() -> None:
    assert {"text_on_screen", "title_card"} <= tags_of(frame_of(SINTEL, 1050), reads=True)
    assert {"text_on_screen", "credits"} <= tags_of(frame_of(SINTEL, 1170), reads=True)
    assert "text_on_screen" not in tags_of(frame_of(SINTEL, 570), reads=True)
