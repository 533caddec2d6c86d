"""The skin of a head and a look come in; eyes, brows, nose, mouth and tears are drawn on it.

Points are those of the front view, in half faces from its centre, y down; `put` turns them as the
head is turned.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ingest.demo.canvas import Pen, Region, Tone, curve, mix, ribbon
from ingest.demo.people import Person

_EYE_X, _EYE_Y, _EYE_W, _EYE_H = 0.375, 0.21, 0.225, 0.275
_MOUTH_Y = 0.715
_WATER, _WATER_EDGE = (196, 230, 255), (62, 140, 236)


class Face(NamedTuple):
    """How an expression moves the parts: lids, brows (inner and outer end, down is +), mouth.

    A slant below 0 sinks the lids at the nose, above 0 at the temples; `arch` bends the brows.
    """

    lid: float = 1.0
    slant: float = 0.0
    brow: tuple[float, float] = (0.0, 0.0)
    arch: float = 1.0
    iris: float = 1.0
    blush: float = 0.22
    corners: float = 0.0
    wide: float = 1.0
    drops: tuple[float, float, float] = (0.0, 0.07, 0.15)  # of the mouth: closed, half open, open


FACES = {
    "neutral": Face(corners=-0.005),
    "smile": Face(lid=0.94, brow=(-0.05, 0.0), corners=-0.08, blush=0.5, wide=1.3),
    "laugh": Face(
        brow=(-0.09, -0.02), corners=-0.07, blush=0.55, wide=1.25, drops=(0.14, 0.17, 0.22)
    ),
    "crying": Face(
        lid=0.8, slant=0.36, brow=(-0.17, 0.09), arch=0.5, blush=0.6, corners=0.05, wide=0.95
    ),
    "angry": Face(
        lid=0.86,
        slant=-0.62,
        brow=(0.16, -0.12),
        arch=0.35,
        iris=0.88,
        blush=0.0,
        corners=0.05,
        wide=1.15,
        drops=(0.0, 0.09, 0.19),
    ),
    "surprised": Face(
        lid=1.12,
        brow=(-0.13, -0.11),
        iris=0.76,
        corners=0.02,
        wide=0.7,
        drops=(0.1, 0.12, 0.16),
    ),
}


@dataclass(frozen=True)
class Look:
    """The state of a face in one drawing."""

    expression: str = "neutral"
    mouth: int = 0  # 0 closed, 1 half open, 2 open
    lid: int = 0  # 0 open, 1 half closed, 2 closed
    tear: int = 0  # which drawing of the running tears


class Features:
    """The features of one face in one drawing."""

    def __init__(
        self,
        pen: Pen,
        person: Person,
        look: Look,
        yaw: float,
        put: Callable[..., np.ndarray],
    ):
        self.pen, self.person, self.look, self.yaw, self.put = pen, person, look, yaw, put
        self.face = FACES[look.expression]
        self.ink = mix(person.paint.line, (30, 16, 26), 0.5)
        self.tall = _EYE_H * (0.8 if person.boy else 1.0)

    def draw(self, skin: Region) -> None:
        """Everything that the hair may cover."""
        self._blush(skin)
        for side in (-1, 1):
            if self.look.expression == "laugh" or self.look.lid == 2:
                self._closed_eye(side)
            else:
                self._eye(side)
        self._nose()
        if self.look.expression == "crying":
            self._tears(skin)
        if self.face.drops[self.look.mouth]:
            self._open_mouth()
        else:
            self._closed_mouth()

    def brows(self) -> None:
        """What shows through the fringe."""
        inner, outer = self.face.brow
        widths = [0.034, 0.036, 0.028, 0.003] if self.person.boy else [0.026, 0.028, 0.02, 0.002]
        colour = mix(self.person.paint.shade, self.person.paint.line, 0.72)
        for side in (-1, 1):
            bow = ((-0.85, 0.05), (-0.1, -0.27), (0.6, -0.23), (1.2, 0.13))
            placed = self._on_eye(side, [(x, y * self.face.arch - 1.55) for x, y in bow])
            placed[:, 1] += np.linspace(inner, outer, 4)
            self.pen.fill(ribbon(self.put(placed), widths), colour)

    def _on_eye(self, side: int, points) -> np.ndarray:
        """From an eye's own measure: its half width outwards, its half height downwards."""
        points = np.array(points, np.float64)
        x = side * (_EYE_X + points[:, 0] * _EYE_W)
        return np.stack([x, _EYE_Y + points[:, 1] * self.tall], axis=1)

    def _blush(self, skin: Region) -> None:
        angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        for side in (-1, 1) if self.face.blush else ():
            for size in (1.0, 0.7):
                x = side * 0.52 + 0.2 * size * np.cos(angle)
                spot = np.stack([x, 0.54 + 0.09 * size * np.sin(angle)], axis=1)
                region = self.pen.region(self.put(spot)).within(skin)
                self.pen.paint(region, (246, 138, 130), self.face.blush * 0.45)

    def _closed_eye(self, side: int) -> None:
        arc = [(-0.95, 0.42), (-0.4, 0.72), (0.35, 0.74), (0.85, 0.5), (1.15, 0.3)]
        if self.look.expression == "laugh":
            arc = [(-0.98, 0.5), (-0.45, -0.02), (0.25, -0.08), (0.8, 0.3), (1.1, 0.72)]
        lash = ribbon(self.put(self._on_eye(side, arc)), [0.012, 0.034, 0.042, 0.035, 0.004])
        self.pen.fill(lash, self.ink)

    def _eye(self, side: int) -> None:
        pen, face, ink = self.pen, self.face, self.ink
        opening = face.lid * (0.42 if self.look.lid == 1 else 1.0)
        upper = np.array(
            [(-1.0, 0.3), (-0.78, -0.4), (-0.2, -0.95), (0.45, -0.88), (0.95, -0.25), (1.1, 0.12)]
        )
        lower = np.array([(1.02, 0.3), (0.72, 0.82), (0.05, 0.98), (-0.6, 0.86), (-0.95, 0.4)])
        lean = (1 + np.sign(face.slant) * upper[:, 0]) / 2 * abs(face.slant)
        upper[:, 1] = 0.72 + (np.minimum(upper[:, 1] + lean, 0.34) - 0.72) * opening
        lids = [curve(upper, closed=False), curve(lower, closed=False)]
        outline = self.put(self._on_eye(side, np.concatenate(lids)))
        pen.fill(outline, (252, 250, 250))
        white = pen.region(outline)
        pen.paint(white.without(white, 0, pen.reach(0.075)), (206, 204, 226))
        self._iris(side, white)
        lid = self.put(self._on_eye(side, upper))
        tip = self.put(self._on_eye(side, [upper[-1] + (0.16, -0.1)]))
        thin = 0.78 if self.person.boy else 1.0
        widths = [thin * width for width in (0.008, 0.03, 0.045, 0.052, 0.058, 0.004)]
        pen.fill(ribbon(np.concatenate([lid[:-1], tip]), widths), ink)
        if not self.person.boy:
            flick = self.put(self._on_eye(side, [upper[4], upper[4] + (0.34, -0.18)]))
            pen.fill(ribbon(flick, [0.03, 0.002]), ink)
        crease = self._on_eye(side, upper[1:5] + (0.03, -0.3))
        pen.line(self.put(crease), 0.7, self.person.skin.line)
        pen.line(self.put(self._on_eye(side, lower[:3] + (0.0, 0.03))), 0.9, ink)

    def _iris(self, side: int, white: Region) -> None:
        pen, iris, size = self.pen, self.person.iris, self.face.iris
        angle = np.linspace(0, 2 * np.pi, 36, endpoint=False)
        glance = 0.05 * np.sign(self.yaw) * min(abs(self.yaw) / 0.4, 1)

        def disc(x: float, y: float, rx: float, ry: float) -> Region:
            across = side * (_EYE_X - 0.012) + glance + x + size * rx * np.cos(angle)
            down = _EYE_Y + 0.02 + y * size + size * ry * np.sin(angle)
            return pen.region(self.put(np.stack([across, down], axis=1))).within(white)

        rx, ry = 0.172, 0.99 * self.tall
        pen.paint(disc(0, 0, rx, ry), mix(iris, (20, 12, 34), 0.72))
        inner = disc(0, 0.01, rx * 0.88, ry * 0.92)
        pen.blend(inner, mix(iris, (22, 16, 46), 0.6), mix(iris, (255, 255, 246), 0.38))
        pen.paint(disc(0, 0.1, rx * 0.62, ry * 0.5), mix(iris, (255, 255, 230), 0.45), 0.55)
        pen.paint(disc(0, 0.0, rx * 0.42, ry * 0.46), mix(iris, (16, 8, 30), 0.86))
        pen.paint(white.without(white, 0, pen.reach(0.06)).within(inner), (34, 22, 52), 0.5)
        shift = 0.06 * (1 if pen.light[0] * pen.direction[0] > 0 else -1)
        pen.paint(disc(shift, -0.115, rx * 0.36, ry * 0.27), (255, 255, 255))
        pen.paint(disc(-shift * 1.1, 0.13, rx * 0.2, ry * 0.14), (255, 255, 255))
        if self.look.expression == "crying":  # wet eyes glisten
            pen.paint(disc(0.02, 0.2, rx * 0.7, ry * 0.12), (255, 255, 255), 0.7)

    def _nose(self) -> None:
        side = 1 if self.yaw >= 0 else -1
        bridge = np.array([(0.0, 0.42), (0.025 * side, 0.5), (-0.015 * side, 0.535)])
        self.pen.line(self.put(bridge, 0.6), 1.1, self.person.skin.line)

    def _closed_mouth(self) -> None:
        skin, width, y = self.person.skin, 0.135 * self.face.wide, _MOUTH_Y
        if self.look.expression == "angry":
            self._clenched_teeth()
            return
        if self.look.expression == "crying":  # the lips tremble
            shape = (
                (-1, 0.045),
                (-0.6, -0.012),
                (-0.2, 0.004),
                (0.2, -0.012),
                (0.6, 0.0),
                (1, 0.05),
            )
            line = [(width * x, y + dy) for x, dy in shape]
        else:
            bow = y - 0.5 * self.face.corners
            ends = y + self.face.corners
            line = [(-width, ends), (-0.05, bow), (0.05, bow), (width, ends)]
        self.pen.line(self.put(np.array(line)), 1.45, skin.line, (0.5, 1, 0.8, 1, 0.5))
        lip = np.array([(-0.045, y + 0.1), (0.045, y + 0.1)])
        self.pen.line(self.put(lip), 0.5, skin.shade)

    def _clenched_teeth(self) -> None:
        skin, width, y = self.person.skin, 0.135 * self.face.wide, _MOUTH_Y
        half = [(1.0, 0.05, 1), (0.55, -0.035), (0.0, -0.045)]
        half_below = [(0.0, 0.075), (0.6, 0.085)]
        right = [(width * x, y + dy, *corner) for x, dy, *corner in half]
        below = [(width * x, y + dy) for x, dy in half_below]
        left = [(-p[0], *p[1:]) for p in right[:2][::-1]]
        outline = [*right, *left[:1], *left[1:], *[(-x, dy) for x, dy in below[1:]], *below]
        shape = self.put(curve(outline))
        inside = self.pen.shape(shape, Tone((255, 252, 248), (214, 206, 220), skin.line), ink=0.9)
        bite = self.put(np.array([(-width, y + 0.032), (0.0, y + 0.018), (width, y + 0.032)]))
        self.pen.paint(
            self.pen.region(ribbon(bite, [0.007, 0.008, 0.007])).within(inside), skin.line
        )

    def _open_mouth(self) -> None:
        pen, skin, y = self.pen, self.person.skin, _MOUTH_Y
        expression, width = self.look.expression, 0.135 * self.face.wide
        drop = self.face.drops[self.look.mouth]
        sad = expression in ("angry", "crying")
        top, arch = y + self.face.corners, -0.03 if sad else 0.012
        outline = [
            (-width, top, 1),
            (-width * 0.4, y + arch),
            (width * 0.4, y + arch),
            (width, top, 1),
            (width * 0.72, y + drop * 0.72),
            (0.0, y + drop),
            (-width * 0.72, y + drop * 0.72),
        ]
        shape = self.put(curve(outline))
        inside = pen.shape(shape, Tone((150, 52, 58), (110, 30, 44), skin.line), ink=0.9)
        tip = [(-0.1, y + drop), (0.0, y + drop * 0.55), (0.1, y + drop), (0.0, y + drop * 1.4)]
        pen.paint(pen.region(self.put(curve(tip))).within(inside), (232, 122, 120))
        if drop > 0.1 and expression in ("laugh", "smile", "angry"):
            teeth = np.array([(-0.3, y - 0.2), (0.3, y - 0.2), (0.3, y + 0.03), (-0.3, y + 0.03)])
            pen.paint(pen.region(self.put(teeth)).within(inside), (255, 252, 248))

    def _tears(self, skin: Region) -> None:
        for side in (-1, 1):
            self._stream(skin, side)
            self._pool(side)

    def _stream(self, skin: Region, side: int) -> None:
        """A broad stream down the cheek, with a bead of light that slides down in it."""
        pen, drawing = self.pen, self.look.tear
        track = self._on_eye(side, [(0.1, 0.9), (0.3, 1.6), (0.3, 2.3), (0.08, 3.2)])
        for widths, colour in (
            ([0.075, 0.062, 0.058, 0.062], _WATER_EDGE),
            ([0.062, 0.048, 0.044, 0.048], _WATER),
        ):
            pen.paint(pen.region(ribbon(self.put(track), widths)).within(skin), colour)
        shine = ribbon(self.put(track[:3] + (-0.02, 0.05)), [0.008, 0.013, 0.004])
        pen.paint(pen.region(shine).within(skin), (255, 255, 255))
        slide = (drawing / 4 + (0.5 if side > 0 else 0.0)) % 1.0
        bead = track[1] + (track[3] - track[1]) * slide
        glint = curve([bead + (0, -0.07), bead + (0.028, 0.02), bead + (-0.028, 0.02)])
        pen.paint(pen.region(self.put(glint)).within(skin), (255, 255, 255))
        drop = self._on_eye(side, [(0.2, 3.55 + 0.5 * (drawing % 2))])[0]
        tear = [drop + (0, -0.1), drop + (0.045, 0.01), drop + (0, 0.055), drop + (-0.045, 0.01)]
        pen.shape(self.put(curve(tear)), Tone(_WATER, _WATER, _WATER_EDGE), ink=0.7)

    def _pool(self, side: int) -> None:
        """The water that stands on the lower lid."""
        edge = [(-0.8, 0.7), (0.0, 0.9), (0.85, 0.62), (0.62, 1.02), (0.0, 1.16), (-0.6, 1.04)]
        pool = self._on_eye(side, edge)
        self.pen.fill(self.put(curve(pool)), _WATER_EDGE)
        self.pen.fill(self.put(curve(pool * 0.9 + pool.mean(axis=0) * 0.1)), _WATER)
