"""A character, a turn of the head and an expression come in; the drawn head goes onto a pen's canvas.

The unit is half the face's height, (0, 0) its centre, y down; the head turns as a shallow relief.
"""

from dataclasses import dataclass
from math import cos, sin
from typing import NamedTuple

import numpy as np

from ingest.demo.canvas import Colour, Pen, Region, Tone, curve, mix, ribbon, tone
from ingest.demo.hair import AOI, HARU, MIO, REN, Clump, Hair

_EYE_X, _EYE_Y, _EYE_W, _EYE_H = 0.375, 0.21, 0.225, 0.275
_MOUTH_Y = 0.715


class Person(NamedTuple):
    """Who is drawn."""

    name: str
    hair: Hair
    paint: Tone
    gloss: Colour
    iris: Colour
    skin: Tone
    boy: bool = False


_SKIN = Tone((255, 231, 214), (238, 186, 172), (128, 66, 62))
PEOPLE = {
    "haru": Person(
        "haru",
        HARU,
        Tone((196, 92, 58), (142, 54, 50), (72, 22, 32)),
        (247, 168, 112),
        (70, 152, 96),
        _SKIN,
    ),
    "mio": Person(
        "mio",
        MIO,
        Tone((58, 72, 132), (36, 40, 88), (16, 14, 44)),
        (128, 160, 222),
        (142, 92, 196),
        Tone((255, 236, 226), (232, 190, 190), (116, 64, 76)),
    ),
    "aoi": Person(
        "aoi",
        AOI,
        Tone((240, 200, 116), (206, 146, 84), (112, 62, 44)),
        (255, 240, 196),
        (60, 140, 206),
        _SKIN,
    ),
    "ren": Person(
        "ren",
        REN,
        Tone((214, 220, 232), (150, 156, 186), (62, 60, 88)),
        (255, 255, 255),
        (66, 122, 188),
        Tone((250, 220, 196), (224, 172, 152), (112, 58, 54)),
        boy=True,
    ),
}


class Face(NamedTuple):
    """How an expression moves the parts: lids, brows (inner and outer end, down is +), mouth."""

    lid: float = 1.0
    slant: float = 0.0
    brow: tuple[float, float] = (0.0, 0.0)
    corners: float = 0.0
    eyes: str = "open"
    iris: float = 1.0
    blush: float = 0.22
    wide: float = 1.0


FACES = {
    "neutral": Face(corners=-0.005),
    "smile": Face(lid=0.94, brow=(-0.05, 0.0), corners=-0.065, blush=0.5, wide=1.15),
    "laugh": Face(brow=(-0.09, -0.02), corners=-0.07, eyes="happy", blush=0.55, wide=1.25),
    "crying": Face(lid=0.78, slant=0.34, brow=(-0.15, 0.08), corners=0.05, blush=0.6, wide=1.0),
    "angry": Face(lid=0.84, slant=-0.5, brow=(0.13, -0.1), corners=0.05, iris=0.86, blush=0.0),
    "surprised": Face(lid=1.12, brow=(-0.13, -0.11), corners=0.02, iris=0.72, wide=0.7),
}


@dataclass(frozen=True)
class Look:
    """The state of a face in one drawing."""

    expression: str = "neutral"
    mouth: int = 0  # 0 closed, 1 half open, 2 open
    lid: int = 0  # 0 open, 1 half closed, 2 closed
    tear: int = 0  # which drawing of the running tears


