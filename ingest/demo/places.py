"""The name of a place and of a light come in; its painted background goes out.

A painting may be larger than the screen (the camera then moves over it), and `near` paints what
lies behind a face: a part of the place, out of focus.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from ingest.demo.countryside import beach, forest, hill, sky
from ingest.demo.interiors import classroom, room, windows
from ingest.demo.light import LIGHTS
from ingest.demo.scenery import Painting
from ingest.demo.town import bridge, city, rooftop, street

_NEAR = 1.55  # how much larger things are behind a face
_LAMPS = ((200, 140, 60), (210, 180, 110), (90, 130, 200), (190, 90, 60))


@dataclass(frozen=True)
class Place:
    """How a place is painted, and the tags that are true of it in every light."""

    paint: Callable[[Painting], None]
    tags: tuple[str, ...]


PLACES = {
    "beach": Place(beach, ("beach", "outdoors")),
    "forest": Place(forest, ("forest", "outdoors")),
    "hill": Place(hill, ("outdoors",)),
    "sky": Place(sky, ("outdoors",)),
    "city": Place(city, ("city", "outdoors")),
    "street": Place(street, ("street", "city", "outdoors")),
    "rooftop": Place(rooftop, ("rooftop", "city", "outdoors")),
    "bridge": Place(bridge, ("city", "outdoors")),
    "classroom": Place(classroom, ("classroom", "indoors")),
    "windows": Place(windows, ("classroom", "indoors")),
    "room": Place(room, ("indoors",)),
}


def paint(
    place: str, light: str, width: int, height: int, *, view: int = 1, near: bool = False
) -> np.ndarray:
    """The background, uint8 RGB height x width x 3; another `view` shows the place from elsewhere.

    Even views are mirrored: the sun and the windows are then to the right.
    """
    painting = Painting(width, height, LIGHTS[light], seed=1000 + view)
    PLACES[place].paint(painting)
    if near:
        painting.soften(1.6)
        across, down = round(width / _NEAR), round(height / _NEAR)
        left, top = (width - across) * (view % 5) // 4, round((height - down) * 0.42)
        part = painting.pixels[top : top + down, left : left + across]
        painting.pixels = cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC)
        painting.soften(2.2)
        if LIGHTS[light].lamps > 0.3 and "city" in PLACES[place].tags:
            _bokeh(painting)
    _vignette(painting)
    return np.ascontiguousarray(painting.pixels[:, ::-1] if view % 2 == 0 else painting.pixels)


def _bokeh(painting: Painting) -> None:
    """Lamps out of focus, as discs of light."""
    discs: np.ndarray = np.zeros_like(painting.pixels)
    for _ in range(34):
        x = painting.rng.uniform(0, painting.width)
        y = painting.height * painting.rng.uniform(0.3, 0.72)
        radius = round(painting.height * painting.rng.uniform(0.012, 0.04))
        strength = painting.rng.uniform(0.25, 0.7)
        colour = tuple(c * strength for c in _LAMPS[painting.rng.integers(len(_LAMPS))])
        disc = np.zeros_like(discs)
        cv2.circle(disc, (round(x), round(y)), radius, colour, -1, cv2.LINE_AA)
        discs = cv2.add(discs, disc)
    painting.pixels = cv2.add(painting.pixels, cv2.GaussianBlur(discs, (0, 0), 1.2))


def _vignette(painting: Painting) -> None:
    across = np.linspace(-1, 1, painting.width, dtype=np.float32)[None]
    down = np.linspace(-1, 1, painting.height, dtype=np.float32)[:, None]
    keep = 1 - 0.16 * np.clip(across**2 * 0.7 + down**2 * 0.6 - 0.35, 0, 1)
    painting.pixels = (painting.pixels * keep[..., None]).astype(np.uint8)
