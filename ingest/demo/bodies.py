"""Joint angles and clothes come in; a whole figure, head included, is drawn onto a pen's canvas.

Units are the head's (half a face high, its centre at 0, 0); angles are degrees from straight down.
"""

from math import cos, radians, sin

import numpy as np

from ingest.demo.canvas import Pen, Region, Tone, curve, mix, ribbon, tone
from ingest.demo.clothes import CLOTHES
from ingest.demo.collars import Collar
from ingest.demo.faces import Look
from ingest.demo.heads import Head
from ingest.demo.people import PEOPLE, Person
from ingest.demo.poses import Pose

_UPPER_ARM, _FOREARM, _THIGH, _SHIN = 1.95, 1.75, 2.9, 2.9


def _reach(x: float, y: float, angle: float, length: float) -> tuple[float, float]:
    return x + length * sin(radians(angle)), y + length * cos(radians(angle))


class Figure:
    """One drawing of a person from head to shoe."""

    def __init__(
        self,
        pen: Pen,
        person: str,
        outfit: str,
        pose: Pose,
        turn: tuple[float, float, float],
        sway: float,
    ):
        self.pen, self.pose, self.sway = pen, pose, sway
        self.person: Person = PEOPLE[person]
        self.clothes = CLOTHES[person, outfit]
        self.head = Head(pen, self.person, *turn, sway)
        self.broad = (1.42 if self.person.boy else 1.2) * (1 - 0.34 * pose.side)
        self.hip = (0.86 if self.person.boy else 0.9) * (1 - 0.26 * pose.side)

    def _trunk(self, x: float, y: float) -> tuple[float, float]:
        """A point of the upright trunk where the lean puts it; it turns about the neck."""
        angle = radians(self.pose.lean)
        y = y - 1.3
        return x * cos(angle) - y * sin(angle), x * sin(angle) + y * cos(angle) + 1.3

    def ground(self) -> float:
        """How far down the lower sole is."""
        _, y = self._hips()
        ankles = []
        for thigh, bend in (self.pose.legs[:2], self.pose.legs[2:]):
            shin = thigh - bend if self.pose.side >= 0.5 else thigh * 0.4
            ankles.append(_reach(0, _reach(0, y + 0.1, thigh, _THIGH)[1], shin, _SHIN)[1])
        return max(ankles) + 0.45

    def draw(self, look: Look) -> None:
        """Everything, from the back to the front."""
        pose, head = self.pose, self.head
        far, near = (2, 0) if not pose.back else (0, 2)
        if not pose.back:
            head.back_hair()
        self._arm(far)
        for which in (2, 0):
            self._leg(which)
        self._lower()
        neck = self._neck()
        self._upper()
        if not pose.raised:
            self._arm(near)
        if pose.back:
            self._collar().behind()
            head.draw_back()
        else:
            shade = head.face_region()
            self.pen.paint(neck.within(shade, 0, self.pen.reach(0.24)), self.person.skin.shade)
            self._collar().before()
            head.draw(look)
        if pose.raised:
            self._arm(near)

    def _neck(self) -> Region:
        width = 0.33 if self.person.boy else 0.26
        outline = [
            (-width, 0.5),
            (-width, 1.25),
            (-width - 0.2, 1.62),
            (width + 0.2, 1.62),
            (width, 1.25),
            (width, 0.5),
        ]
        return self.pen.shape(curve([self._trunk(*p) for p in outline]), self.person.skin)

    def _torso_outline(self, low: float, flare: float) -> np.ndarray:
        b, h = self.broad, self.hip
        waist = 0.74 * (1.16 if self.person.boy else 1.0) * (1 - 0.2 * self.pose.side)
        half = [(0.3, 1.42), (0.62 * b, 1.54), (b, 1.78), (b * 0.98, 2.3), (0.82 * b, 3.0)]
        half += [(waist, 4.0), (h + flare, low)]
        right = [self._trunk(*p) for p in half]
        left = [self._trunk(-x, y) for x, y in reversed(half)]
        return curve([*right, *left])

    def _upper(self) -> None:
        pen, clothes, side = self.pen, self.clothes, self.pose.side
        if clothes.kind == "coat":
            torso = pen.shape(self._coat(), clothes.top, shade=0.3)
            for y in (2.9, 3.8, 4.7):
                for x in (-0.16, 0.26):
                    if not self.pose.back:
                        spot = np.array(self._trunk(x + 0.3 * side, y))
                        disc = [
                            spot + (0.07 * cos(a), 0.07 * sin(a)) for a in (0, 1.57, 3.14, 4.71)
                        ]
                        pen.fill(curve(disc), clothes.top.line)
        else:
            low = {"sailor": 4.45, "blazer": 5.6, "dress": 4.1, "shirt": 4.75}[clothes.kind]
            torso = pen.shape(
                self._torso_outline(low, 0.06 if clothes.kind != "dress" else -0.1),
                clothes.top,
                shade=0.26,
            )
        folds = [[(0.55, 3.5), (0.3, 3.8), (0.42, 4.2)], [(-0.6, 3.4), (-0.4, 3.9), (-0.5, 4.3)]]
        for fold in folds:
            line = [self._trunk(*p) for p in fold]
            pen.paint(pen.region(ribbon(line, [0.0, 0.06, 0.0])).within(torso), clothes.top.shade)
        if clothes.kind == "dress":
            sash = [
                self._trunk(x, y)
                for x, y in ((-0.8, 3.86), (0.8, 3.86), (0.84, 4.16), (-0.84, 4.16))
            ]
            pen.paint(pen.region(np.array(sash)).within(torso), clothes.accent.light)

    def _coat(self) -> np.ndarray:
        b = self.broad * 1.06
        half = [(0.3, 1.4), (0.62 * b, 1.5), (b, 1.76), (b, 2.4), (0.9 * b, 3.4)]
        right = [self._trunk(*p) for p in half]
        left = [self._trunk(-x, y) for x, y in reversed(half)]
        hem = self._hem(1.3, 7.4)
        return np.array(curve([*right, *hem, *left]))

    def _hips(self) -> tuple[float, float]:
        x, y = self._trunk(0.0, 5.2)
        return x, y

    def _hem(self, spread: float, low: float) -> list[tuple[float, ...]]:
        """The lower edge of a skirt, dress or coat, pushed by the thighs and the wind."""
        x, y = self._hips()
        swing = [1.1 * sin(radians(a)) for a in (self.pose.legs[0], self.pose.legs[2])]
        reach = low - 5.2
        forward = max(0.0, *swing) * reach * 0.45
        backward = min(0.0, *swing) * reach * 0.45
        wind = -0.4 * self.sway
        right = x + self.hip * spread + forward + wind
        left = x - self.hip * spread + backward + wind
        lift = 0.25 * max(forward, -backward)
        return [
            (right, y + reach - lift, 1),
            (x + wind + 0.4 * self.hip, y + reach + 0.12),
            (x + wind - 0.4 * self.hip, y + reach + 0.12),
            (left, y + reach - lift, 1),
        ]

    def _lower(self) -> None:
        pen, clothes = self.pen, self.clothes
        if clothes.kind in ("coat", "blazer", "shirt") and (
            self.person.boy or clothes.kind != "blazer"
        ):
            x, y = self._hips()
            seat = [
                self._trunk(-self.hip, 4.3),
                self._trunk(self.hip, 4.3),
                (x + self.hip * 1.02, y + 0.5),
                (x, y + 0.8),
                (x - self.hip * 1.02, y + 0.5),
            ]
            pen.shape(curve(seat), clothes.bottom, ink=0.6)
            return
        low = 7.0 if clothes.kind == "sailor" else 8.0
        waist = [self._trunk(x, 3.95) for x in (-0.76, 0.76)]
        hem = self._hem(1.62, low)
        paint = clothes.bottom if clothes.kind == "sailor" else clothes.top
        skirt = pen.shape(curve([(*waist[0], 1), (*waist[1], 1), *hem]), paint, shade=0.22)
        for k in range(1, 7):
            share = k / 7
            top = np.array(waist[0]) * (1 - share) + np.array(waist[1]) * share
            base = np.array(hem[3][:2]) * (1 - share) + np.array(hem[0][:2]) * share + (0, 0.1)
            pleat = np.array(
                [top, top * 0.4 + base * 0.6, base, base + (0.16, 0), top * 0.4 + base * 0.6]
            )
            if clothes.kind == "sailor" or k % 2:
                pen.paint(pen.region(pleat).within(skirt), paint.shade)

    def _leg(self, which: int) -> None:
        pen, clothes, pose = self.pen, self.clothes, self.pose
        thigh, bend = pose.legs[which], pose.legs[which + 1]
        x, y = self._hips()
        spread = (0.46 - 0.3 * pose.side) * (1 if which == 0 else -1)
        hip = (x + spread, y + 0.1)
        if pose.side < 0.5:
            # Seen from the front the legs part to either side and hardly swing.
            knee = _reach(*hip, thigh, _THIGH)
            ankle = _reach(*knee, thigh * 0.4, _SHIN)
        else:
            knee = _reach(*hip, thigh, _THIGH)
            ankle = _reach(*knee, thigh - bend, _SHIN)
        mid = tuple((np.array(hip) + knee) / 2 + (0.06, 0))
        calf = tuple((np.array(knee) + ankle) / 2 + (-0.08 * pose.side, 0))
        joints = [hip, mid, knee, calf, ankle]
        far = which == 2
        trousers = self.person.boy and clothes.kind != "shirt"

        def dim(paint: Tone) -> Tone:
            return (
                Tone(mix(paint.light, paint.shade, 0.75), paint.shade, paint.line) if far else paint
            )

        if trousers:
            pen.shape(ribbon(joints, [0.56, 0.5, 0.42, 0.4, 0.36]), dim(clothes.bottom), shade=0.14)
        else:
            pen.shape(
                ribbon(joints, [0.48, 0.44, 0.32, 0.33, 0.19]), dim(self.person.skin), shade=0.12
            )
            if clothes.kind == "shirt":
                short = ribbon([hip, mid], [0.58, 0.56])
                pen.shape(short, dim(clothes.bottom), shade=0.12)
            elif clothes.kind != "dress":
                sock = ribbon(
                    [tuple(np.array(knee) * 0.8 + np.array(calf) * 0.2), calf, ankle],
                    [0.34, 0.35, 0.22],
                )
                pen.shape(sock, dim(clothes.legs), shade=0.1)
        self._shoe(ankle, thigh - bend if pose.side >= 0.5 else 0.0, dim(clothes.shoes), which)

    def _shoe(self, ankle, shin: float, paint: Tone, which: int) -> None:
        if self.pose.side >= 0.5:
            # The foot stays level until the shin tips far back.
            tilt = radians(min(0.0, shin + 20) * 0.9)
            outline = [(-0.26, -0.12), (0.2, -0.12), (0.75, 0.2), (0.86, 0.42, 1), (-0.3, 0.42, 1)]
        else:
            tilt = 0.0
            out = 0.16 if which == 0 else -0.16
            outline = [
                (-0.24, -0.1),
                (0.24, -0.1),
                (0.32 + out, 0.42),
                (out, 0.52),
                (-0.32 + out, 0.42),
            ]
        turned = [
            (
                ankle[0] + p[0] * cos(tilt) - p[1] * sin(tilt) * -1,
                ankle[1] - p[0] * sin(tilt) + p[1] * cos(tilt),
                *p[2:],
            )
            for p in outline
        ]
        self.pen.shape(curve(turned), paint, shade=0.08)

    def _arm(self, which: int) -> None:
        pen, clothes, pose = self.pen, self.clothes, self.pose
        angle, bend = pose.arms[which], pose.arms[which + 1]
        sign = 1 if which == 0 else -1
        shoulder = self._trunk(sign * (self.broad - 0.24), 1.98)
        # In front view the elbows of both arms bend in their own plane, from the side forward.
        out = angle + bend if pose.side >= 0.3 else angle + bend * (0.6 if abs(bend) < 90 else 1)
        elbow = _reach(*shoulder, angle, _UPPER_ARM)
        wrist = _reach(*elbow, out, _FOREARM)
        far = which == 2 and pose.side > 0.4

        def dim(paint: Tone) -> Tone:
            return (
                Tone(mix(paint.light, paint.shade, 0.6), paint.shade, paint.line) if far else paint
            )

        if which == 0 and pose.sword is not None:
            self._sword(wrist, pose.sword)
        self._hand(
            wrist, out, dim(self.person.skin), gripping=pose.sword is not None or pose.lean > 10
        )
        # The joint is rounded: the line passes through points short of the elbow on both sides.
        s, e, w = np.array(shoulder), np.array(elbow), np.array(wrist)
        up = (s - e) / _UPPER_ARM
        joints = [s + up * 0.34, s + up * 0.1, s * 0.5 + e * 0.5, e * 0.88 + s * 0.12]
        joints += [e * 0.88 + w * 0.12, w]
        sleeve = 0.44 if clothes.kind == "coat" else 0.38
        if clothes.kind in ("coat", "blazer", "sailor"):
            widths = [sleeve * k for k in (0.1, 0.82, 1.0, 0.93, 0.85, 0.8, 0.72)]
            pen.shape(ribbon(joints, widths), dim(clothes.top), shade=0.12)
            if clothes.kind == "sailor":
                cuff = ribbon([tuple(w * 0.86 + e * 0.14), tuple(w * 1.02 - e * 0.02)], [0.3, 0.31])
                pen.shape(cuff, dim(clothes.bottom), ink=0.8)
        else:
            pen.shape(
                ribbon(joints[1:], [0.12, 0.27, 0.29, 0.27, 0.25, 0.24, 0.17]),
                dim(self.person.skin),
                shade=0.1,
            )
            # Short sleeves: a T-shirt's reach half-way to the elbow, a dress has caps.
            end = s * 0.4 + e * 0.6 if clothes.kind == "shirt" else s * 0.68 + e * 0.32
            widths = [0.05, 0.36, 0.42, 0.46] if clothes.kind == "shirt" else [0.05, 0.3, 0.4, 0.4]
            sleeve_line = [s + up * 0.34, s + up * 0.05, (s + end) / 2, end]
            pen.shape(ribbon(sleeve_line, widths), dim(clothes.top), shade=0.12)

    def _hand(self, wrist, angle: float, skin: Tone, gripping: bool) -> None:
        a = radians(angle)
        along, across = np.array((sin(a), cos(a))), np.array((cos(a), -sin(a)))
        w = np.array(wrist)

        def at(u: float, v: float):
            return w + along * u + across * v

        if gripping:
            fist = [at(-0.1, -0.17), at(0.12, -0.28), at(0.42, -0.24), at(0.48, 0.1), at(0.28, 0.3)]
            self.pen.shape(curve([*fist, at(-0.06, 0.17)]), skin, shade=0.08)
            for v in (-0.1, 0.04, 0.16):
                self.pen.line([at(0.26, v), at(0.46, v)], 0.7, skin.line)
            return
        palm = [at(-0.1, -0.15), at(0.25, -0.22), at(0.62, -0.14), at(0.74, 0.02), at(0.58, 0.14)]
        self.pen.shape(curve([*palm, at(0.25, 0.2), at(-0.08, 0.15)]), skin, shade=0.07)
        self.pen.shape(
            curve([at(0.08, 0.12), at(0.36, 0.3), at(0.42, 0.22), at(0.2, 0.02)]), skin, ink=0.7
        )
        for v in (-0.06, 0.04):
            self.pen.line([at(0.42, v), at(0.68, v)], 0.6, skin.line)

    def _sword(self, wrist, angle: float) -> None:
        a = radians(angle)
        along, across = np.array((sin(a), cos(a))), np.array((cos(a), -sin(a)))
        grip = np.array(wrist) + along * 0.1

        def at(u: float, v: float):
            return grip + along * u + across * v

        pen = self.pen
        blade = [
            at(0.4, -0.1),
            at(2.4, -0.16),
            at(4.3, -0.02),
            at(4.65, 0.2),
            at(4.0, 0.16),
            at(2.4, 0.06),
        ]
        steel = Tone((232, 240, 250), (150, 172, 204), (58, 66, 98))
        outline = np.array(
            curve([(*blade[0], 1), *blade[1:3], (*blade[3], 1), *blade[4:], (*at(0.4, 0.1), 1)])
        )
        region = pen.shape(outline, steel)
        edge = np.array([at(0.4, 0.0), at(2.4, -0.06), at(4.4, 0.1), at(4.5, 0.3), at(0.4, 0.3)])
        pen.paint(pen.region(edge).within(region), steel.shade)
        pen.shape(
            np.array([at(-0.75, -0.11), at(0.34, -0.11), at(0.34, 0.11), at(-0.75, 0.11)]),
            tone((70, 62, 96)),
        )
        guard = [at(0.3, -0.3), at(0.46, -0.3), at(0.46, 0.3), at(0.3, 0.3)]
        pen.shape(np.array(guard), tone((222, 180, 84)))

    def _collar(self) -> Collar:
        return Collar(
            self.pen, self.clothes, self.person.skin, self.broad, self.sway, self._on_chest
        )

    def _on_chest(self, *points: tuple[float, float]) -> np.ndarray:
        """Points of the trunk; below the neck they turn a little with the head."""
        shift = 0.3 * self.head.yaw
        return np.array([self._trunk(x + shift * (y > 1.5), y) for x, y in points])
