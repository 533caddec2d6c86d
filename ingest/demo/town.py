"""An empty painting comes in; a place in the town is on it afterwards: a street, a classroom."""

import cv2
import numpy as np

from ingest.demo.countryside import water
from ingest.demo.scenery import Colour, Painting, mix

SNOW: Colour = (240, 244, 252)
_WALLS: tuple[Colour, ...] = (
    (196, 178, 160),
    (150, 160, 182),
    (206, 200, 190),
    (168, 130, 116),
    (128, 146, 150),
)
_SIGNS: tuple[Colour, ...] = ((226, 74, 66), (250, 190, 60), (64, 150, 200), (92, 180, 120))


def city(p: Painting) -> None:
    """The town from above: row behind row of houses, a red tower among them."""
    p.sky(p.height * 0.62)
    p.ridge(p.height * 0.62, p.height * 0.07, (70, 100, 130), 0.75)
    p.houses(p.height * 0.68, p.height * 0.06, p.height * 0.2, 0.66)
    _tower(p, p.width * 0.62, p.height * 0.7, p.height * 0.5)
    p.houses(p.height * 0.8, p.height * 0.1, p.height * 0.27, 0.46, (140, 144, 160))
    p.houses(p.height * 0.93, p.height * 0.1, p.height * 0.3, 0.24, (150, 142, 146))
    p.houses(p.height * 1.1, p.height * 0.12, p.height * 0.32, 0.05, (132, 128, 140))


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
        for back, front in zip(depths[:-1], depths[1:], strict=True):
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
    pane = p.tone((62, 84, 118), depth)
    for low in (0.36, 0.56, 0.76):
        for a in (0.1, 0.4, 0.7):
            lit = p.rng.random() < p.light.lamps
            panel(a, a + 0.2, low, low + 0.11, (255, 214, 140) if lit else pane)
    open_late = p.light.lamps > 0 and p.rng.random() < 0.25 + p.light.lamps
    panel(0.08, 0.92, 0.03, 0.2, mix((255, 222, 150), wall, 0.15) if open_late else pane)
    sign = _SIGNS[p.rng.integers(len(_SIGNS))]
    panel(0.05, 0.95, 0.22, 0.29, mix(sign, wall, 0.1) if open_late else p.tone(sign, depth))
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
    for (x0, y0), (x1, y1) in zip(tops[:-1], tops[1:], strict=True):
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
    for x in range(-p.height, p.width, round(p.height * 0.036)):
        for lean in (0.34, -0.34):
            start = (x + (0 if lean > 0 else round(0.34 * p.height)), round(p.height * 0.4))
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
    span, deck = p.height * 1.6, p.height * 0.86
    xs = np.linspace(0, p.width, 120)
    arch = p.height * 0.1 + np.abs((xs / span) % 1 - 0.5) ** 2 * p.height * 1.5
    p.line([*zip(xs, arch + p.height * 0.03, strict=True)], dark, p.height * 0.028)
    p.line([*zip(xs, arch, strict=True)], red, p.height * 0.035)
    for x in np.arange(0.1, p.width / p.height, 0.2):
        top = np.interp(x * p.height, xs, arch)
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


def _outside(p: Painting, left: float, top: float, right: float, bottom: float) -> None:
    """The view from a window: the sky and a few crowns of trees."""
    width, height = round(right - left), round(bottom - top)
    view = Painting(width, height, p.light, seed=int(p.rng.integers(1 << 30)))
    view.sky(height * 0.95)
    view.houses(height, height * 0.08, height * 0.25, 0.6)
    crown: Colour = (236, 240, 248) if p.light.snowy else (86, 152, 84)
    for x in np.arange(0, width, height * 0.3):
        view.foliage(x, height * view.rng.uniform(0.92, 1.05), height * 0.24, crown, 0.3)
    p.pixels[round(top) : round(top) + height, round(left) : round(left) + width] = view.pixels


