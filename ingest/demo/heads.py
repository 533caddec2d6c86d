"""A character, a turn of the head and a look come in; the head is drawn onto a pen's canvas.

The unit is half the face's height, (0, 0) its centre, y down; the head turns as a shallow relief.
"""

from math import cos, sin

import numpy as np

from ingest.demo.canvas import Pen, Region, Tone, curve, mix, ribbon, tone
from ingest.demo.faces import Features, Look
from ingest.demo.hair import Clump
from ingest.demo.people import Person


class Head:
    """One head, turned by `yaw` and `pitch` radians and tilted by `roll` about the neck."""

    def __init__(
        self, pen: Pen, person: Person, yaw: float, pitch: float, roll: float, sway: float
    ):
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
        outline = ribbon(centre, [width * root, width, width * (0.62 + 0.35 * blunt), width * end])
        if depth is not None:
            return self.put(outline, depth)
        # The fringe lies on the forehead and curves less than the face.
        return self.put(outline, 0.52 * np.sqrt(np.clip(1 - (outline[:, 0] / 1.3) ** 2, 0, 1)))

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
        features = Features(pen, person, look, self.yaw, self.put)
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
        features.draw(skin)
        self._front_hair(fringe, sides)
        features.brows()

    def _shadows(self, skin: Region, clumps: list[np.ndarray]) -> None:
        pen, shade = self.pen, self.person.skin.shade
        dx = -pen.light[0]
        away = (pen.reach(0.05 * dx), pen.reach(0.1))
        for clump in clumps:
            pen.paint(skin.within(pen.region(clump), *away), shade)
        rim = skin.without(skin, pen.reach(-0.11 * dx), pen.reach(-0.03))
        pen.paint(rim, shade)

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
        root = self.put(
            np.concatenate([edge, [(1.2, -0.5), (0.8, -1.6), (-0.8, -1.6), (-1.2, -0.5)]]), 0.3
        )
        inner = crown.within(crown, 0, pen.reach(0.02)).within(crown, pen.reach(0.02), 0)
        top = pen.region(root).within(inner.within(crown, pen.reach(-0.02), 0))
        pen.paint(top, paint.light)
        far = -pen.light[0] * pen.direction[0]  # the side away from the light
        bow = [(0.26, -1.4), (0.6, -1.16), (0.82, -0.95), (0.98, -0.77), (1.14, -0.6)]
        crescent = np.array([*bow, (1.4, -0.6), (1.4, -1.6)]) * (far, 1)
        pen.paint(pen.region(self.put(crescent, 0.2)).within(top), paint.shade)
        self._gloss(regions)
        for bend in (-0.56, -0.3, -0.06, 0.16, 0.38, 0.6):
            strand = [(0.1 + bend * 0.35, -1.16), (0.06 + bend * 0.9, -0.96), (bend * 1.3, -0.58)]
            pen.line(self.put(np.array(strand), 0.35), 0.9, paint.shade)
        if person.name == "mio":
            self._hairband(crown)
        if person.name == "haru":
            self._hairclips()

    def _hairband(self, crown: Region) -> None:
        half = [(0.0, -1.2), (0.62, -1.0), (1.0, -0.5), (1.2, -0.1)]
        line = np.array([*[(-x, y) for x, y in half[:0:-1]], *half])
        arc = self.put(line, 0.1)
        for width, colour in ((0.072, self.person.paint.line), (0.055, (240, 243, 252))):
            self.pen.paint(self.pen.region(ribbon(arc, [width, width])).within(crown), colour)

    def _hairclips(self) -> None:
        for y in (-0.32, -0.2):
            clip = np.array([(0.5, y), (0.82, y - 0.08), (0.83, y - 0.01), (0.52, y + 0.06)])
            self.pen.shape(self.put(clip), tone((250, 210, 84)), ink=0.7)

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
            self.put(
                np.array([(-1 + lit, -2), (0.75 + lit, -2), (0.75 + lit, 1), (-1 + lit, 1)]), 0.4
            )
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
        crown = pen.shape(self.put(curve([*dome, (0.7, 0.8), (-0.7, 0.8)])), paint, ink=0)
        bottom = max(p[1] for p in hair.back)
        for x in (-0.9, -0.55, -0.2, 0.15, 0.5, 0.85):
            strand = np.array([(x * 0.5, -0.6), (x, bottom * 0.35), (x * 1.1, bottom * 0.97)])
            band = ribbon(self.put(self._hang(strand), 0.0), [0.01, 0.05, 0.0])
            pen.paint(pen.region(band).within(region), paint.shade)
        self._gloss([crown])
        if self.person.name == "mio":
            self._hairband(region)
        for clump in hair.tail:
            behind = (0.0, -0.98, -0.3, -0.2, 0.05, *clump[5:])
            pen.shape(self.put(self._hang(self._tail(behind)), 0.0), paint, shade=0.12)
