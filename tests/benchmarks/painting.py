"""A random generator comes in; painted backgrounds go out, no two alike, as float RGB, 0-255.

Nothing here is drawn by the demo series, so that what is measured on these pictures does not lean
on the demo's own hand.
"""

from collections.abc import Callable

import cv2
import numpy as np

Rng = np.random.Generator


def fractal(rng: Rng, height: int, width: int, octaves: int = 6, first: int = 3) -> np.ndarray:
    """Noise of several scales, float32 in 0-1: clouds, paper, foliage."""
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        cells = first * 2**octave
        grid = rng.random((cells, cells * 16 // 9 + 1), np.float32)
        layer = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        total += layer * np.float32(0.6**octave)
    return (total - total.min()) / (np.ptp(total) + 1e-6)


def colour(rng: Rng, low: int = 20, high: int = 245) -> tuple[int, int, int]:
    r, g, b = rng.integers(low, high, 3).tolist()
    return r, g, b


def blend(share: np.ndarray, first: object, second: object) -> np.ndarray:
    share = share[..., None].astype(np.float32)
    one, two = np.float32(first), np.float32(second)
    return one * share + two * (1 - share)


def landscape(rng: Rng, height: int, width: int) -> np.ndarray:
    """A sky with clouds above rows of hills."""
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None].repeat(width, 1)
    picture = blend(down, colour(rng, 120, 255), colour(rng, 40, 200))
    clouds = np.clip((fractal(rng, height, width, 6, 2) - 0.5) * 3, 0, 1)
    picture = blend(clouds, (250, 250, 250), (0, 0, 0)) * clouds[..., None] + picture * (
        1 - clouds[..., None]
    )
    for row in range(int(rng.integers(2, 5))):
        top = height * (0.45 + 0.13 * row)
        ridge = (
            top
            + np.cumsum(rng.normal(0, 2.0, width))
            + 30 * np.sin(np.arange(width) / rng.uniform(60, 200) + rng.uniform(0, 6))
        )
        mask = np.arange(height)[:, None] > ridge[None]
        tint = np.float32(colour(rng, 30, 170)) * (
            0.7 + 0.5 * fractal(rng, height, width, 7)[..., None]
        )
        picture[mask] = tint[mask]
    return picture


def room(rng: Rng, height: int, width: int) -> np.ndarray:
    """Flat walls, a window, a shelf of books."""
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = colour(rng, 110, 235)
    floor = int(height * rng.uniform(0.6, 0.8))
    picture[floor:] = colour(rng, 60, 160)
    for x in range(0, width, int(rng.integers(50, 140))):
        cv2.line(
            picture,
            (x, floor),
            (int(x + (x - width / 2) * 0.5), height),
            colour(rng, 40, 120),
            2,
            cv2.LINE_AA,
        )
    for _ in range(int(rng.integers(1, 4))):
        x, y = int(rng.uniform(0, width * 0.8)), int(rng.uniform(0, floor * 0.5))
        w, h = int(rng.uniform(120, 400)), int(rng.uniform(100, 300))
        cv2.rectangle(picture, (x, y), (x + w, y + h), colour(rng, 150, 255), -1, cv2.LINE_AA)
        cv2.rectangle(picture, (x, y), (x + w, y + h), colour(rng, 20, 90), 6, cv2.LINE_AA)
        cv2.line(picture, (x + w // 2, y), (x + w // 2, y + h), colour(rng, 20, 90), 4, cv2.LINE_AA)
    for shelf in range(int(rng.integers(0, 4))):
        x, y = int(rng.uniform(0, width * 0.7)), 100 + 150 * shelf
        for _ in range(int(rng.integers(8, 25))):
            w, h = int(rng.uniform(8, 30)), int(rng.uniform(70, 120))
            cv2.rectangle(picture, (x, y + 120 - h), (x + w, y + 120), colour(rng), -1, cv2.LINE_AA)
            x += w
    light = fractal(rng, height, width, 2, 2)[..., None]
    return picture * (0.75 + 0.35 * light)


def town(rng: Rng, height: int, width: int) -> np.ndarray:
    """Houses with rows of windows against the sky."""
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None].repeat(width, 1)
    picture = np.ascontiguousarray(blend(down, colour(rng, 60, 255), colour(rng, 10, 160)))
    for row in range(3):
        x = -int(rng.integers(0, 60))
        while x < width:
            w = int(rng.uniform(90, 260))
            top = int(height * (0.15 + 0.2 * row + rng.uniform(0, 0.25)))
            cv2.rectangle(picture, (x, top), (x + w, height), colour(rng, 30, 200), -1, cv2.LINE_AA)
            lit, dark = colour(rng, 180, 255), colour(rng, 10, 80)
            step = int(rng.integers(22, 50))
            for wy in range(top + 15, height, step):
                for wx in range(x + 10, x + w - 18, step):
                    shade = lit if rng.random() < 0.5 else dark
                    cv2.rectangle(picture, (wx, wy), (wx + step // 2, wy + step // 2), shade, -1)
            x += w + int(rng.integers(0, 30))
    return picture * (0.85 + 0.2 * fractal(rng, height, width, 7)[..., None])


def strokes(rng: Rng, height: int, width: int) -> np.ndarray:
    """Thousands of brush strokes over a wash: foliage, grass, gouache."""
    base = fractal(rng, height, width, 4, 2)
    picture = np.ascontiguousarray(blend(base, colour(rng, 80, 230), colour(rng, 20, 150)))
    palette = [colour(rng) for _ in range(6)]
    slant = rng.uniform(-60, 60, 2)
    for _ in range(int(rng.integers(700, 3000))):
        x, y = int(rng.uniform(0, width)), int(rng.uniform(0, height))
        dx, dy = (slant * rng.uniform(0.2, 1.0)).astype(int).tolist()
        shade = (np.float32(palette[rng.integers(6)]) * rng.uniform(0.7, 1.2)).tolist()
        cv2.line(picture, (x, y), (x + dx, y + dy), shade, int(rng.integers(1, 9)), cv2.LINE_AA)
    return picture


def wash(rng: Rng, height: int, width: int) -> np.ndarray:
    """Watercolour: three pigments run into each other on grained paper."""
    share, other = fractal(rng, height, width, 3, 2), fractal(rng, height, width, 5, 2)
    picture = blend(share, colour(rng, 90, 255), colour(rng, 40, 220))
    picture = (
        picture * (1 - other[..., None] * 0.5) + np.float32(colour(rng)) * other[..., None] * 0.5
    )
    paper = fractal(rng, height, width, 8, 4)[..., None]
    return picture * (0.92 + 0.12 * paper)


def speed_lines(rng: Rng, height: int, width: int) -> np.ndarray:
    """A plain ground with rays, dots or stripes, as comics have."""
    picture = np.empty((height, width, 3), np.float32)
    picture[:] = colour(rng, 90, 250)
    shade = colour(rng, 10, 240)
    kind = rng.integers(3)
    if kind == 0:
        centre = np.array([rng.uniform(0.3, 0.7) * width, rng.uniform(0.3, 0.7) * height])
        for angle in rng.uniform(0, 2 * np.pi, int(rng.integers(60, 200))):
            ray = np.array([np.cos(angle), np.sin(angle)])
            start, end = centre + ray * rng.uniform(200, 500), centre + ray * 2000
            cv2.line(
                picture,
                start.astype(int).tolist(),
                end.astype(int).tolist(),
                shade,
                int(rng.integers(1, 6)),
                cv2.LINE_AA,
            )
    elif kind == 1:
        step = int(rng.integers(16, 60))
        for y in range(0, height, step):
            for x in range(0, width, step):
                cv2.circle(
                    picture, (x + (y // step % 2) * step // 2, y), step // 5, shade, -1, cv2.LINE_AA
                )
    else:
        step = int(rng.integers(20, 120))
        for x in range(-height, width, step):
            cv2.line(picture, (x, height), (x + height, 0), shade, step // 3, cv2.LINE_AA)
    return picture


BACKGROUNDS: dict[str, Callable[[Rng, int, int], np.ndarray]] = {
    painter.__name__: painter for painter in (landscape, room, town, strokes, wash, speed_lines)
}