def _desk(p: Painting, x: float, y: float, size: float) -> None:
    wood, edge = p.tone((214, 166, 108)), p.tone((140, 98, 66))
    steel = p.tone((104, 110, 122))
    for side in (-0.42, 0.42):
        p.line(
            [(x + side * size, y), (x + side * size * 1.05, y + size * 0.62)], steel, size * 0.03
        )
    p.box(x - size * 0.42, y, x + size * 0.42, y + size * 0.17, p.tone((120, 106, 104)))
    top = [(x - 0.44, -0.16), (x + 0.44, -0.16), (x + 0.5, 0.0), (x - 0.5, 0.0)]
    p.fill([(x + (a - x) * size, y + b * size) for a, b in top], wood)
    p.box(x - size * 0.5, y, x + size * 0.5, y + size * 0.035, edge)


def windows(p: Painting) -> None:
    """The side of the classroom: tall windows, curtains, a row of desks before them."""
    wall = p.tone((232, 222, 204))
    p.pixels[:] = wall
    top, sill = p.height * 0.1, p.height * 0.64
    _outside(p, 0, top, p.width, sill)
    frame = p.tone((214, 214, 212))
    for x in np.arange(0.06, p.width / p.height + 0.3, 0.36):
        p.box(x * p.height - 6, top, x * p.height + 6, sill, frame)
    p.box(0, p.height * 0.28, p.width, p.height * 0.295, frame)
    for x in np.arange(0.06, p.width / p.height + 0.3, 1.08):
        for fold in range(5):
            left = (x - 0.1 + fold * 0.045) * p.height
            tone = p.tone(mix((250, 244, 226), (190, 190, 206), 0.5 * (fold % 2)))
            p.fill(
                [(left, top - 8), (left + 34, top - 8), (left + 40, sill + 40), (left, sill + 40)],
                tone,
            )
    p.box(0, 0, p.width, top, mix(wall, p.tone((120, 120, 140)), 0.35))
    p.box(0, sill, p.width, sill + p.height * 0.025, p.tone((186, 150, 112)))
    corners = [(0.0, sill + 18), (p.width, sill + 18), (p.width, p.height), (0.0, p.height)]
    p.shade(
        corners,
        (0, mix(wall, p.tone((90, 80, 90)), 0.35)),
        (1, mix(wall, p.tone((90, 70, 70)), 0.6)),
    )
    for x in np.arange(0.2, p.width / p.height, 0.5):
        _desk(p, x * p.height, p.height * 0.86, p.height * 0.36)


def classroom(p: Painting) -> None:
    """The classroom from behind: the blackboard, rows of desks, light from the windows."""
    back = (p.width * 0.3, p.height * 0.24, p.width * 0.84, p.height * 0.6)
    left, top, right, bottom = back
    wall = p.tone((236, 226, 206))
    p.fill(
        [(0, 0), (p.width, 0), (right, top), (left, top)], mix(wall, p.tone((130, 130, 150)), 0.25)
    )
    p.fill(
        [(right, top), (p.width, 0), (p.width, p.height), (right, bottom)],
        mix(wall, p.tone((110, 90, 100)), 0.35),
    )
    floor = p.tone((196, 148, 98))
    corners = [(left, bottom), (right, bottom), (p.width, p.height), (0.0, p.height)]
    p.shade(corners, (0, mix(floor, p.light.haze, 0.3)), (1, mix(floor, p.tone((80, 50, 50)), 0.3)))
    p.box(left, top, right, bottom, mix(wall, p.tone((150, 140, 140)), 0.15))
    board = (
        left + 0.08 * (right - left),
        top + 0.16 * (bottom - top),
        right - 0.1 * (right - left),
        top + 0.72 * (bottom - top),
    )
    p.box(*board, p.tone((156, 116, 76)))
    p.box(board[0] + 7, board[1] + 7, board[2] - 7, board[3] - 7, p.tone((46, 100, 82)))
    for line in range(3):
        y = board[1] + (line + 1) * (board[3] - board[1]) / 4
        end = board[0] + (0.4 + 0.15 * line) * (board[2] - board[0])
        p.line([(board[0] + 30, y), (end, y + 3)], p.tone((176, 200, 190)), 2)
    _window_wall(p, left, top, bottom)
    for lamp in (0.35, 0.62):
        y = top * (1 - lamp) * 0.9
        p.fill(
            [
                (p.width * 0.42, y),
                (p.width * 0.72, y),
                (p.width * 0.73, y + 9),
                (p.width * 0.41, y + 9),
            ],
            p.tone((250, 250, 240)),
        )
    for row, y in enumerate((0.62, 0.69, 0.79, 0.94)):
        size = p.height * (0.11, 0.16, 0.24, 0.36)[row]
        for column in range(-3, 4):
            _desk(p, p.width * 0.56 + column * size * 1.5, p.height * y, size)


