"""Clothes and where points of the trunk are seen come in; the collar is drawn on it."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from ingest.demo.canvas import Pen, Tone, curve, ribbon
from ingest.demo.clothes import WHITE, Clothes


class Collar:
    """What is worn around the neck and on the chest.

    `place` turns (x, y) pairs of the upright trunk into the points where they are seen; `broad` is
    half the width of the shoulders.
    """

    def __init__(
        self,
        pen: Pen,
        clothes: Clothes,
        skin: Tone,
        broad: float,
        sway: float,
        place: Callable[..., np.ndarray],
    ):
        self.pen, self.clothes, self.skin = pen, clothes, skin
        self.broad, self.sway, self.place = broad, sway, place

    def before(self) -> None:
        """What is seen from the front."""
        getattr(self, f"_{self.clothes.kind}")()

    def behind(self) -> None:
        """What lies on the back of who is seen from behind."""
        pen, clothes, b = self.pen, self.clothes, self.broad
        if clothes.kind == "sailor":
            flap = self.place(
                (-0.72 * b, 1.52), (0.72 * b, 1.52), (0.78 * b, 2.9), (-0.78 * b, 2.9)
            )
            region = pen.shape(flap, clothes.bottom, shade=0.12)
            trim = self.place(
                (-0.66 * b, 1.4), (-0.68 * b, 2.76), (0.68 * b, 2.76), (0.66 * b, 1.4)
            )
            for a, z in pairwise(trim):
                pen.paint(pen.region(ribbon([a, z], [0.03, 0.03])).within(region), (246, 246, 250))
        elif clothes.kind == "coat":
            wrap = self.place((-0.7, 1.2), (0.7, 1.2), (0.86, 1.7), (0.0, 1.96), (-0.86, 1.7))
            pen.shape(curve(wrap), clothes.accent, shade=0.14)

    def _sailor(self) -> None:
        pen, clothes, b = self.pen, self.clothes, self.broad
        inner = self.place((-0.2, 1.5), (0.2, 1.5), (0.0, 2.5))
        pen.fill(inner, self.skin.shade)
        for side in (-1, 1):
            flap = self.place(
                (side * 0.3, 1.32),
                (side * 0.72 * b, 1.62),
                (side * 0.74 * b, 2.1),
                (side * 0.02, 2.62),
            )
            region = pen.shape(flap, clothes.bottom, shade=0.1)
            trim = self.place((side * 0.62 * b, 1.6), (side * 0.62 * b, 2.04), (side * 0.02, 2.44))
            pen.paint(pen.region(ribbon(trim, [0.025, 0.025])).within(region), (246, 246, 250))
        for side in (-1, 1):
            tail = self.place(
                (0.0, 2.5),
                (side * 0.2, 2.6),
                (side * 0.46, 3.3),
                (side * 0.16, 3.36),
                (side * 0.02, 2.8),
            )
            pen.shape(tail, clothes.accent, shade=0.07)
            bow = self.place(
                (0.0, 2.46),
                (side * 0.3, 2.26),
                (side * 0.56, 2.3),
                (side * 0.54, 2.7),
                (side * 0.26, 2.68),
            )
            pen.shape(curve(bow), clothes.accent, shade=0.08)
        knot = self.place((-0.12, 2.36), (0.12, 2.36), (0.13, 2.66), (-0.13, 2.66))
        pen.shape(curve(knot), clothes.accent, shade=0.05)

    def _blazer(self) -> None:
        pen, clothes, b = self.pen, self.clothes, self.broad
        pen.shape(
            self.place((-0.36, 1.36), (0.36, 1.36), (0.5, 1.6), (0.02, 3.7), (-0.5, 1.6)), WHITE
        )
        tie = self.place(
            (-0.13, 1.72),
            (0.13, 1.72),
            (0.1, 1.98),
            (0.2, 3.2),
            (0.0, 3.5),
            (-0.2, 3.2),
            (-0.1, 1.98),
        )
        pen.shape(tie, clothes.accent, shade=0.1)
        for side in (-1, 1):
            wing = self.place(
                (side * 0.36, 1.3), (side * 0.52, 1.62), (side * 0.3, 2.0), (side * 0.02, 1.74)
            )
            pen.shape(wing, WHITE, ink=0.8)
            lapel = self.place(
                (side * 0.4, 1.42),
                (side * 0.62 * b, 1.62),
                (side * 0.6 * b, 2.3),
                (side * 0.52 * b, 2.36),
                (side * 0.56 * b, 2.6),
                (side * 0.04, 3.8),
                (side * 0.36, 2.3),
            )
            pen.shape(lapel, clothes.top, shade=0.07)

    def _coat(self) -> None:
        pen, clothes = self.pen, self.clothes
        scarf = clothes.accent
        tail = self.place((0.1, 1.9), (0.55, 1.9), (0.66, 3.5), (0.2, 3.6))
        pen.shape(tail + (0.25 * self.sway, 0), scarf, shade=0.12)
        wrap = self.place(
            (-0.66, 1.24),
            (-0.3, 1.4),
            (0.3, 1.4),
            (0.66, 1.22),
            (0.82, 1.7),
            (0.4, 2.06),
            (-0.4, 2.06),
            (-0.82, 1.72),
        )
        region = pen.shape(curve(wrap), scarf, shade=0.14)
        for fold in (
            ((-0.6, 1.5), (0.0, 1.78), (0.66, 1.56)),
            ((-0.5, 1.8), (0.0, 1.94), (0.4, 1.86)),
        ):
            band = ribbon(self.place(*fold), [0.01, 0.035, 0.01])
            pen.paint(pen.region(band).within(region), scarf.line, 0.6)

    def _dress(self) -> None:
        pen, clothes, b = self.pen, self.clothes, self.broad
        neckline = self.place(
            (-0.4 * b, 1.4), (0.4 * b, 1.4), (0.44 * b, 1.95), (0.0, 2.15), (-0.44 * b, 1.95)
        )
        pen.fill(curve(neckline), self.skin.light)
        trim = self.place(
            (-0.46 * b, 1.5), (-0.42 * b, 1.98), (0.0, 2.2), (0.42 * b, 1.98), (0.46 * b, 1.5)
        )
        pen.shape(ribbon(trim, [0.06, 0.07, 0.06]), clothes.accent, ink=0.6)

    def _shirt(self) -> None:
        pen, clothes = self.pen, self.clothes
        neckline = self.place((-0.3, 1.44), (0.3, 1.44), (0.36, 1.62), (0.0, 1.86), (-0.36, 1.62))
        pen.fill(curve(neckline), self.skin.shade)
        trim = self.place((-0.42, 1.46), (-0.34, 1.72), (0.0, 1.9), (0.34, 1.72), (0.42, 1.46))
        pen.shape(ribbon(trim, [0.05, 0.05]), clothes.top, ink=0.6)
