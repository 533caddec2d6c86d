"""A face comes in and is drawn onto a canvas, in one of three styles: inked, soft or in profile.

The pen works in fractions of the height of the face; colours are RGB, 0-255.
"""

from collections.abc import Callable

import cv2
import numpy as np

from tests.benchmarks.faces import Face, Hand


class Pen:
    """Draws in a face's own coordinates (its height is 1, its middle 0, 0) onto a canvas."""

    def __init__(self, canvas: np.ndarray, hand: Hand):
        self.canvas, self.hand = canvas, hand
        self.turn = np.array(
            [[np.cos(hand.tilt), -np.sin(hand.tilt)], [np.sin(hand.tilt), np.cos(hand.tilt)]]
        )

    def _points(self, points: object) -> np.ndarray:
        placed = np.asarray(points, float) @ self.turn.T * self.hand.size + (
            self.hand.x,
            self.hand.y,
        )
        return np.round(placed * 16).astype(np.int32)

    def fill(self, points: object, shade: object) -> None:
        cv2.fillPoly(self.canvas, [self._points(points)], shade, cv2.LINE_AA, 4)

    def line(
        self, points: object, shade: object = None, width: float = 1.0, closed: bool = False
    ) -> None:
        pixels = max(1, round(self.hand.line * self.hand.size * width))
        shade = self.hand.ink if shade is None else shade
        cv2.polylines(self.canvas, [self._points(points)], closed, shade, pixels, cv2.LINE_AA, 4)


def ellipse(x: float, y: float, w: float, h: float, start: float = 0, end: float = 2) -> np.ndarray:
    """Points on an ellipse with half axes `w`, `h`; `start` and `end` in units of pi, downwards."""
    angles = np.linspace(start * np.pi, end * np.pi, 40)
    return np.stack([x + w * np.cos(angles), y + h * np.sin(angles)], 1)


def draw_face(canvas: np.ndarray, hand: Hand, face: Face) -> None:
    """Always in the same style for the same hand."""
    STYLES[hand.seed % len(STYLES)](Pen(canvas, hand), face)


def _inked(pen: Pen, face: Face) -> None:
    """From the front, with an outline round everything."""
    hand, rng = pen.hand, np.random.default_rng(pen.hand.seed)
    dark = (np.float32(hand.skin) * 0.82).tolist()
    pen.fill(ellipse(0, -0.05, 0.46, 0.55), hand.hair)
    pen.fill([(-0.5, 1.1), (-0.35, 0.62), (0.35, 0.62), (0.5, 1.1)], hand.shirt)
    pen.fill([(-0.12, 0.35), (0.12, 0.35), (0.14, 0.68), (-0.14, 0.68)], dark)
    outline = np.concatenate(
        [ellipse(0, 0, 0.38, 0.42, 1, 2), ellipse(0, 0, 0.38, 0.48 * hand.chin, 0, 1)]
    )
    pen.fill(outline, hand.skin)
    if hand.shaded:
        pen.fill(ellipse(0.2, 0.05, 0.16, 0.36), (np.float32(hand.skin) * 0.93).tolist())
    pen.line(outline, closed=True)
    if face.blush:
        for side in (-1, 1):
            pen.fill(ellipse(side * 0.23, 0.16, 0.075, 0.035), (240, 150, 140))
    for side, openness in ((-1, face.left_eye), (1, face.right_eye)):
        _draw_eye(pen, side, openness, face)
        brow = -0.13 - 0.02 * hand.chin
        inner, outer = side * (hand.eye_gap - 0.08), side * (hand.eye_gap + 0.1)
        pen.line(
            [(inner, brow + 0.045 * face.brows), (outer, brow - 0.035 * face.brows)], width=1.6
        )
    pen.line([(0.0, 0.1), (0.015, 0.14), (-0.01, 0.15)])
    _draw_mouth(pen, face)
    fringe = [
        (-0.44, -0.02),
        (-0.46, -0.35),
        (-0.2, -0.6),
        (0.2, -0.6),
        (0.46, -0.35),
        (0.44, -0.02),
    ]
    for x in np.linspace(0.36, -0.36, 2 * hand.fringe + 1):
        fringe.append((x, -0.2 + rng.uniform(-0.12, 0.06) * (1 if len(fringe) % 2 else -1)))
    pen.fill(fringe, hand.hair)
    pen.line(fringe, closed=True)
    if face.sweat:
        pen.fill([(0.33, -0.2), (0.36, -0.1), (0.3, -0.1)], (150, 200, 250))


