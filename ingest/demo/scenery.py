"""A size, a light and a seed come in; a picture to paint skies, trees and houses on goes out.

Everything is painted in its own daylight colour; `Painting.tone` turns that into the light of the
scene and lets it fade into the haze with the distance.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from ingest.demo.canvas import Colour, mix
from ingest.demo.light import Light

Points = Sequence[tuple[float, float]]  # x, y in pixels

_WALLS: tuple[Colour, ...] = ((128, 136, 156), (146, 146, 158), (156, 148, 146))
_SHIFT = 4  # OpenCV takes sub-pixel corners as integers of 1/16 pixel


def gradient(height: int, *stops: tuple[float, Colour]) -> np.ndarray:
    """A column of colours, float32 height x 1 x 3, through (place from 0 to 1, colour) stops."""
    rows = np.linspace(0, 1, height)
    places = [place for place, _ in stops]
    channels = [np.interp(rows, places, [stop[1][c] for stop in stops]) for c in range(3)]
    return np.stack(channels, 1).astype(np.float32)[:, None]


class Painting:
    """A picture (`pixels`, uint8 RGB) and the strokes to paint it with."""

    def __init__(self, width: int, height: int, light: Light, seed: int):
        self.width, self.height, self.light = width, height, light
        self.rng = np.random.default_rng(seed)
        self.pixels: np.ndarray = np.zeros((height, width, 3), np.uint8)

    def tone(self, colour: Colour, depth: float = 0.0) -> Colour:
        """This daylight colour in the scene's light, `depth` (0 near, 1 far) in the haze."""
        red, green, blue = (c * a for c, a in zip(colour, self.light.ambient, strict=True))
        return mix((red, green, blue), self.light.haze, depth)

    def fill(self, points: Points, colour: Colour) -> None:
        """A polygon with smooth edges, in a final colour."""
        cv2.fillPoly(self.pixels, [_corners(points)], colour, cv2.LINE_AA, _SHIFT)

    def box(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        """An upright rectangle in a final colour."""
        cv2.rectangle(
            self.pixels, (round(left), round(top)), (round(right), round(bottom)), colour, -1
        )

    def line(self, points: Points, colour: Colour, width: float = 1) -> None:
        """An open line through these points in a final colour."""
        cv2.polylines(
            self.pixels,
            [_corners(points)],
            False,
            colour,
            max(1, round(width)),
            cv2.LINE_AA,
            _SHIFT,
        )

    def shade(self, points: Points, *stops: tuple[float, Colour]) -> None:
        """A polygon with a gradient from its top to its bottom."""
        corners = np.array(points)
        left, top = np.clip(corners.min(0), 0, (self.width - 1, self.height - 1)).astype(int)
        right, bottom = np.ceil(corners.max(0)).astype(int) + 1
        right, bottom = min(right, self.width), min(bottom, self.height)
        if right <= left or bottom <= top:
            return
        mask = np.zeros((bottom - top, right - left), np.uint8)
        cv2.fillPoly(mask, [_corners(corners - (left, top))], 255, cv2.LINE_AA, _SHIFT)
        self.blend(mask, gradient(bottom - top, *stops), left=int(left), top=int(top))

    def blend(
        self, mask: np.ndarray, colour: Colour | np.ndarray, *, left: int = 0, top: int = 0
    ) -> None:
        """A colour (or colours for each row) through a uint8 mask whose corner is at left, top."""
        height, width = mask.shape
        region = self.pixels[max(top, 0) : top + height, max(left, 0) : left + width]
        rows, columns = max(-top, 0), max(-left, 0)
        cover = mask[rows : rows + region.shape[0], columns : columns + region.shape[1]]
        wanted = np.asarray(colour, np.float32)
        if wanted.ndim == 3:
            wanted = wanted[rows : rows + region.shape[0]]
        flat = np.empty(region.shape, np.uint8)
        flat[:] = wanted + 0.5
        share = cover.astype(np.float32) / 255
        region[:] = cv2.blendLinear(np.ascontiguousarray(region), flat, 1 - share, share)

    def glow(self, x: float, y: float, radius: float, colour: Colour, strength: float) -> None:
        """Light added around a point, `strength` (0 to 1) of it in the middle."""
        left, top = max(int(x - radius), 0), max(int(y - radius), 0)
        right, bottom = min(int(x + radius), self.width), min(int(y + radius), self.height)
        if left >= right or top >= bottom:
            return
        squares = (np.arange(left, right) - x)[None] ** 2 + (np.arange(top, bottom) - y)[
            :, None
        ] ** 2
        falloff = np.clip(1 - np.sqrt(squares) / radius, 0, 1) ** 2 * strength
        light = (falloff[..., None] * np.array(colour)).astype(np.uint8)
        region = self.pixels[top:bottom, left:right]
        region[:] = cv2.add(region, light)

    def puffs(
        self, discs: np.ndarray, colour: Colour, blur: float = 0.0, base: float = 0.0
    ) -> None:
        """Discs (rows of x, y, radius) as one soft shape, fading out above `base` if given."""
        margin = 3 * blur + 2
        left, top = (discs[:, :2] - discs[:, 2:]).min(0).astype(int) - int(margin)
        right, bottom = (discs[:, :2] + discs[:, 2:]).max(0).astype(int) + int(margin)
        left, top = max(left, -200), max(top, -200)
        right, bottom = min(right, self.width + 200), min(bottom, self.height + 200)
        if right <= max(left, 0) or bottom <= max(top, 0):
            return
        mask = np.zeros((bottom - top, right - left), np.uint8)
        for x, y, radius in discs:
            centre = (round((x - left) * 16), round((y - top) * 16))
            cv2.circle(mask, centre, round(radius * 16), 255, -1, cv2.LINE_AA, _SHIFT)
        if blur:
            mask = cv2.GaussianBlur(mask, (0, 0), blur)
        if base:
            rows = np.arange(top, bottom)
            mask = (mask * np.clip((base - rows) / 40 + 0.1, 0, 1)[:, None]).astype(np.uint8)
        self.blend(mask, colour, left=int(left), top=int(top))

    def soften(self, blur: float) -> None:
        """The whole picture out of focus."""
        self.pixels = cv2.GaussianBlur(self.pixels, (0, 0), blur)

    def sky(self, horizon: float) -> None:
        """The sky down to this y, with its sun or moon, stars and clouds."""
        height = round(horizon) + 2
        top, middle, low = self.light.sky
        # A little noise hides the steps between neighbouring colours of a dark sky.
        noise = self.rng.random((height, self.width, 1), np.float32)
        colours = gradient(height, (0, top), (0.55, middle), (1, low))
        self.pixels[:height] = np.clip(colours + noise, 0, 255)
        self.pixels[height:] = low
        if self.light.dark and not self.light.wet and not self.light.snowy:
            self._stars(height)
        if self.light.disc:
            x, y, radius, colour = self.light.disc
            x, y, radius = x * self.height, y * self.height, radius * self.height
            self.glow(x, y, radius * 9, colour, 0.35)
            self.puffs(np.array([[x, y, radius]]), colour, 0.8)
        if self.light.wet or self.light.snowy:
            self._overcast(horizon)
        elif "sunset" in self.light.tags or self.light.dark:
            self._streaks(horizon)
        else:
            self._heaps(horizon)

    def _stars(self, height: int) -> None:
        for _ in range(170):
            x, y = self.rng.uniform(0, self.width), self.rng.uniform(0, height * 0.8)
            share = self.rng.uniform(0.15, 0.8) * (1 - y / height)
            here = tuple(float(c) for c in self.pixels[int(y), int(x)])
            colour = mix((here[0], here[1], here[2]), (235, 240, 255), share)
            radius = round(self.rng.uniform(8, 24))
            centre = (round(x * 16), round(y * 16))
            cv2.circle(self.pixels, centre, radius, colour, -1, cv2.LINE_AA, _SHIFT)

    def _overcast(self, horizon: float) -> None:
        lit, shade = self.light.cloud
        for step in range(7):
            y = horizon * (0.02 + 0.13 * step)
            count = 9
            discs = np.stack(
                [
                    self.rng.uniform(-0.1, 1.1, count) * self.width,
                    y + self.rng.uniform(-0.05, 0.05, count) * horizon,
                    self.rng.uniform(0.03, 0.11, count) * self.height,
                ],
                1,
            )
            self.puffs(discs, mix(shade, lit, step / 6), self.height * 0.018)

    def _streaks(self, horizon: float) -> None:
        lit, shade = self.light.cloud
        for _ in range(11):
            y = horizon * self.rng.uniform(0.1, 0.92)
            x, length = (
                self.rng.uniform(0, 1) * self.width,
                self.rng.uniform(0.25, 0.8) * self.height,
            )
            tone = mix(shade, self.light.haze, y / horizon * 0.6)
            for _ in range(3):
                self._wisp(x, y, length, tone, lit)
                x += length * self.rng.uniform(-0.7, 0.7)
                y += self.height * self.rng.uniform(0.008, 0.022)
                length *= 0.7

    def _wisp(self, x: float, y: float, length: float, tone: Colour, lit: Colour) -> None:
        along = np.linspace(-1, 1, 60)
        thick = (1 - along**2) * self.height * self.rng.uniform(0.005, 0.014)
        wave = np.sin(along * 4 + self.rng.uniform(0, 6)) * self.height * 0.004
        rough = 1 + 0.35 * np.sin(along * 23 + self.rng.uniform(0, 6))
        upper, lower = y + wave - thick * rough, y + wave + thick * 0.6
        xs = x + along * length
        outline = [*zip(xs, upper, strict=True), *zip(xs[::-1], lower[::-1], strict=True)]
        self.shade(outline, (0, mix(tone, self.light.sky[1], 0.35)), (0.55, tone), (1, lit))

    def _heaps(self, horizon: float) -> None:
        for _ in range(4):
            x, y = self.rng.uniform(0, self.width), horizon * self.rng.uniform(0.2, 0.6)
            self.cloud(x, y, self.height * self.rng.uniform(0.1, 0.2))
        self.cloud(self.rng.uniform(0.1, 0.9) * self.width, horizon * 0.98, self.height * 0.5)
        for x in np.arange(0, self.width, 0.3 * self.height):
            self.cloud(x, horizon * 1.02, self.height * self.rng.uniform(0.12, 0.26))

    def cloud(self, x: float, y: float, size: float) -> None:
        """A heap of cloud standing on y, `size` pixels from its middle to its end."""
        lit, shade = self.light.cloud
        places = self.rng.uniform(-1, 1, 26)
        room = 1 - places**2
        discs = np.stack(
            [
                x + places * size,
                y - room * size * self.rng.uniform(0, 0.62, 26),
                size * (0.07 + 0.17 * room) * self.rng.uniform(0.7, 1.15, 26),
            ],
            1,
        )
        soft = max(1.0, size * 0.008)
        self.puffs(discs, mix(shade, self.light.haze, 0.25), soft, y)
        discs[:, :2] -= discs[:, 2:] * (0.12, 0.16)
        discs[:, 2] *= 0.86
        self.puffs(discs, mix(shade, lit, 0.65), soft, y - size * 0.05)
        discs[:, :2] -= discs[:, 2:] * (0.14, 0.2)
        discs[:, 2] *= 0.74
        self.puffs(discs, lit, soft * 1.6, y - size * 0.12)

    def foliage(self, x: float, y: float, size: float, colour: Colour, depth: float = 0.0) -> None:
        """A crown of leaves around a point, dark below and light above."""
        angles, reach = self.rng.uniform(0, 6.283, 60), np.sqrt(self.rng.uniform(0, 1, 60))
        discs = np.stack(
            [
                x + np.cos(angles) * reach * size * 0.85,
                y + np.sin(angles) * reach * size * 0.6,
                size * self.rng.uniform(0.1, 0.24, 60),
            ],
            1,
        )
        light = (238, 242, 250) if self.light.snowy else mix(colour, (250, 245, 150), 0.3)
        paints = (mix(colour, (20, 40, 70), 0.42), mix(colour, (20, 40, 70), 0.12), light)
        for number, paint in enumerate(paints):
            self.puffs(discs, self.tone(paint, depth), 1)
            # Each lighter layer is smaller, higher, and covers less of the lower half.
            discs = discs[(discs[:, 1] < y + size * (0.25 - 0.25 * number))]
            discs[:, :2] -= discs[:, 2:] * (0.25, 0.4)
            discs[:, 2] *= 0.72
            if not len(discs):
                return

    def ridge(self, y: float, rise: float, colour: Colour, depth: float) -> None:
        """Hills across the whole width, `rise` pixels high, standing on y."""
        xs = np.linspace(0, self.width, 60)
        phases = self.rng.uniform(0, 6.3, 4)
        waves = sum(
            np.sin(xs / self.height * f + p) / f
            for f, p in zip((2.1, 4.7, 9.3, 21.0), phases, strict=True)
        )
        tops = y - rise * (0.55 + 0.55 * waves)
        outline = [*zip(xs, tops, strict=True), (self.width, y), (0, y)]
        tone = self.tone(colour, depth)
        self.shade(outline, (0, tone), (1, mix(tone, self.light.haze, 0.35)))

    def houses(
        self, y: float, low: float, high: float, depth: float, walls: Sequence[Colour] = _WALLS
    ) -> None:
        """A row of houses standing on y, `low` to `high` pixels tall, with their windows."""
        x = -self.rng.uniform(0, 40)
        while x < self.width:
            width = self.rng.uniform(0.5, 0.9) * (low + high) * 0.33
            tall = self.rng.uniform(low, high)
            colour, tint = walls[int(self.rng.integers(len(walls)))], self.rng.uniform(-14, 14)
            wall = (colour[0] + tint, colour[1] + tint * 0.6, colour[2] - tint * 0.3)
            self.house(x, y - tall, x + width, y, wall, depth)
            x += width + self.rng.uniform(0, 0.12) * width

    def house(
        self, left: float, top: float, right: float, bottom: float, colour: Colour, depth: float
    ) -> None:
        """One house seen from the front, its side in shadow, some of its windows lit."""
        wall = self.tone(colour, depth)
        side = left + (right - left) * 0.72
        corners = [(left, top), (side, top), (side, bottom), (left, bottom)]
        self.shade(corners, (0, wall), (1, mix(wall, self.light.haze, 0.3)))
        shade = self.tone((30, 40, 80), depth)
        self.box(side, top, right, bottom, mix(wall, shade, 0.35))
        if self.light.snowy:
            self.box(left - 1, top - 3, right + 1, top + 3, self.tone((250, 250, 255), depth * 0.5))
        elif self.rng.random() < 0.5:  # a water tank, or a mast
            middle, size = left + (side - left) * self.rng.uniform(0.2, 0.7), (right - left) * 0.12
            self.box(middle - size, top - size * 1.1, middle + size, top, mix(wall, shade, 0.4))
            self.line([(middle, top), (middle, top - size * 2.4)], mix(wall, shade, 0.7), 1)
        step = float(np.clip((right - left) / 6, 7, 26))
        pane = self.tone((84, 112, 152), depth)
        for y in np.arange(top + step * 0.7, bottom - step * 0.6, step * 1.2):
            for x in np.arange(left + step * 0.4, side - step * 0.5, step):
                lit = self.rng.random() < self.light.lamps
                warm = (255, self.rng.uniform(190, 226), self.rng.uniform(110, 170))
                colour_here = mix(warm, self.light.haze, depth * 0.55) if lit else pane
                self.box(x, y, x + step * 0.52, y + step * 0.62, colour_here)


def _corners(points: Points | np.ndarray) -> np.ndarray:
    return np.round(np.asarray(points, np.float64) * (1 << _SHIFT)).astype(np.int32)
