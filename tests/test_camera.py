"""What the camera does is told from two pictures of a shot."""

import cv2
import numpy as np
import pytest

from ingest.camera import camera_movement
from tests.makers import texture

SCENE = cv2.cvtColor(texture(1, (360, 640)), cv2.COLOR_RGB2GRAY)
FINE = cv2.resize(np.random.default_rng(2).integers(0, 256, (45, 80), np.uint8), (640, 360))
SCENE = cv2.addWeighted(SCENE, 0.5, FINE, 0.5, 0)


def view(x: float = 0, y: float = 0, zoom: float = 1.0) -> np.ndarray:
    """160 x 90 of the middle of the scene, moved by a share of the picture, or closer."""
    width, height = 320 / zoom, 180 / zoom
    centre = (320 + x * width, 180 + y * height)
    patch = cv2.getRectSubPix(SCENE, (round(width), round(height)), centre)
    return cv2.resize(patch, (160, 90), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize(
    ("after", "word"),
    [
        (view(), "static"),
        (view(x=0.03), "pan_right"),
        (view(x=-0.03), "pan_left"),
        (view(y=0.05), "pan_down"),
        (view(y=-0.05), "pan_up"),
        (view(zoom=1.06), "zoom_in"),
        (view(zoom=0.94), "zoom_out"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_movement_has_its_word(after: np.ndarray, word: str) -> None:
    assert camera_movement(view(), after) == word


def test_a_figure_that_moves_before_a_still_background_is_no_movement_of_the_camera() -> None:
    before, after = view(), view()
    before[30:60, 40:60] = 255
    after[30:60, 60:80] = 255
    assert camera_movement(before, after) == "static"
