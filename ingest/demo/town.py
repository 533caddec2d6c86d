"""An empty painting comes in; a place in the town is on it afterwards: a street, a classroom."""

from itertools import pairwise

import cv2
import numpy as np

from ingest.demo.canvas import Colour, mix
from ingest.demo.countryside import water
from ingest.demo.scenery import Painting

SNOW: Colour = (240, 244, 252)
_WALLS: tuple[Colour, ...] = (
    (196, 178, 160),
    (150, 160, 182),
    (206, 200, 190),
    (168, 130, 116),
    (128, 146, 150),
)
_FAR: tuple[Colour, ...] = ((140, 146, 166), (164, 160, 172), (176, 168, 166), (126, 140, 168))
SIGNS: tuple[Colour, ...] = ((226, 74, 66), (250, 190, 60), (64, 150, 200), (92, 180, 120))


def city(p: Painting) -> None:
    """The town from above: row behind row of houses, a red tower among them."""
    p.sky(p.height * 0.62)
    p.box(0, p.height * 0.62, p.width, p.height, p.tone((86, 92, 124), 0.35))
    p.ridge(p.height * 0.62, p.height * 0.07, (70, 100, 130), 0.75)
    p.houses(p.height * 0.68, p.height * 0.06, p.height * 0.2, 0.66, _FAR)
    _tower(p, p.width * 0.62, p.height * 0.7, p.height * 0.5)
    p.houses(p.height * 0.8, p.height * 0.1, p.height * 0.27, 0.46, _FAR)
    p.houses(p.height * 0.93, p.height * 0.1, p.height * 0.3, 0.24, _WALLS)
    p.houses(p.height * 1.1, p.height * 0.12, p.height * 0.32, 0.05, _WALLS)


def _tower(p: Painting, x: float, foot: float, tall: float) -> None:
    red = p.tone((232, 84, 62), 0.3)
    white = p.tone((244, 240, 236), 0.3)
    steps = 9
    for step in range(steps):
        low, high = (1 - step / steps) ** 1.8, (1 - (step + 1) / steps) ** 1.8
        y0, y1 = foot - tall * step / steps, foot - tall * (step + 1) / steps
        wide, narrow = tall * 0.17 * low + 2, tall * 0.17 * high + 2
        colour = white if step in (3, 6) else red
        for side in (-1, 1):
            p.line([(x + side * wide, y0), (x + side * narrow, y1)], colour, 4)
            p.line([(x + side * wide, y0), (x - side * narrow, y1)], colour, 1)
        p.line([(x - narrow, y1), (x + narrow, y1)], colour, 2)
    p.box(x - tall * 0.05, foot - tall * 0.47, x + tall * 0.05, foot - tall * 0.43, white)
    if p.light.dark:
        p.glow(x, foot - tall * 0.4, tall * 0.5, (255, 140, 70), 0.4)


def street(p: Painting) -> None:
    """Shops on both sides of a road that runs to the horizon; wires overhead."""
    horizon = p.height * 0.5
    middle = p.width * 0.5 + p.rng.uniform(-0.06, 0.06) * p.height
    p.sky(horizon)
    p.houses(horizon + 6, p.height * 0.05, p.height * 0.16, 0.62)
    far = p.tone((150, 150, 158), 0.5)
    road: Colour = SNOW if p.light.snowy else (112, 114, 126)
    corners = [(0.0, horizon), (p.width, horizon), (p.width, p.height), (0.0, p.height)]
    p.shade(corners, (0, far), (0.15, p.tone(road, 0.3)), (1, p.tone(road)))
    for side in (-1, 1):
        depths = np.geomspace(9.0, 0.42, 10)
        for back, front in pairwise(depths):
            _shop(p, middle, horizon, side, back, front)
    if not p.light.snowy:
        for depth in np.geomspace(7, 0.8, 9):
            near = depth * 0.82
            y0, y1 = horizon + p.height * 0.34 / depth, horizon + p.height * 0.34 / near
            w0, w1 = p.height * 0.012 / depth, p.height * 0.012 / near
            points = [(middle - w0, y0), (middle + w0, y0), (middle + w1, y1), (middle - w1, y1)]
            p.fill(points, p.tone((226, 224, 216), min(0.6, depth / 12)))
    for side in (-1, 1):
        _poles(p, middle, horizon, side)
    if p.light.wet:
        _reflect(p, horizon + p.height * 0.02, 0.5)


