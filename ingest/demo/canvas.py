"""Outlines in a figure's own units come in; premultiplied sprites to be laid over a frame go out.

Colours are RGB, 0 to 255; pictures are uint8 arrays of shape (height, width, 3) in RGB.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np

Colour = tuple[float, float, float]
Window = tuple[slice, slice]
Path = Sequence[Sequence[float]] | Sequence[np.ndarray] | np.ndarray  # rows of x, y

_SUPERSAMPLE = 2
_SHIFT = 4  # cv2 takes fixed-point coordinates: sixteenths of a pixel


class Tone(NamedTuple):
    """The three paints of a cel: lit, in shadow, and the ink around it."""

    light: Colour
    shade: Colour
    line: Colour


def mix(a: Colour, b: Colour, amount: float) -> Colour:
    """The colour `amount` (0 to 1) of the way from a to b."""
    red, green, blue = (p + (q - p) * amount for p, q in zip(a, b, strict=True))
    return red, green, blue


def tone(light: Colour, shade: Colour | None = None) -> Tone:
    """A tone from its lit colour: the shadow cools and the ink is the darkest shade of the hue."""
    r, g, b = light
    shade = shade or (r * 0.76, g * 0.70, b * 0.84)
    return Tone(light, shade, mix(shade, (38, 22, 48), 0.68))


def curve(points: Path, closed: bool = True, steps: int = 7) -> np.ndarray:
    """Catmull-Rom through the points as an (n, 2) array; a third coordinate marks a corner."""
    flat = np.array([(p[0], p[1]) for p in points], np.float64)
    corners = [i for i, p in enumerate(points) if len(p) > 2]
    if closed and not corners:
        padded = np.concatenate([flat[-1:], flat, flat[:2]])
        return _segments(padded, steps)
    if closed:
        first = corners[0]
        flat = np.concatenate([flat[first:], flat[: first + 1]])
        corners = [c - first for c in corners] + [len(flat) - 1]
    else:
        corners = sorted({0, len(flat) - 1, *corners})
    runs = []
    for a, b in pairwise(corners):
        run = flat[a : b + 1]
        ends = (2 * run[:1] - run[1:2], 2 * run[-1:] - run[-2:-1])
        runs.append(_segments(np.concatenate([ends[0], run, ends[1]]), steps))
    return np.concatenate([*runs, flat[-1:]])


def _segments(padded: np.ndarray, steps: int) -> np.ndarray:
    t = (np.arange(steps) / steps)[None, :, None]
    p0, p1, p2, p3 = (padded[i : len(padded) - 3 + i, None, :] for i in range(4))
    bend = 2 * p0 - 5 * p1 + 4 * p2 - p3
    twist = 3 * p1 - p0 - 3 * p2 + p3
    return (p1 + 0.5 * t * (p2 - p0 + t * (bend + t * twist))).reshape(-1, 2)


def ribbon(centre: Path, widths: Sequence[float], steps: int = 7) -> np.ndarray:
    """The outline of a band along a smooth centre line; half widths are spread along its length."""
    line = curve(centre, closed=False, steps=steps)
    along = np.gradient(line, axis=0)
    normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
    normal /= np.maximum(np.hypot(normal[:, 0], normal[:, 1]), 1e-9)[:, None]
    spread = np.linspace(0, len(widths) - 1, len(line))
    half = np.interp(spread, np.arange(len(widths)), widths)[:, None]
    return np.concatenate([line + normal * half, (line - normal * half)[::-1]])


class Region:
    """A hard mask (0 or 1) on a part of a canvas, to clip shadows and highlights with."""

    def __init__(self, x: int, y: int, mask: np.ndarray):
        self.x, self.y, self.mask = x, y, mask

    def within(self, other: "Region", dx: int = 0, dy: int = 0) -> "Region":
        """The part of this region that the other, moved by (dx, dy) canvas pixels, covers."""
        ours, theirs = self._overlap(other, dx, dy)
        rows, columns = ours
        x, y = self.x + columns.start, self.y + rows.start
        return Region(x, y, self.mask[ours] & other.mask[theirs])

    def without(self, other: "Region", dx: int = 0, dy: int = 0) -> "Region":
        """The part of this region that the other, moved by (dx, dy) canvas pixels, leaves."""
        ours, theirs = self._overlap(other, dx, dy)
        mask = self.mask.copy()
        mask[ours] &= ~other.mask[theirs]
        return Region(self.x, self.y, mask)

    def _overlap(self, other: "Region", dx: int, dy: int) -> tuple[Window, Window]:
        """Where in this mask and in that of the other, moved, both are; perhaps nowhere."""
        x, y = other.x + dx - self.x, other.y + dy - self.y
        height, width = self.mask.shape
        left, top = min(max(x, 0), width), min(max(y, 0), height)
        right = max(min(x + other.mask.shape[1], width), left)
        bottom = max(min(y + other.mask.shape[0], height), top)
        theirs = slice(top - y, bottom - y), slice(left - x, right - x)
        return (slice(top, bottom), slice(left, right)), theirs


class Sprite(NamedTuple):
    """Premultiplied colour, what it lets through (255 - alpha, three channels) and the anchor.

    The anchor is the point of the sprite, in its own pixels, that `paste` puts in its place.
    """

    colour: np.ndarray
    through: np.ndarray
    anchor: tuple[int, int]

    def tinted(self, colour: Colour, amount: float) -> "Sprite":
        """The sprite with this amount (0-1) of a colour mixed into all of it."""
        flat = cv2.multiply(255 - self.through, np.array([*colour, 0]), scale=1 / 255)
        mixed = cv2.addWeighted(self.colour, 1 - amount, flat, amount, 0)
        return self._replace(colour=mixed)

    def rimmed(self, colour: Colour, reach: int) -> "Sprite":
        """The sprite with its upper edges, `reach` pixels wide, lit from behind by a colour."""
        solid = 255 - self.through[:, :, 0]
        moved = np.zeros_like(solid)
        moved[reach:] = solid[:-reach]
        inner = cv2.erode(moved, np.ones((1, 2 * reach + 1), np.uint8))
        edge = cv2.blur(cv2.subtract(solid, inner), (reach, reach))
        edge = cv2.merge([cv2.min(edge, solid)] * 3)
        light = cv2.multiply(edge, np.array([*colour, 0]), scale=1 / 255)
        return self._replace(colour=cv2.min(cv2.add(self.colour, light), 255 - self.through))


class Pen:
    """Draws a figure's units onto a supersampled transparent canvas of width x height pixels.

    `origin` is where the figure's (0, 0) lies, `unit` how many pixels its 1.0 measures, `light`
    the direction the light comes from (screen x, y). With `flip` the figure faces the other way.
    """

    def __init__(self, size, origin, unit, light=(-1.0, -1.0), flip=False):
        width, height = size
        self.image = np.zeros((height * _SUPERSAMPLE, width * _SUPERSAMPLE, 4), np.uint8)
        self.origin, self.unit, self.light = np.array(origin, np.float64), unit, light
        self.direction = np.array((-1.0 if flip else 1.0, 1.0))
        # Ink keeps some weight in wide shots and does not swell in close-ups.
        self.weight = 0.9 + unit / 110

    def _pixels(self, path: Path) -> np.ndarray:
        outline = path if isinstance(path, np.ndarray) else curve(path)
        placed = outline * (self.direction * self.unit) + self.origin
        return (placed * _SUPERSAMPLE * 2**_SHIFT).round().astype(np.int32)

    def fill(self, path: Path, colour: Colour) -> None:
        """A flat shape; a Path is smoothed and closed, an array is taken as it is."""
        cv2.fillPoly(self.image, [self._pixels(path)], (*colour, 255), cv2.LINE_AA, _SHIFT)

    def shape(self, path: Path, paint: Tone, shade: float = 0.0, ink: float = 1.0) -> Region:
        """An inked cel shape, in shadow for `shade` units on the side away from the light."""
        outline = path if isinstance(path, np.ndarray) else curve(path)
        pixels = self._pixels(outline)
        if ink:
            thick = max(1, round(2 * ink * self.weight * _SUPERSAMPLE * 0.62))
            cv2.polylines(
                self.image, [pixels], True, (*paint.line, 255), thick, cv2.LINE_AA, _SHIFT
            )
            # The fill slides a little to the light: the line swells on the side in shadow.
            slide = 0.22 * self.weight * _SUPERSAMPLE * 2**_SHIFT
            pixels = pixels + (np.array(self.light) * slide * ink).astype(np.int32)
        cv2.fillPoly(self.image, [pixels], (*paint.light, 255), cv2.LINE_AA, _SHIFT)
        region = self.region(outline)
        if shade:
            reach = shade * self.unit * _SUPERSAMPLE
            dx, dy = (round(reach * d) for d in self.light)
            self.paint(region.without(region, dx, dy), paint.shade)
        return region

    def line(self, path: Path, width: float, colour: Colour, taper=(0.0, 1.0, 0.9, 0.0)) -> None:
        """An open ink line; `width` is in units of the ink's weight, `taper` runs along it."""
        half = [max(w, 0.08) * width * self.weight * 0.6 / self.unit for w in taper]
        self.fill(ribbon(path, half), colour)

    def region(self, path: Path) -> Region:
        """The shape as a mask."""
        pixels = self._pixels(path)
        height, width = self.image.shape[:2]
        low = (pixels.min(axis=0) >> _SHIFT).clip(0, (width - 1, height - 1))
        high = ((pixels.max(axis=0) >> _SHIFT) + 2).clip(low + 1, (width, height))
        mask = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
        cv2.fillPoly(mask, [pixels - (low << _SHIFT).astype(np.int32)], 1, cv2.LINE_8, _SHIFT)
        return Region(int(low[0]), int(low[1]), mask)

    def paint(self, region: Region, colour: Colour, amount: float = 1.0) -> None:
        """Flat colour over what is already drawn in the region, `amount` of it."""
        height, width = region.mask.shape
        if not region.mask.size:
            return
        window = np.s_[region.y : region.y + height, region.x : region.x + width]
        if amount < 1:
            part = self.image[window]
            flat = np.full_like(part, (*colour, 255))
            cv2.copyTo(cv2.addWeighted(flat, amount, part, 1 - amount, 0), region.mask, part)
            return
        # A pixel is one number of 32 bits: much faster than its four bytes.
        pixel = np.array([*colour, 255]).astype(np.uint8).view(np.uint32)
        np.copyto(self.image.view(np.uint32)[..., 0][window], pixel, where=region.mask.view(bool))

    def blend(self, region: Region, top: Colour, bottom: Colour) -> None:
        """A vertical gradient over the region."""
        height, width = region.mask.shape
        ramp = np.linspace((*top, 255), (*bottom, 255), height).round().astype(np.uint8)
        paint = np.repeat(ramp[:, None], width, axis=1)
        cv2.copyTo(
            paint,
            region.mask,
            self.image[region.y : region.y + height, region.x : region.x + width],
        )

    def reach(self, units: float) -> int:
        """A length in canvas pixels, to move regions by."""
        return round(units * self.unit * _SUPERSAMPLE)

    def sprite(self, anchor: tuple[float, float]) -> Sprite:
        """What was drawn, reduced to screen pixels and cut to its bounds."""
        x, y, width, height = cv2.boundingRect(self.image[:, :, 3])
        x, y = x // _SUPERSAMPLE, y // _SUPERSAMPLE
        width, height = width // _SUPERSAMPLE + 1, height // _SUPERSAMPLE + 1
        cut = self.image[
            y * _SUPERSAMPLE : (y + height) * _SUPERSAMPLE,
            x * _SUPERSAMPLE : (x + width) * _SUPERSAMPLE,
        ]
        size = (cut.shape[1] // _SUPERSAMPLE, cut.shape[0] // _SUPERSAMPLE)
        rgba = cv2.resize(cut, size, interpolation=cv2.INTER_AREA)
        through = cv2.cvtColor(255 - rgba[:, :, 3], cv2.COLOR_GRAY2RGB)
        corner = (round(anchor[0]) - x, round(anchor[1]) - y)
        return Sprite(np.ascontiguousarray(rgba[:, :, :3]), through, corner)


def paste(picture: np.ndarray, sprite: Sprite, x: int, y: int) -> None:
    """Draw a sprite over the picture, in place, its anchor at (x, y)."""
    height, width = sprite.colour.shape[:2]
    x, y = x - sprite.anchor[0], y - sprite.anchor[1]
    left, top = max(x, 0), max(y, 0)
    right, bottom = min(x + width, picture.shape[1]), min(y + height, picture.shape[0])
    if right <= left or bottom <= top:
        return
    source = np.s_[top - y : bottom - y, left - x : right - x]
    part = picture[top:bottom, left:right]
    dimmed = cv2.multiply(part, sprite.through[source], scale=1 / 255)
    part[:] = cv2.add(dimmed, sprite.colour[source])
