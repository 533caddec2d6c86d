"""Which frames show a shot, and how many: drawn shots, and the demo's, of which all is known."""

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from ingest.detectors import Transition
from ingest.modes import Cutting
from ingest.picture import Picture, Shape, reduce
from ingest.sampling import FRAMES_A_SHOT, Choice, Shot, choose_frames
from tests.makers import texture

FPS = 24
FACE = texture(1)
SMILE = FACE.copy()
SMILE[100:112, 150:180] = 255 - SMILE[100:112, 150:180]  # a mouth


def pictures(film: list[np.ndarray]) -> Iterator[Picture]:
    for index, rgb in enumerate(film):
        frame = av.VideoFrame.from_ndarray(rgb).reformat(format="yuv420p")
        time = index / FPS
        yield Picture(index, index, time, *reduce(frame), frame, Shape(Fraction(1), 0))


def chosen(film: list[np.ndarray]) -> list[int]:
    """The indices of the frames that show this shot."""
    found = choose_frames(pictures(film), FPS)
    return [item.picture.index for item in found if isinstance(item, Choice)]


def test_a_held_drawing_is_shown_once() -> None:
    assert len(chosen([FACE] * 96)) == 1


def test_a_change_of_expression_in_a_held_shot_is_shown_by_a_frame_of_each() -> None:
    before, after = chosen([FACE] * 40 + [SMILE] * 56)
    assert before < 40 <= after


def test_a_blink_or_moving_lips_are_no_change() -> None:
    assert len(chosen([FACE] * 45 + [SMILE] * 2 + [FACE] * 49)) == 1
    assert len(chosen(([FACE] * 3 + [SMILE] * 3) * 16)) == 1


def test_a_pose_that_lasts_comes_before_one_that_passes() -> None:
    other = texture(2)
    assert [i // 24 for i in chosen([FACE] * 24 + [SMILE] * 6 + [other] * 18)] == [0, 1]


def test_a_moving_shot_gets_more_frames_and_a_long_one_no_more_than_eight() -> None:
    moving = [np.roll(FACE, 6 * number, axis=1) for number in range(96)]
    assert len(chosen([FACE] * 96)) < len(chosen(moving)) <= 1 + 96 / FPS / 1.5
    long = [np.roll(FACE, 6 * number, axis=1) for number in range(24 * FPS)]
    assert len(chosen(long)) == FRAMES_A_SHOT


def test_the_sharp_and_the_held_are_chosen_before_the_smeared() -> None:
    smeared = cv2.blur(FACE, (25, 25))
    (index,) = chosen([smeared] * 4 + [FACE] * 6 + [smeared] * 2)
    assert 4 <= index < 10


def test_pictures_that_fade_or_mix_with_the_next_shot_are_left_out() -> None:
    fading = [(FACE * (number / 24)).astype(np.uint8) for number in range(24)]
    assert all(index >= 20 for index in chosen([*fading, *[FACE] * 48]))
    mixed = [((FACE * (12 - n) + texture(2) * n) / 12).astype(np.uint8) for n in range(12)]
    film = list(pictures([*[FACE] * 30, *mixed, *[texture(2)] * 30]))
    marked = [*film[:36], Transition(36, 30, 42), *film[36:]]
    found = list(choose_frames(marked, FPS))
    indices = [item.picture.index for item in found if isinstance(item, Choice)]
    assert len(indices) == 2
    assert indices[0] < 30 and indices[1] >= 42
    assert [(s.start, s.end) for s in found if isinstance(s, Shot)] == [(0.0, 1.5), (1.5, 3.0)]


@pytest.mark.slow
def test_the_demo_is_shown_with_nearly_every_expression_and_the_cameras_movement(
    demo_series: list[Path],
) -> None:
    phases, right = [], []
    for path in demo_series:
        truth = json.loads(path.with_suffix(".json").read_text())
        found = [(c.picture.index, c.camera) for c in Cutting(path, FPS).choices()]
        for shot in truth["shots"]:
            shown = {i: camera for i, camera in found if shot["start"] <= i < shot["end"]}
            right += [camera == shot["camera"] for camera in shown.values()]
            if len(shot["phases"]) == 2:  # a face changes; three are those of an impact
                phases += [any(p["start"] <= i < p["end"] for i in shown) for p in shot["phases"]]
    assert len(phases) == 16
    assert sum(phases) >= 15
    assert sum(right) / len(right) > 0.9