def _shop(p: Painting, middle: float, horizon: float, side: int, back: float, front: float) -> None:
    far_x, near_x = (middle + side * p.height * 0.46 / z for z in (back, front))
    far_foot, near_foot = (horizon + p.height * 0.2 / z for z in (back, front))
    tall = p.rng.uniform(0.45, 0.85)
    depth = float(np.clip((back - 1) / 10, 0, 0.7))
    wall = p.tone(_WALLS[p.rng.integers(len(_WALLS))], depth)
    if side > 0:
        wall = mix(wall, p.tone((40, 44, 80), depth), 0.28)

    def at(along: float, up: float) -> tuple[float, float]:
        """A point of the front: along from back to front, up from the pavement to the roof."""
        z = 1 / ((1 - along) / back + along / front)
        return middle + side * p.height * 0.46 / z, horizon + p.height * (0.2 - up * tall) / z

    def panel(a: float, b: float, low: float, high: float, colour: Colour) -> None:
        p.fill([at(a, high), at(b, high), at(b, low), at(a, low)], colour)

    corners = [at(0, 1), at(1, 1), (near_x, near_foot), (far_x, far_foot)]
    p.shade(corners, (0, wall), (1, mix(wall, p.light.haze, 0.2)))
    pane, frame = p.tone((62, 84, 118), depth), mix(wall, p.tone((255, 252, 240), depth), 0.45)
    gleam = mix(pane, p.tone((168, 206, 232), depth), 0.6)
    panel(0.0, 1.0, 0.94, 1.0, frame)
    for low in (0.36, 0.56, 0.76):
        panel(0.0, 1.0, low - 0.045, low - 0.03, mix(wall, p.tone((40, 40, 70), depth), 0.3))
        for a in (0.1, 0.4, 0.7):
            lit = p.rng.random() < p.light.lamps
            panel(a - 0.02, a + 0.22, low - 0.02, low + 0.13, frame)
            panel(a, a + 0.2, low, low + 0.11, (255, 214, 140) if lit else pane)
            if not lit:
                p.fill([at(a, low + 0.11), at(a + 0.13, low + 0.11), at(a, low + 0.03)], gleam)
            panel(a + 0.09, a + 0.11, low, low + 0.11, frame)
    open_late = p.light.lamps > 0 and p.rng.random() < 0.25 + p.light.lamps
    panel(0.08, 0.92, 0.03, 0.2, mix((255, 222, 150), wall, 0.15) if open_late else pane)
    sign = SIGNS[p.rng.integers(len(SIGNS))]
    panel(0.42, 0.6, 0.0, 0.17, mix(pane, (0, 0, 0), 0.2) if not open_late else (255, 236, 190))
    panel(0.43, 0.44, 0.0, 0.17, frame)
    paint = mix(sign, wall, 0.1) if open_late else p.tone(sign, depth)
    panel(0.05, 0.95, 0.22, 0.29, paint)
    for stripe in range(8):  # the awning
        a = 0.06 + 0.11 * stripe
        panel(a, a + 0.11, 0.175, 0.22, frame if stripe % 2 else mix(paint, (0, 0, 0), 0.12))
    if p.rng.random() < 0.5:  # a sign on edge
        inward = -side * p.height * 0.03 / front
        x0, y0 = at(0.97, 0.8)
        x1, y1 = at(0.97, 0.4)
        p.fill([(x0, y0), (x0 + inward, y0), (x1 + inward, y1), (x1, y1)], frame)
        edge = (y1 - y0) * 0.06
        board = [(x0, y0 + edge), (x0 + inward * 0.85, y0 + edge)]
        p.fill([*board, (x1 + inward * 0.85, y1 - edge), (x1, y1 - edge)], paint)
    if p.light.snowy:
        panel(0.0, 1.0, 0.97, 1.03, p.tone(SNOW, depth))
        panel(0.05, 0.95, 0.285, 0.305, p.tone(SNOW, depth))
    if open_late and p.light.dark:
        x, y = at(0.5, 0.12)
        p.glow(x, y, p.height * 0.32 / back, (255, 190, 100), 0.35)
    kerb = [(near_x, near_foot), (far_x, far_foot)]
    inner = [
        (middle + side * p.height * 0.33 / z, horizon + p.height * 0.215 / z) for z in (back, front)
    ]
    p.fill([*kerb, *inner], p.tone(SNOW if p.light.snowy else (176, 172, 168), depth))


def _poles(p: Painting, middle: float, horizon: float, side: int) -> None:
    tops = []
    for z in (5.0, 2.6, 1.35):
        x, foot = middle + side * p.height * 0.36 / z, horizon + p.height * 0.21 / z
        top = horizon - p.height * 0.62 / z
        colour = p.tone((96, 92, 100), min(0.6, z / 9))
        p.line([(x, top), (x, foot)], colour, p.height * 0.016 / z)
        p.line([(x - 34 / z, top + 26 / z), (x + 34 / z, top + 26 / z)], colour, 7 / z)
        tops.append((x, top + 26 / z))
        if p.light.dark and side > 0:
            p.glow(x - 30 / z, top + 60 / z, p.height * 0.3 / z, (255, 214, 150), 0.6)
    tops.append((middle + side * p.height * 1.2, horizon - p.height * 1.5))
    for (x0, y0), (x1, y1) in pairwise(tops):
        for shift in (-10, 0, 10):
            share = np.linspace(0, 1, 14)
            sag = share * (1 - share) * abs(x1 - x0) * 0.3
            xs, ys = x0 + (x1 - x0) * share + shift * share, y0 + (y1 - y0) * share + sag
            p.line([*zip(xs, ys, strict=True)], p.tone((60, 60, 74), 0.2), 1)