def _window_wall(p: Painting, left: float, top: float, bottom: float) -> None:
    """The wall to the left in perspective, all glass, and the light that falls through it."""
    _outside(p, 0, 0, left, p.height * 0.78)
    wall = p.tone((206, 196, 182))
    p.fill([(0, 0), (left, top), (left, top + 12), (0, p.height * 0.04)], wall)
    low_far, low_near = top + 0.62 * (bottom - top), p.height * 0.72
    p.fill(
        [(0, low_near), (left, low_far), (left, bottom), (0, p.height)],
        mix(wall, p.tone((80, 70, 90)), 0.3),
    )
    frame = p.tone((226, 224, 220))
    for share in (0.0, 0.34, 0.58, 0.76, 0.9, 1.0):
        x = left * share
        y0, y1 = top * share, low_near + (low_far - low_near) * share
        p.line([(x, y0), (x, y1)], frame, 13 - 8 * share)
    p.line([(0, low_near), (left, low_far)], frame, 8)
    p.line([(0, p.height * 0.2), (left, top + (bottom - top) * 0.14)], frame, 5)
    if "sunny" in p.light.tags or "sunset" in p.light.tags:
        patches = np.zeros((p.height, p.width), np.uint8)
        for step in range(4):
            x, y = left * (0.5 + 0.5 * step), p.height * (0.97 - 0.1 * step)
            corners = [(x, y), (x + 130, y - 40), (x + 300, y + 20), (x + 130, y + 80)]
            cv2.fillPoly(patches, [np.array(corners, np.int32)], 120)
        p.blend(cv2.GaussianBlur(patches, (0, 0), 7), mix(p.light.sky[2], (255, 250, 220), 0.4))


def room(p: Painting) -> None:
    """A bedroom: the window with its curtains, a shelf, a bed under a patch of light."""
    wall = p.tone((176, 170, 190))
    p.pixels[:] = wall
    corners = [(0.0, 0.0), (p.width, 0.0), (p.width, p.height), (0.0, p.height)]
    p.shade(corners, (0, mix(wall, (0, 0, 0), 0.25)), (1, wall))
    left, top, right, bottom = p.height * 0.85, p.height * 0.1, p.height * 1.45, p.height * 0.58
    _outside(p, left, top, right, bottom)
    frame = p.tone((220, 214, 206))
    for x in (left, (left + right) / 2, right):
        p.line([(x, top), (x, bottom)], frame, 9)
    for y in (top, bottom):
        p.line([(left - 8, y), (right + 8, y)], frame, 9)
    cloth = p.tone((120, 140, 190))
    for start, end in ((left - 110, left + 16), (right - 16, right + 110)):
        p.fill(
            [(start, top - 24), (end, top - 24), (end - 12, bottom + 60), (start, bottom + 60)],
            cloth,
        )
        for fold in np.linspace(start + 14, end - 14, 5):
            p.line([(fold, top - 20), (fold, bottom + 56)], mix(cloth, (0, 0, 0), 0.25), 3)
    for shelf in (0.2, 0.36, 0.52):
        y = p.height * shelf
        for x in np.arange(0.08, 0.5, 0.032):
            tall = p.height * p.rng.uniform(0.07, 0.12)
            book = p.tone(_SIGNS[p.rng.integers(len(_SIGNS))], 0.1)
            p.box(x * p.height, y - tall, (x + 0.026) * p.height, y, book)
        p.box(p.height * 0.06, y, p.height * 0.54, y + 8, p.tone((150, 108, 80)))
    p.box(0, p.height * 0.72, p.width, p.height, p.tone((150, 112, 86)))
    quilt = p.tone((226, 224, 236))
    outline = [
        (p.height * 0.62, p.height * 0.78),
        (p.width, p.height * 0.7),
        (p.width, p.height),
        (p.height * 0.5, p.height),
    ]
    p.shade(outline, (0, quilt), (1, mix(quilt, p.tone((70, 80, 130)), 0.5)))
    p.glow(p.height * 1.1, p.height * 0.86, p.height * 0.6, p.light.sky[2], 0.14)
