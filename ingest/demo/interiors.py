"""An empty painting comes in; a room, with what is seen from its windows, is on it afterwards."""

import cv2
import numpy as np

from ingest.demo.canvas import Colour, mix
from ingest.demo.scenery import Painting
from ingest.demo.town import SIGNS


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
    _window_wall(p, left, top, bottom)
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
    if "sunny" in p.light.tags or "sunset" in p.light.tags:
        _sunlight(p, left)
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
    """The wall to the left in perspective, all glass."""
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


def _sunlight(p: Painting, left: float) -> None:
    """The light that the windows throw on the floor."""
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
            book = p.tone(SIGNS[p.rng.integers(len(SIGNS))], 0.1)
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