def _draw_eye(pen: Pen, side: int, openness: float, face: Face) -> None:
    hand = pen.hand
    x, y = side * hand.eye_gap, 0.02
    w = hand.eye_size * 0.8
    h = hand.eye_size * (1.25 if hand.chibi else 0.95) * openness
    if openness < 0.15:
        pen.line(ellipse(x, y, w, 0.035, 0.05, 0.95), width=1.8)
    else:
        pen.fill(ellipse(x, y, w, h), (252, 252, 252))
        pen.fill(ellipse(x + 0.025 * face.look, y, w * 0.6, min(h, w * 1.1)), hand.iris)
        pen.fill(ellipse(x + 0.025 * face.look, y, w * 0.3, min(h, w) * 0.5), (15, 10, 20))
        pen.fill(
            ellipse(x + 0.025 * face.look - w * 0.2, y - h * 0.35, w * 0.18, h * 0.18),
            (255, 255, 255),
        )
        pen.line(ellipse(x, y, w, h, 1.02, 1.98), width=2.2)
        pen.line(ellipse(x, y, w, h, 0.2, 0.8), width=0.8)
    if face.tears:
        pen.fill(ellipse(x + side * 0.04, y + 0.17, 0.025, 0.07), (170, 215, 250))


def _draw_mouth(pen: Pen, face: Face) -> None:
    y, w, h = 0.29, 0.09, 0.075 * face.mouth_open
    red, ink = (170, 60, 70), pen.hand.ink
    if face.mouth == "line":
        pen.line([(-w * 0.6, y), (w * 0.6, y)])
    elif face.mouth == "smile":
        pen.line(ellipse(0, y - 0.03, w, 0.045, 0.1, 0.9))
    elif face.mouth == "frown":
        pen.line(ellipse(0, y + 0.04, w * 0.8, 0.04, 1.1, 1.9))
    elif face.mouth == "cat":
        pen.line(ellipse(-w / 2, y, w / 2, 0.03, 0, 1))
        pen.line(ellipse(w / 2, y, w / 2, 0.03, 0, 1))
    elif face.mouth == "o":
        pen.fill(ellipse(0, y, w * 0.35, h * 0.7), red)
        pen.line(ellipse(0, y, w * 0.35, h * 0.7), ink)
    else:
        shape = (
            ellipse(0, y - 0.03, w, h * 2, 0, 1) if face.mouth == "open" else ellipse(0, y, w, h)
        )
        if face.mouth == "shout":
            shape = ellipse(0, y + 0.03, w * 0.9, h * 1.6)
        pen.fill(shape, (245, 245, 245) if face.mouth == "teeth" else red)
        pen.line(shape, ink, closed=True)


def _shade(colour: tuple[int, int, int], share: float) -> list[float]:
    return (np.float32(colour) * np.float32(share)).tolist()


def _soft(pen: Pen, face: Face) -> None:
    """From the front, coloured without outlines, with a small mouth in a darker skin."""
    hand, rng = pen.hand, np.random.default_rng(pen.hand.seed)
    pen.fill(ellipse(0, -0.02, 0.5, 0.6), _shade(hand.hair, 0.85))
    pen.fill([(-0.55, 1.1), (-0.3, 0.66), (0.3, 0.66), (0.55, 1.1)], hand.shirt)
    pen.fill([(-0.09, 0.35), (0.09, 0.35), (0.1, 0.7), (-0.1, 0.7)], _shade(hand.skin, 0.88))
    jaw = ellipse(0, 0.02, 0.36, 0.44 * hand.chin, 0, 1)
    pen.fill(np.concatenate([ellipse(0, 0.02, 0.36, 0.4, 1, 2), jaw]), hand.skin)
    if face.blush:
        for side in (-1, 1):
            pen.fill(ellipse(side * 0.22, 0.19, 0.06, 0.025), _shade(hand.skin, 0.92))
    for side, openness in ((-1, face.left_eye), (1, face.right_eye)):
        _soft_eye(pen, side * hand.eye_gap, openness, face)
    pen.line([(0.0, 0.15), (0.008, 0.17)], _shade(hand.skin, 0.7), 0.6)
    _small_mouth(pen, 0, 0.3, 1, face)
    locks = [(-0.42, 0.1), (-0.48, -0.3), (-0.2, -0.62), (0.2, -0.62), (0.48, -0.3), (0.42, 0.1)]
    for number, x in enumerate(np.linspace(0.3, -0.3, 2 * hand.fringe + 1)):
        locks.append((x, rng.uniform(-0.3, -0.22) if number % 2 else rng.uniform(-0.16, -0.1)))
    pen.fill(locks, hand.hair)
    if face.tears:
        pen.fill(ellipse(0.25, 0.2, 0.02, 0.05), (190, 220, 245))


