"""An empty painting comes in; the sky, a beach, a hill or a forest is on it afterwards."""

import cv2
import numpy as np

from ingest.demo.canvas import Colour, mix
from ingest.demo.scenery import Painting


def sky(p: Painting) -> None:
    """Nothing but clouds, and the roofs of a town far below."""
    p.sky(p.height * 0.95)
    p.cloud(p.width * 0.7, p.height * 0.93, p.height * 0.5)
    p.ridge(p.height * 0.98, p.height * 0.05, (70, 110, 120), 0.7)
    p.houses(p.height * 1.01, p.height * 0.02, p.height * 0.07, 0.5)


def water(p: Painting, top: float, bottom: float, near: Colour) -> None:
    """Water between two heights, the sky in it at the horizon, with glints of light."""
    far = mix(p.light.sky[2], p.tone(near, 0.3), 0.45)
    corners = [(0.0, top), (p.width, top), (p.width, bottom), (0.0, bottom)]
    p.shade(corners, (0, far), (0.3, p.tone(near, 0.25)), (1, p.tone(near)))
    glint = mix(p.light.sky[2], (255, 255, 255), 0.0 if p.light.dark else 0.55)
    middle = p.light.disc[0] * p.height if p.light.disc else p.width * 0.6
    for _ in range(320):
        share = p.rng.random() ** 1.7
        y = top + 2 + (bottom - top - 4) * share
        spread = p.width * 0.7 if not p.light.disc else p.height * (0.1 + 0.22 * share)
        x = middle + p.rng.normal(0, 1) * spread
        length = (4 + 40 * share) * p.rng.uniform(0.4, 1.3) * p.height / 720
        p.line([(x - length, y), (x + length, y)], mix(far, glint, 0.75), 1 + 2 * share)


def beach(p: Painting) -> None:
    """Sea to the horizon, a headland, foam running up the sand."""
    horizon, shore = p.height * 0.46, p.height * 0.7
    p.sky(horizon)
    headland = np.linspace(0, 1, 30)
    rise = (1 - headland) ** 0.7 * (0.13 + 0.02 * np.sin(headland * 19 + p.rng.uniform(0, 6)))
    edge = p.height * 0.75 * headland
    outline = [*zip(edge, horizon - rise * p.height, strict=True), (0.0, horizon)]
    green = p.tone((78, 128, 98), 0.42)
    p.shade(outline, (0, green), (1, mix(green, p.light.haze, 0.5)))
    water(p, horizon, p.height * 0.8, (18, 128, 176))
    xs = np.linspace(0, p.width, 90)
    sand: Colour = (238, 240, 246) if p.light.snowy else (240, 216, 168)
    for lift, colour in (
        (0.0, mix(p.tone((126, 208, 214)), p.light.haze, 0.2)),
        (0.035, p.tone((246, 252, 255))),
        (0.05, p.tone(mix(sand, (120, 100, 90), 0.42))),
        (0.085, p.tone(sand)),
    ):
        wave = np.sin(xs / p.height * 3.1 + p.rng.uniform(0, 1) + lift * 30) * p.height * 0.018
        wave += np.sin(xs / p.height * 9.7 + lift * 50) * p.height * 0.006
        slope = (xs / p.width - 0.5) * p.height * 0.07
        outline = [*zip(xs, shore + lift * p.height + wave + slope, strict=True)]
        p.shade(
            [*outline, (p.width, p.height), (0, p.height)],
            (0, colour),
            (1, mix(colour, p.tone((196, 164, 122)), 0.35)),
        )
    for _ in range(240):
        x, y = p.rng.uniform(0, p.width), p.height * p.rng.uniform(0.84, 1)
        grain = p.tone(mix(sand, (150, 120, 90), p.rng.uniform(0, 0.5)))
        p.line([(x, y), (x + p.rng.uniform(3, 14), y)], grain, 2)