class Head:
    """One head, turned by `yaw` and `pitch` radians and tilted by `roll` about the neck."""

    def __init__(self, pen: Pen, person: Person, yaw: float, pitch: float, roll: float, sway: float):
        self.pen, self.person = pen, person
        self.yaw, self.pitch, self.roll, self.sway = yaw, pitch, roll, sway

    def put(self, points: np.ndarray, depth: float | np.ndarray | None = None) -> np.ndarray:
        """Points of the front view where they are seen; None is the depth of the face."""
        x, y = points[:, 0], points[:, 1]
        relief = 0.5 * np.sqrt(np.clip(1 - x**2, 0, 1)) if depth is None else depth
        seen_x = x * cos(self.yaw) + relief * sin(self.yaw)
        seen_y = y * cos(self.pitch) - relief * sin(self.pitch)
        return self._tilt(seen_x, seen_y)

    def _tilt(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        y = y - 1.0
        return np.stack(
            [
                x * cos(self.roll) - y * sin(self.roll),
                x * sin(self.roll) + y * cos(self.roll) + 1.0,
            ],
            axis=1,
        )

    def _hang(self, points: np.ndarray) -> np.ndarray:
        """Hair below the ears follows the wind."""
        slack = np.clip((points[:, 1] + 0.2) / 2.2, 0, None) ** 1.4
        return points + np.stack([self.sway * slack, -0.12 * abs(self.sway) * slack], axis=1)

    def _clump(self, clump: Clump, depth: float | None, root: float = 0.5) -> np.ndarray:
        x0, y0, x1, y1, x2, y2, width = clump
        sway = 0.25 * self.sway
        centre = [(x0, y0), (x1, y1), (x2 + sway, y2)]
        blunt = self.person.hair.blunt if depth != 0.0 else 0.0
        end = max(blunt, 0.02)
        outline = ribbon(
            centre, [width * root, width, width * (0.62 + 0.35 * blunt), width * end]
        )
        if depth is None:  # the fringe lies on the forehead and curves less than the face
            depth = 0.52 * np.sqrt(np.clip(1 - (outline[:, 0] / 1.3) ** 2, 0, 1))
        return self.put(outline, depth)

    def _tail(self, clump: Clump) -> np.ndarray:
        x0, y0, x1, y1, x2, y2, width = clump
        centre = [(x0, y0), (x1, y1), (x1 * 0.7 + x2 * 0.3, y1 * 0.4 + y2 * 0.6), (x2, y2)]
        return ribbon(centre, [width * 0.5, width, width * 0.9, width * 0.6, 0.02])

    def back_hair(self) -> None:
        """What is behind the neck and the body."""
        hair, paint = self.person.hair, self.person.paint
        for clump in hair.tail:
            self.pen.shape(self.put(self._hang(self._tail(clump)), -0.4), paint, shade=0.12)
        dark = Tone(paint.shade, mix(paint.shade, paint.line, 0.35), paint.line)
        outline = self.put(self._hang(curve(hair.back)), -0.35)
        region = self.pen.shape(outline, dark)
        for x in (-0.8, -0.4, 0.35, 0.75):
            bottom = max(p[1] for p in hair.back)
            strand = np.array([(x, 0.6), (x * 1.12, bottom * 0.6), (x * 1.2, bottom * 0.92)])
            band = ribbon(self.put(self._hang(strand), -0.35), [0.02, 0.05, 0.0])
            self.pen.paint(self.pen.region(band).within(region), dark.shade)

    def _contour(self) -> np.ndarray:
        front = np.array(
            [
                (0.0, 1.04),
                (-0.16, 1.0),
                (-0.5, 0.76),
                (-0.74, 0.44),
                (-0.83, 0.08),
                (-0.82, -0.4),
                (-0.5, -0.9),
                (0.0, -1.0),
                (0.5, -0.9),
                (0.82, -0.4),
                (0.83, 0.08),
                (0.74, 0.44),
                (0.5, 0.76),
                (0.16, 1.0),
            ]
        )
        turned = np.array(
            [
                (0.3, 1.04),
                (0.12, 1.01),
                (-0.36, 0.8),
                (-0.68, 0.48),
                (-0.82, 0.1),
                (-0.84, -0.4),
                (-0.5, -0.9),
                (0.1, -1.0),
                (0.6, -0.86),
                (0.78, -0.4),
                (0.715, 0.08),
                (0.745, 0.4),
                (0.62, 0.76),
                (0.42, 1.0),
            ]
        )
        if self.person.boy:
            front[[2, 12], 1] += 0.03
            front[:, 1] += 0.02 * (front[:, 1] > 0.9)
        amount = min(abs(self.yaw) / 0.55, 1.2)
        points = front + (turned - front) * amount
        if self.yaw < 0:
            points[:, 0] *= -1
        points[:, 1] -= 0.3 * sin(self.pitch) * (points[:, 1] > -0.2)
        return self._tilt(*curve(points).T)

    def face_region(self) -> Region:
        """Where the face will be: its shadow falls on the neck."""
        return self.pen.region(self._contour())

    def draw(self, look: Look) -> None:
        """The head from the front; the back hair and the neck are already there."""
        pen, person = self.pen, self.person
        face = FACES[look.expression]
        for clump in person.hair.spikes:
            pen.shape(self._clump(clump, 0.0, 1.35), person.paint, shade=0.05)
        for side in (-1, 1):
            if person.boy and side * self.yaw < 0.3:
                ear = np.array(
                    [(0.8, 0.02), (0.96, -0.02), (1.0, 0.2), (0.9, 0.5), (0.78, 0.5)]
                ) * (side, 1)
                pen.shape(self.put(curve(ear), -0.05), person.skin, shade=0.06)
        skin = pen.shape(self._contour(), person.skin)
        fringe = [self._clump(c, None) for c in person.hair.fringe]
        sides = [self._clump(c, 0.15) for c in person.hair.sides]
        self._shadows(skin, [*fringe, *sides])
        self._blush(skin, face.blush)
        for side in (-1, 1):
            self._eye(side, face, look)
        self._nose()
        self._mouth(face, look)
        if look.expression == "crying":
            self._tears(skin, look.tear)
        self._front_hair(fringe, sides)
        for side in (-1, 1):
            self._brow(side, face)

    def _shadows(self, skin: Region, clumps: list[np.ndarray]) -> None:
        pen, shade = self.pen, self.person.skin.shade
        dx = -pen.light[0]
        away = (pen.reach(0.05 * dx), pen.reach(0.1))
        for clump in clumps:
            pen.paint(skin.within(pen.region(clump), *away), shade)
        rim = skin.without(skin, pen.reach(-0.11 * dx), pen.reach(-0.03))
        pen.paint(rim, shade)

    def _blush(self, skin: Region, amount: float) -> None:
        if not amount:
            return
        angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
        for side in (-1, 1):
            for size in (1.0, 0.7):
                spot = np.stack(
                    [
                        side * 0.52 + 0.2 * size * np.cos(angle),
                        0.54 + 0.09 * size * np.sin(angle),
                    ],
                    axis=1,
                )
                region = self.pen.region(self.put(spot)).within(skin)
                self.pen.paint(region, (246, 138, 130), amount * 0.45)

    def _on_eye(self, side: int, points) -> np.ndarray:
        points = np.array(points, np.float64)
        x = side * (_EYE_X + points[:, 0] * _EYE_W)
        tall = _EYE_H * (0.8 if self.person.boy else 1.0)
        return np.stack([x, _EYE_Y + points[:, 1] * tall], axis=1)

    def _eye(self, side: int, face: Face, look: Look) -> None:
        pen, person = self.pen, self.person
        ink = mix(person.paint.line, (30, 16, 26), 0.5)
        if face.eyes == "happy" or look.lid == 2:
            arc = (
                [(-0.98, 0.5), (-0.45, -0.02), (0.25, -0.08), (0.8, 0.3), (1.1, 0.72)]
                if face.eyes == "happy"
                else [(-0.95, 0.42), (-0.4, 0.72), (0.35, 0.74), (0.85, 0.5), (1.15, 0.3)]
            )
            lash = ribbon(self.put(self._on_eye(side, arc)), [0.012, 0.034, 0.042, 0.035, 0.004])
            pen.fill(lash, ink)
            return
        opening = face.lid * (0.42 if look.lid == 1 else 1.0)
        upper = np.array(
            [(-1.0, 0.3), (-0.78, -0.4), (-0.2, -0.95), (0.45, -0.88), (0.95, -0.25), (1.1, 0.12)]
        )
        lower = np.array([(1.02, 0.3), (0.72, 0.82), (0.05, 0.98), (-0.6, 0.86), (-0.95, 0.4)])
        # Sad lids sink at the outer corner, angry ones at the nose.
        lean = (1 + np.sign(face.slant) * upper[:, 0]) / 2 * abs(face.slant)
        upper[:, 1] = 0.72 + (upper[:, 1] + lean - 0.72) * opening
        upper_line, lower_line = curve(upper, closed=False), curve(lower, closed=False)
        shape = self._on_eye(side, np.concatenate([upper_line, lower_line]))
        outline = self.put(shape)
        pen.fill(outline, (252, 250, 250))
        white = pen.region(outline)
        pen.paint(white.without(white, 0, pen.reach(0.075)), (206, 204, 226))
        self._iris(side, white, face.iris)
        lid = self.put(self._on_eye(side, upper))
        tip = self.put(self._on_eye(side, [upper[-1] + (0.16, -0.1)]))
        widths = [0.008, 0.026, 0.042, 0.05, 0.056, 0.004]
        if person.boy:
            widths = [w * 0.78 for w in widths]
        pen.fill(ribbon(np.concatenate([lid[:-1], tip]), widths), ink)
        if not person.boy:
            flick = self.put(self._on_eye(side, [upper[4], upper[4] + (0.34, -0.18)]))
            pen.fill(ribbon(flick, [0.03, 0.002]), ink)
        crease = upper[1:5] + (0.03, -0.3)
        pen.line(self.put(self._on_eye(side, crease)), 0.7, person.skin.line)
        pen.line(self.put(self._on_eye(side, lower[:3] + (0.0, 0.03))), 0.9, ink)

    def _iris(self, side: int, white: Region, size: float) -> None:
        pen, iris = self.pen, self.person.iris
        angle = np.linspace(0, 2 * np.pi, 36, endpoint=False)
        tall = _EYE_H * (0.8 if self.person.boy else 1.0)
        glance = 0.05 * np.sign(self.yaw) * min(abs(self.yaw) / 0.4, 1)

        def disc(x, y, rx, ry):
            spot = np.stack(
                [
                    side * (_EYE_X - 0.012) + glance + x + size * rx * np.cos(angle),
                    _EYE_Y + 0.02 + y * size + size * ry * np.sin(angle),
                ],
                axis=1,
            )
            return pen.region(self.put(spot)).within(white)

        rx, ry = 0.152, 0.94 * tall
        pen.paint(disc(0, 0, rx, ry), mix(iris, (20, 12, 34), 0.72))
        inner = disc(0, 0.01, rx * 0.88, ry * 0.92)
        pen.blend(inner, mix(iris, (22, 16, 46), 0.6), mix(iris, (255, 255, 246), 0.38))
        pen.paint(disc(0, 0.1, rx * 0.62, ry * 0.5), mix(iris, (255, 255, 230), 0.45), 0.55)
        pen.paint(disc(0, 0.0, rx * 0.42, ry * 0.46), mix(iris, (16, 8, 30), 0.86))
        pen.paint(white.without(white, 0, pen.reach(0.06)).within(inner), (34, 22, 52), 0.5)
        shift = 0.06 * (1 if pen.light[0] * pen.direction[0] > 0 else -1)
        pen.paint(disc(shift, -0.115, rx * 0.36, ry * 0.27), (255, 255, 255))
        pen.paint(disc(-shift * 1.1, 0.13, rx * 0.2, ry * 0.14), (255, 255, 255))

    def _brow(self, side: int, face: Face) -> None:
        inner, outer = face.brow
        centre = [(-0.85, -1.5), (-0.1, -1.82), (0.6, -1.78), (1.2, -1.42)]
        placed = self._on_eye(side, centre)
        placed[:, 1] += np.linspace(inner, outer, 4)
        widths = [0.03, 0.034, 0.026, 0.003] if self.person.boy else [0.02, 0.025, 0.019, 0.002]
        self.pen.fill(ribbon(self.put(placed), widths), mix(*self.person.paint[1:], 0.72))

    def _nose(self) -> None:
        side = 1 if self.yaw >= 0 else -1
        skin = self.person.skin
        bridge = np.array([(0.0, 0.42), (0.025 * side, 0.5), (-0.015 * side, 0.535)])
        if abs(self.yaw) < 0.12:
            bridge = np.array([(0.012, 0.48), (0.026, 0.515), (-0.012, 0.53)])
        self.pen.line(self.put(bridge, 0.6), 1.1, skin.line)

    def _mouth(self, face: Face, look: Look) -> None:
        pen, skin, y = self.pen, self.person.skin, _MOUTH_Y
        width = 0.135 * face.wide
        lift = face.corners
        laughing = look.expression == "laugh"
        drop = {0: 0.0, 1: 0.07, 2: 0.15}[look.mouth]
        if laughing:
            drop = (0.14, 0.17, 0.22)[look.mouth]
        if look.expression == "surprised":
            drop = max(drop, 0.09)
        if look.expression == "angry" and look.mouth:
            width, drop = width * 1.15, drop * 1.2
        if not drop:
            bow = -1.5 * lift
            line = [(-width, y + lift), (-0.05, y + bow * 0.35), (0.05, y + bow * 0.35)]
            self.pen.line(
                self.put(np.array([*line, (width, y + lift)])), 1.35, skin.line, (0.5, 1, 0.8, 1, 0.5)
            )
            if look.expression != "crying":
                pen.line(self.put(np.array([(-0.04, y + 0.1), (0.04, y + 0.1)])), 0.5, skin.shade)
            return
        top = y + lift
        arch = -0.03 if look.expression in ("angry", "crying") else 0.012
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
        tongue = curve([(-0.1, y + drop), (0.0, y + drop * 0.55), (0.1, y + drop), (0, y + drop * 1.4)])
        pen.paint(pen.region(self.put(tongue)).within(inside), (232, 122, 120))
        if drop > 0.1 and look.expression in ("laugh", "smile", "angry"):
            teeth = np.array([(-0.3, y - 0.2), (0.3, y - 0.2), (0.3, y + 0.03), (-0.3, y + 0.03)])
            pen.paint(pen.region(self.put(teeth)).within(inside), (255, 252, 248))

    def _tears(self, skin: Region, drawing: int) -> None:
        pen = self.pen
        water, edge = (206, 234, 252), (118, 168, 214)
        for side in (-1, 1):
            for x, reach in ((0.12, 1.0), (0.62, 0.78)):
                track = self._on_eye(side, [(x, 0.95), (x + 0.14, 1.7), (x + 0.02, 2.9 * reach)])
                pen.paint(pen.region(ribbon(self.put(track), [0.03, 0.034, 0.03])).within(skin), edge)
                pen.paint(
                    pen.region(ribbon(self.put(track), [0.02, 0.022, 0.018])).within(skin), water
                )
                slide = (drawing / 4 + (0.5 if side > 0 else 0.0) + x) % 1.0
                bead = track[0] + (track[2] - track[0]) * slide + (side * 0.012, 0)
                glint = curve([bead + (0, -0.07), bead + (0.03, 0.02), bead + (-0.03, 0.02)])
                pen.paint(pen.region(self.put(glint)).within(skin), (255, 255, 255))
            pool = self._on_eye(
                side, [(-0.75, 0.72), (0.0, 0.86), (0.8, 0.66), (0.6, 1.04), (0.0, 1.16), (-0.6, 1.04)]
            )
            pen.fill(self.put(curve(pool)), edge)
            pen.fill(self.put(curve(pool * 0.9 + pool.mean(axis=0) * 0.1)), water)
            drop = self._on_eye(side, [(0.15, 3.05 + 0.4 * (drawing % 2))])[0]
            bead = curve([drop + (0, -0.08), drop + (0.035, 0.0), drop + (0, 0.04), drop + (-0.035, 0)])
            pen.shape(self.put(bead), Tone(water, water, edge), ink=0.6)

    def _front_hair(self, fringe: list[np.ndarray], sides: list[np.ndarray]) -> None:
        pen, person = self.pen, self.person
        paint = person.paint
        drift = -0.06 * np.sign(self.yaw) * min(abs(self.yaw) / 0.5, 1)
        cap = self.put(curve(person.hair.cap) + (drift, 0.0), 0.12)
        crown = pen.shape(cap, paint, ink=0 if person.boy else 1)
        for side in sides:
            pen.shape(side, paint, shade=0.07)
        regions = [crown]
        for clump in fringe:
            region = pen.shape(clump, paint, shade=0.05)
            regions.append(region)
        # Where the clumps leave the crown no line may close them.
        x = np.linspace(-0.9, 0.9, 15)
        edge = np.stack([x, -0.74 + 0.34 * x**2], axis=1)
        root = self.put(np.concatenate([edge, [(1.2, -0.5), (0.8, -1.6), (-0.8, -1.6), (-1.2, -0.5)]]), 0.3)
        inner = crown.within(crown, 0, pen.reach(0.02)).within(crown, pen.reach(0.02), 0)
        top = pen.region(root).within(inner.within(crown, pen.reach(-0.02), 0))
        pen.paint(top, paint.light)
        pen.paint(top.without(crown, pen.reach(0.16 * pen.light[0]), 0), paint.shade)
        self._gloss(regions)
        for x in (-0.56, -0.3, -0.06, 0.16, 0.38, 0.6):
            strand = np.array([(0.1 + x * 0.35, -1.16), (0.06 + x * 0.9, -0.96), (x * 1.3, -0.58)])
            pen.line(self.put(strand, 0.35), 0.9, paint.shade)
        if person.name == "mio":
            arc = [(-1.2, -0.1), (-1.0, -0.5), (-0.62, -1.0), (0.0, -1.2), (0.62, -1.0), (1.0, -0.5)]
            arc = self.put(np.array([*arc, (1.2, -0.1)]), 0.1)
            pen.paint(pen.region(ribbon(arc, [0.072, 0.072])).within(crown), paint.line)
            pen.paint(pen.region(ribbon(arc, [0.055, 0.055])).within(crown), (240, 243, 252))
        if person.name == "haru":
            for y in (-0.32, -0.2):
                clip = np.array([(0.5, y), (0.82, y - 0.08), (0.83, y - 0.01), (0.52, y + 0.06)])
                pen.shape(self.put(clip), tone((250, 210, 84)), ink=0.7)

    def _gloss(self, regions: list[Region]) -> None:
        x = np.linspace(-0.8, 0.84, 23)
        arc = -0.72 + 0.42 * x**2
        jag = np.where(np.arange(23) % 2, 0.16, 0.03) * (1.1 - np.abs(x))
        band = np.concatenate(
            [np.stack([x, arc - 0.05], axis=1), np.stack([x, arc + jag], axis=1)[::-1]]
        )
        seen = self.pen.region(self.put(band, 0.42))
        lit = -0.2 if self.pen.light[0] * self.pen.direction[0] < 0 else 0.2
        half = self.pen.region(
            self.put(np.array([(-1 + lit, -2), (0.75 + lit, -2), (0.75 + lit, 1), (-1 + lit, 1)]), 0.4)
        )
        for region in regions:
            self.pen.paint(seen.within(region).within(half), self.person.gloss, 0.85)

    def draw_back(self) -> None:
        """The head from behind: only hair, above the body."""
        pen, hair, paint = self.pen, self.person.hair, self.person.paint
        for clump in hair.spikes:
            pen.shape(self._clump(clump, 0.0, 1.35), paint, shade=0.05)
        whole = self.put(self._hang(curve(hair.back)), 0.0)
        region = pen.shape(whole, paint, shade=0.16)
        dome = [(x, y) if y < -0.2 else (x * 0.97, y + 0.1) for x, y in hair.cap[:9]]
        crown = pen.shape(self.put(curve([*dome, (0.7, 0.8), (-0.7, 0.8)])), paint, ink=0.5)
        pen.paint(crown.without(crown, pen.reach(0.14 * pen.light[0]), 0), paint.shade)
        bottom = max(p[1] for p in hair.back)
        for x in (-0.9, -0.55, -0.2, 0.15, 0.5, 0.85):
            strand = np.array([(x * 0.5, -0.6), (x, bottom * 0.35), (x * 1.1, bottom * 0.97)])
            band = ribbon(self.put(self._hang(strand), 0.0), [0.01, 0.05, 0.0])
            pen.paint(pen.region(band).within(region), paint.shade)
        self._gloss([crown])
        for clump in hair.tail:
            behind = (0.0, -0.98, -0.3, -0.2, 0.05, *clump[5:])
            pen.shape(self.put(self._hang(self._tail(behind)), 0.0), paint, shade=0.12)