def _reflect(p: Painting, top: float, strength: float) -> None:
    start = round(top)
    rows = p.height - start
    mirrored = cv2.flip(p.pixels[max(start - rows, 0) : start], 0)[:rows]
    mirrored = cv2.GaussianBlur(mirrored, (0, 0), sigmaX=5, sigmaY=16)
    ground = p.pixels[start : start + len(mirrored)]
    ground[:] = cv2.addWeighted(ground, 1 - strength, mirrored, strength, 0)


def rooftop(p: Painting) -> None:
    """The school's roof: tiles, a high fence, the town behind it."""
    edge = p.height * 0.74
    p.sky(edge)
    p.houses(edge, p.height * 0.05, p.height * 0.17, 0.6)
    p.houses(edge + 8, p.height * 0.03, p.height * 0.1, 0.42)
    wire = p.tone((196, 210, 214) if not p.light.dark else (150, 160, 190), 0.15)
    mesh = np.zeros((p.height, p.width), np.uint8)
    for left in range(-p.height, p.width, round(p.height * 0.036)):
        for lean in (0.34, -0.34):
            start = (left + (0 if lean > 0 else round(0.34 * p.height)), round(p.height * 0.4))
            end = (round(start[0] + lean * p.height), round(edge))
            cv2.line(mesh, start, end, 120, 1, cv2.LINE_AA)
    p.blend(mesh, wire)
    p.line([(0, p.height * 0.4), (p.width, p.height * 0.4)], wire, 6)
    p.line([(0, edge - 8), (p.width, edge - 8)], wire, 5)
    for x in np.arange(0.12, p.width / p.height, 0.42):
        p.line([(x * p.height, p.height * 0.38), (x * p.height, edge + 6)], wire, 8)
    stone: Colour = SNOW if p.light.snowy else (176, 172, 166)
    p.box(0, edge, p.width, edge + p.height * 0.03, p.tone(mix(stone, (90, 90, 100), 0.3)))
    floor = edge + p.height * 0.03
    corners = [(0.0, floor), (p.width, floor), (p.width, p.height), (0.0, p.height)]
    p.shade(corners, (0, p.tone(stone, 0.3)), (1, p.tone(stone)))
    if not p.light.snowy:
        seam = p.tone((136, 132, 130))
        for x in np.arange(-2.0, 4.2, 0.2):
            near = (x - 0.9) * 2.4 + 0.9
            p.line([(x * p.height, floor), (near * p.height, p.height)], seam, 1)
        for step in (0.08, 0.22, 0.46, 0.8):
            y = floor + (p.height - floor) * step
            p.line([(0, y), (p.width, y)], seam, 1)
    if p.light.wet:
        _reflect(p, floor, 0.35)


def bridge(p: Painting) -> None:
    """A red arched bridge: its railing in front, the river and the town behind."""
    horizon = p.height * 0.5
    p.sky(horizon)
    p.houses(horizon + 4, p.height * 0.06, p.height * 0.2, 0.6)
    p.houses(horizon + 10, p.height * 0.03, p.height * 0.09, 0.42)
    water(p, horizon + 8, p.height * 0.84, (52, 112, 146))
    _reflect(p, horizon + 8, 0.3)
    red = p.tone((206, 76, 66))
    dark = mix(red, p.tone((40, 20, 50)), 0.45)
    span, deck = p.height * 2.2, p.height * 0.86
    xs = np.linspace(0, p.width, 240)
    arch = p.height * 0.08 + np.abs((xs / span + 0.1) % 1 - 0.5) ** 2 * p.height * 3.3
    p.line([*zip(xs, arch + p.height * 0.03, strict=True)], dark, p.height * 0.028)
    p.line([*zip(xs, arch, strict=True)], red, p.height * 0.035)
    for x in np.arange(0.1, p.width / p.height, 0.2):
        top = min(np.interp(x * p.height, xs, arch), deck)
        p.line([(x * p.height, top), (x * p.height, deck)], dark, 4)
    for x in np.arange(0, p.width, p.height * 0.05):
        p.line([(x, p.height * 0.66), (x, deck)], dark, 3)
    for y, width in ((0.655, 13), (0.76, 5)):
        p.line([(0, p.height * y), (p.width, p.height * y)], red, width * p.height / 720)
    if p.light.snowy:
        p.line([(0, p.height * 0.645), (p.width, p.height * 0.645)], p.tone(SNOW), 7)
    stone: Colour = SNOW if p.light.snowy else (150, 146, 146)
    corners = [(0.0, deck), (p.width, deck), (p.width, p.height), (0.0, p.height)]
    p.shade(
        corners,
        (0, p.tone(mix(stone, (60, 60, 80), 0.3))),
        (0.25, p.tone(stone)),
        (1, p.tone(stone)),
    )
    if p.light.wet:
        _reflect(p, deck + 4, 0.4)