def hill(p: Painting) -> None:
    """A grassy slope with a tree on it, the town and the sea below."""
    horizon = p.height * 0.6
    p.sky(horizon)
    p.ridge(horizon + p.height * 0.02, p.height * 0.09, (70, 116, 130), 0.62)
    water(p, horizon, p.height * 0.68, (30, 120, 170))
    p.houses(p.height * 0.7, p.height * 0.015, p.height * 0.05, 0.45)
    p.houses(p.height * 0.74, p.height * 0.02, p.height * 0.06, 0.3)
    grass: Colour = (232, 238, 248) if p.light.snowy else (104, 174, 78)
    for step in range(3):
        xs = np.linspace(0, p.width, 50)
        lift = np.sin(xs / p.height * 1.3 + 1.2 + step) * p.height * 0.035
        tops = p.height * (0.72 + 0.1 * step) - lift - (1 - xs / p.width) * p.height * 0.07
        tone = p.tone(mix(grass, (30, 70, 70), 0.1 * step), 0.2 - 0.1 * step)
        p.shade(
            [*zip(xs, tops, strict=True), (p.width, p.height), (0, p.height)],
            (0, mix(tone, p.light.haze, 0.25)),
            (1, mix(tone, p.tone((20, 60, 60)), 0.35)),
        )
    for _ in range(500):
        share = p.rng.random()
        x, y = p.rng.uniform(0, p.width), p.height * (0.86 + 0.15 * share)
        blade = p.height * 0.035 * (0.4 + share)
        tone = p.tone(mix(grass, (230, 240, 130), p.rng.uniform(0, 0.35)))
        p.line([(x, y), (x + blade * 0.35, y - blade)], tone, 1 + share)
    x, y = p.width * 0.14, p.height * 0.74
    trunk = p.tone((92, 70, 62))
    p.fill([(x - 9, y), (x - 4, y - 130), (x + 8, y - 130), (x + 14, y)], trunk)
    p.foliage(x + 4, y - p.height * 0.23, p.height * 0.15, (74, 142, 72))


def forest(p: Painting) -> None:
    """Trunk behind trunk, darker the nearer, a path and a few beams of light."""
    p.pixels[:] = mix(p.light.haze, p.light.sky[2], 0.3)
    p.glow(p.width * 0.45, p.height * 0.35, p.height * 0.7, p.light.sky[2], 0.25)
    ground: Colour = (230, 236, 246) if p.light.snowy else (96, 128, 66)
    leaves: Colour = (70, 134, 74)
    for layer, depth in enumerate((0.72, 0.52, 0.3, 0.06)):
        base = p.height * (0.6 + 0.075 * layer)
        tone = p.tone(ground, depth)
        rolling = np.sin(np.linspace(0, 7, 40) + layer * 2) * p.height * 0.01
        xs = np.linspace(0, p.width, 40)
        p.shade(
            [*zip(xs, base + rolling, strict=True), (p.width, p.height), (0, p.height)],
            (0, mix(tone, p.light.haze, 0.2)),
            (1, mix(tone, p.tone((24, 50, 50)), 0.3)),
        )
        for place in np.arange(0.04, p.width / p.height, (0.13, 0.2, 0.32, 0.62)[layer]):
            x = (place + p.rng.uniform(-0.05, 0.05)) * p.height
            thick = p.height * (0.009, 0.015, 0.026, 0.05)[layer] * p.rng.uniform(0.8, 1.3)
            lean = p.rng.normal(0, 0.4) * thick
            bark = p.tone((88, 68, 62), depth)
            foot = base + p.height * 0.02
            p.fill(
                [
                    (x - thick * 0.7 + lean, 0),
                    (x + thick * 0.7 + lean, 0),
                    (x + thick, foot),
                    (x - thick, foot),
                ],
                bark,
            )
            edge = mix(bark, p.light.sky[2], 0.35)
            p.line([(x - thick * 0.6 + lean, 0), (x - thick * 0.85, foot)], edge, thick * 0.25)
        crown = (244, 246, 252) if p.light.snowy and layer < 3 else leaves
        for x in np.arange(0, p.width + 1, p.height * 0.2):
            lift, spread = p.rng.uniform(-0.1, 0.08), p.rng.uniform(0.13, 0.22)
            p.foliage(x, p.height * (0.05 + lift), p.height * spread, crown, depth * 0.9)
    _path(p, ground)
    if "sunny" in p.light.tags or "sunset" in p.light.tags:
        _beams(p)


def _path(p: Painting, ground: Colour) -> None:
    x, y = p.width * 0.47, p.height * 0.64
    earth = mix(ground, (190, 150, 104), 0.15 if p.light.snowy else 0.7)
    p.shade(
        [
            (x - 12, y),
            (x + 12, y),
            (x + p.height * 0.07, p.height * 0.8),
            (x + p.height * 0.42, p.height),
            (x - p.height * 0.3, p.height),
            (x - p.height * 0.02, p.height * 0.8),
        ],
        (0, p.tone(earth, 0.45)),
        (1, p.tone(earth, 0.0)),
    )


def _beams(p: Painting) -> None:
    light: np.ndarray = np.zeros((p.height, p.width), np.uint8)
    for _ in range(6):
        x, width = p.rng.uniform(0.1, 1.1) * p.width, p.rng.uniform(0.02, 0.07) * p.height
        fall = p.height * 0.5
        corners = [(x, 0), (x + width, 0), (x + width * 2.2 - fall, p.height), (x - fall, p.height)]
        cv2.fillPoly(light, [np.array(corners, np.int32)], int(p.rng.uniform(30, 70)))
    light = cv2.GaussianBlur(light, (0, 0), p.height * 0.012)
    p.blend(light, mix(p.light.sky[2], (255, 250, 210), 0.6))