def _soft_eye(pen: Pen, x: float, openness: float, face: Face) -> None:
    hand, y = pen.hand, 0.06
    w, h = hand.eye_size * 0.55, hand.eye_size * 1.1 * openness
    lash = _shade(hand.hair, 0.35)
    if openness < 0.15:
        pen.line(ellipse(x, y + 0.02, w * 1.1, 0.025, 0, 1), lash, 1.2)
    else:
        pen.fill(ellipse(x, y, w * 1.15, h), (250, 250, 250))
        pen.fill(ellipse(x + 0.02 * face.look, y, w * 0.85, h * 0.95), _shade(hand.iris, 0.7))
        pen.fill(ellipse(x + 0.02 * face.look, y + h * 0.35, w * 0.6, h * 0.5), hand.iris)
        pen.fill(ellipse(x - w * 0.3, y - h * 0.4, w * 0.25, h * 0.2), (255, 255, 255))
        pen.line(ellipse(x, y, w * 1.2, h, 1.05, 1.95), lash, 1.6)
    slope = 0.03 * face.brows * (1 if x > 0 else -1)
    pen.line([(x - w, -0.12 - slope), (x + w, -0.12 + slope)], _shade(hand.hair, 0.6), 0.7)


def _small_mouth(pen: Pen, x: float, y: float, turned: float, face: Face) -> None:
    """`turned`: 1 seen from the front, less from the side."""
    w, h = 0.06 * turned, 0.05 * face.mouth_open
    dark, red = _shade(pen.hand.skin, 0.6), (196, 98, 100)
    lines = {
        "line": [(x - w * 0.7, y), (x + w * 0.7, y)],
        "smile": ellipse(x, y - 0.02, w, 0.03, 0.15, 0.85),
        "frown": ellipse(x, y + 0.03, w, 0.03, 1.15, 1.85),
        "cat": [(x - w, y - 0.01), (x - w / 2, y + 0.015), (x, y), (x + w, y - 0.01)],
    }
    heights = {"o": 0.8, "open": 1.2, "shout": 2.0, "teeth": 0.7}
    if face.mouth in lines:
        pen.line(lines[face.mouth], dark, 0.8)
    else:
        inside = (245, 240, 238) if face.mouth == "teeth" else red
        pen.fill(
            ellipse(x, y, w * (0.6 if face.mouth == "o" else 1), h * heights[face.mouth]), inside
        )


def _profile(pen: Pen, face: Face) -> None:
    """From the side, looking left, with a thin outline."""
    hand, rng = pen.hand, np.random.default_rng(pen.hand.seed)
    pen.fill(ellipse(0.1, -0.05, 0.5, 0.55), hand.hair)
    pen.fill([(-0.3, 1.1), (-0.1, 0.62), (0.35, 0.6), (0.6, 1.1)], hand.shirt)
    pen.fill([(-0.02, 0.3), (0.24, 0.3), (0.28, 0.68), (0, 0.68)], _shade(hand.skin, 0.85))
    front = [(-0.2, -0.45), (-0.36, -0.2), (-0.37, 0.0), (-0.47, 0.13), (-0.38, 0.17)]
    front += [(-0.4, 0.24), (-0.37, 0.29), (-0.38, 0.34), (-0.3, 0.44 * hand.chin)]
    head = [*front, (0.05, 0.38), (0.25, 0.1), (0.25, -0.3), (0.05, -0.5)]
    pen.fill(head, hand.skin)
    pen.line(front, width=0.7)
    if face.blush:
        pen.fill(ellipse(-0.1, 0.18, 0.06, 0.03), (236, 160, 150))
    x, y, w = -0.22, 0.02, hand.eye_size * 0.5
    h = hand.eye_size * face.right_eye
    if face.right_eye < 0.15:
        pen.line([(x - w, y + 0.02), (x + w, y - 0.01)], width=1.4)
    else:
        pen.fill(ellipse(x, y, w, h), (252, 252, 252))
        pen.fill(ellipse(x - w * 0.3 + 0.02 * face.look, y, w * 0.5, h * 0.9), hand.iris)
        pen.line(ellipse(x, y, w, h, 1.05, 1.95), width=1.6)
    pen.line([(x - w, -0.13 + 0.04 * face.brows), (x + w, -0.15)], _shade(hand.hair, 0.5), 1.2)
    _small_mouth(pen, -0.33, 0.29, 0.6, face)
    fringe = [(-0.3, -0.1), (-0.42, -0.3), (-0.15, -0.62), (0.3, -0.6), (0.4, 0.1)]
    for number, place in enumerate(np.linspace(0.3, -0.22, 2 * hand.fringe + 1)):
        fringe.append((place, rng.uniform(-0.3, -0.2) if number % 2 else rng.uniform(-0.1, 0.05)))
    pen.fill(fringe, hand.hair)
    if face.tears:
        pen.fill(ellipse(-0.24, 0.17, 0.02, 0.06), (170, 215, 250))
    if face.sweat:
        pen.fill([(-0.05, -0.2), (-0.02, -0.1), (-0.08, -0.1)], (150, 200, 250))


STYLES: tuple[Callable[[Pen, Face], None], ...] = (_inked, _soft, _profile)
