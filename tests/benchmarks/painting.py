"""A random generator comes in; painted backgrounds and drawn faces go out, no two alike.

Nothing here is drawn by the demo series, so that what is measured on these pictures does not lean
on the demo's own hand. Colours are RGB, 0-255; a face's measures are fractions of its height.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

Rng = np.random.Generator


def fractal(rng: Rng, height: int, width: int, octaves: int = 6, first: int = 3) -> np.ndarray:
    """Noise of several scales, float32 in 0-1: clouds, paper, foliage."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        cells = first * 2**octave
        grid = rng.random((cells, cells * 16 // 9 + 1), np.float32)
        layer = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        total += layer * np.float32(0.6**octave)
    return (total - total.min()) / (np.ptp(total) + 1e-6)


def colour(rng: Rng, low: int = 20, high: int = 245) -> tuple[int, int, int]:
    r, g, b = rng.integers(low, high, 3).tolist()
    return r, g, b


def blend(share: np.ndarray, first: object, second: object) -> np.ndarray:
    share = share[..., None].astype(np.float32)
    one, two = np.float32(first), np.float32(second)
    return one * share + two * (1 - share)


def landscape(rng: Rng, height: int, width: int) -> np.ndarray:
    """A sky with clouds above rows of hills."""
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None].repeat(width, 1)
    picture = blend(down, colour(rng, 120, 255), colour(rng, 40, 200))
    clouds = np.clip((fractal(rng, height, width, 6, 2) - 0.5) * 3, 0, 1)
    picture = blend(clouds, (250, 250, 250), (0, 0, 0)) * clouds[..., None] + picture * (
        1 - clouds[..., None]
    )
    for row in range(int(rng.integers(2, 5))):
        top = height * (0.45 + 0.13 * row)
        ridge = (
            top
            + np.cumsum(rng.normal(0, 2.0, width))
            + 30 * np.sin(np.arange(width) / rng.uniform(60, 200) + rng.uniform(0, 6))
        )
        mask = np.arange(height)[:, None] > ridge[None]
        tint = np.float32(colour(rng, 30, 170)) * (
            0.7 + 0.5 * fractal(rng, height, width, 7)[..., None]
        )
        picture[mask] = tint[mask]
    return picture


def room(rng: Rng, height: int, width: int) -> np.ndarray:
    """Flat walls, a window, a shelf of books."""
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = colour(rng, 110, 235)
    floor = int(height * rng.uniform(0.6, 0.8))
    picture[floor:] = colour(rng, 60, 160)
    for x in range(0, width, int(rng.integers(50, 140))):
        cv2.line(
            picture,
            (x, floor),
            (int(x + (x - width / 2) * 0.5), height),
            colour(rng, 40, 120),
            2,
            cv2.LINE_AA,
        )
    for _ in range(int(rng.integers(1, 4))):
        x, y = int(rng.uniform(0, width * 0.8)), int(rng.uniform(0, floor * 0.5))
        w, h = int(rng.uniform(120, 400)), int(rng.uniform(100, 300))
        cv2.rectangle(picture, (x, y), (x + w, y + h), colour(rng, 150, 255), -1, cv2.LINE_AA)
        cv2.rectangle(picture, (x, y), (x + w, y + h), colour(rng, 20, 90), 6, cv2.LINE_AA)
        cv2.line(picture, (x + w // 2, y), (x + w // 2, y + h), colour(rng, 20, 90), 4, cv2.LINE_AA)
    for shelf in range(int(rng.integers(0, 4))):
        x, y = int(rng.uniform(0, width * 0.7)), 100 + 150 * shelf
        for _ in range(int(rng.integers(8, 25))):
            w, h = int(rng.uniform(8, 30)), int(rng.uniform(70, 120))
            cv2.rectangle(picture, (x, y + 120 - h), (x + w, y + 120), colour(rng), -1, cv2.LINE_AA)
            x += w
    light = fractal(rng, height, width, 2, 2)[..., None]
    return picture * (0.75 + 0.35 * light)


def town(rng: Rng, height: int, width: int) -> np.ndarray:
    """Houses with rows of windows against the sky."""
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None].repeat(width, 1)
    picture = np.ascontiguousarray(blend(down, colour(rng, 60, 255), colour(rng, 10, 160)))
    for row in range(3):
        x = -int(rng.integers(0, 60))
        while x < width:
            w = int(rng.uniform(90, 260))
            top = int(height * (0.15 + 0.2 * row + rng.uniform(0, 0.25)))
            cv2.rectangle(picture, (x, top), (x + w, height), colour(rng, 30, 200), -1, cv2.LINE_AA)
            lit, dark = colour(rng, 180, 255), colour(rng, 10, 80)
            step = int(rng.integers(22, 50))
            for wy in range(top + 15, height, step):
                for wx in range(x + 10, x + w - 18, step):
                    shade = lit if rng.random() < 0.5 else dark
                    cv2.rectangle(picture, (wx, wy), (wx + step // 2, wy + step // 2), shade, -1)
            x += w + int(rng.integers(0, 30))
    return picture * (0.85 + 0.2 * fractal(rng, height, width, 7)[..., None])


def strokes(rng: Rng, height: int, width: int) -> np.ndarray:
    """Thousands of brush strokes over a wash: foliage, grass, gouache."""
    base = fractal(rng, height, width, 4, 2)
    picture = np.ascontiguousarray(blend(base, colour(rng, 80, 230), colour(rng, 20, 150)))
    palette = [colour(rng) for _ in range(6)]
    slant = rng.uniform(-60, 60, 2)
    for _ in range(int(rng.integers(700, 3000))):
        x, y = int(rng.uniform(0, width)), int(rng.uniform(0, height))
        dx, dy = (slant * rng.uniform(0.2, 1.0)).astype(int).tolist()
        shade = (np.float32(palette[rng.integers(6)]) * rng.uniform(0.7, 1.2)).tolist()
        cv2.line(picture, (x, y), (x + dx, y + dy), shade, int(rng.integers(1, 9)), cv2.LINE_AA)
    return picture


def wash(rng: Rng, height: int, width: int) -> np.ndarray:
    """Watercolour: three pigments run into each other on grained paper."""
    share, other = fractal(rng, height, width, 3, 2), fractal(rng, height, width, 5, 2)
    picture = blend(share, colour(rng, 90, 255), colour(rng, 40, 220))
    picture = (
        picture * (1 - other[..., None] * 0.5) + np.float32(colour(rng)) * other[..., None] * 0.5
    )
    paper = fractal(rng, height, width, 8, 4)[..., None]
    return picture * (0.92 + 0.12 * paper)


def speed_lines(rng: Rng, height: int, width: int) -> np.ndarray:
    """A plain ground with rays, dots or stripes, as comics have."""
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = colour(rng, 90, 250)
    shade = colour(rng, 10, 240)
    kind = rng.integers(3)
    if kind == 0:
        centre = np.array([rng.uniform(0.3, 0.7) * width, rng.uniform(0.3, 0.7) * height])
        for angle in rng.uniform(0, 2 * np.pi, int(rng.integers(60, 200))):
            ray = np.array([np.cos(angle), np.sin(angle)])
            start, end = centre + ray * rng.uniform(200, 500), centre + ray * 2000
            cv2.line(
                picture,
                start.astype(int).tolist(),
                end.astype(int).tolist(),
                shade,
                int(rng.integers(1, 6)),
                cv2.LINE_AA,
            )
    elif kind == 1:
        step = int(rng.integers(16, 60))
        for y in range(0, height, step):
            for x in range(0, width, step):
                cv2.circle(
                    picture, (x + (y // step % 2) * step // 2, y), step // 5, shade, -1, cv2.LINE_AA
                )
    else:
        step = int(rng.integers(20, 120))
        for x in range(-height, width, step):
            cv2.line(picture, (x, height), (x + height, 0), shade, step // 3, cv2.LINE_AA)
    return picture


BACKGROUNDS: dict[str, Callable[[Rng, int, int], np.ndarray]] = {
    painter.__name__: painter for painter in (landscape, room, town, strokes, wash, speed_lines)
}


@dataclass(frozen=True)
class Face:
    """What a face shows. Everything else about it (who, where, in which hand) is its `Hand`."""

    mouth: str = "line"  # line, smile, frown, o, open, shout, teeth, cat
    mouth_open: float = 0.5
    left_eye: float = 1.0  # 0 closed, 1 wide open
    right_eye: float = 1.0
    brows: float = 0.0  # -1 sad, 1 angry
    look: float = 0.0
    tears: bool = False
    blush: bool = False
    sweat: bool = False


MOUTHS = ("line", "smile", "frown", "o", "open", "shout", "teeth", "cat")


@dataclass(frozen=True)
class Hand:
    """Who is drawn where, and in which style; `x`, `y`, `size` in pixels of the canvas."""

    x: float
    y: float
    size: float
    tilt: float
    skin: tuple[int, int, int]
    hair: tuple[int, int, int]
    iris: tuple[int, int, int]
    shirt: tuple[int, int, int]
    ink: tuple[int, int, int]
    line: float
    eye_size: float
    eye_gap: float
    chin: float
    fringe: int
    seed: int
    shaded: bool
    chibi: bool


def random_hand(rng: Rng, width: int, height: int, low: float = 150, high: float = 480) -> Hand:
    size = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    skins = ((255, 224, 196), (244, 205, 170), (250, 232, 218), (200, 150, 110), (150, 105, 75))
    return Hand(
        x=rng.uniform(0.25, 0.75) * width,
        y=rng.uniform(0.35, 0.6) * height,
        size=size,
        tilt=rng.uniform(-0.25, 0.25),
        skin=skins[rng.integers(len(skins))],
        hair=colour(rng, 10, 240),
        iris=colour(rng, 20, 200),
        shirt=colour(rng),
        ink=colour(rng, 0, 70),
        line=rng.uniform(0.006, 0.018),
        eye_size=rng.uniform(0.09, 0.17),
        eye_gap=rng.uniform(0.17, 0.23),
        chin=rng.uniform(0.85, 1.1),
        fringe=int(rng.integers(3, 9)),
        seed=int(rng.integers(1 << 30)),
        shaded=bool(rng.random() < 0.6),
        chibi=bool(rng.random() < 0.25),
    )


def random_face(rng: Rng) -> Face:
    return Face(
        mouth=MOUTHS[rng.integers(len(MOUTHS))],
        mouth_open=rng.uniform(0.3, 1.0),
        left_eye=(eye := float(rng.choice([0.0, 0.45, 1.0], p=[0.2, 0.2, 0.6]))),
        right_eye=0.0 if rng.random() < 0.1 else eye,
        brows=rng.uniform(-1, 1),
        look=rng.uniform(-1, 1),
        tears=bool(rng.random() < 0.2),
        blush=bool(rng.random() < 0.3),
        sweat=bool(rng.random() < 0.15),
    )


def other_expression(rng: Rng, face: Face) -> Face:
    """A face that feels something else: its mouth and at least its eyes or brows differ."""
    while True:
        other = random_face(rng)
        if other.mouth != face.mouth and (
            other.left_eye != face.left_eye or abs(other.brows - face.brows) > 0.8
        ):
            return other


def subtle_change(rng: Rng, face: Face) -> Face:
    """The mouth opens or closes, the eyes do, or one of them winks; nothing else."""
    shut = {"line", "smile", "frown", "cat"}
    kind = rng.integers(3)
    if kind == 0:
        to_open = face.mouth in shut
        mouth = (
            str(rng.choice(["o", "open", "teeth"])) if to_open else str(rng.choice(sorted(shut)))
        )
        return replace(face, mouth=mouth, mouth_open=rng.uniform(0.25, 0.8))
    if kind == 1:
        eye = 0.0 if face.left_eye > 0.3 else 1.0
        return replace(face, left_eye=eye, right_eye=eye)
    return replace(face, right_eye=0.0 if face.right_eye > 0.3 else 1.0)


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
    pen, rng = Pen(canvas, hand), np.random.default_rng(hand.seed)
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
