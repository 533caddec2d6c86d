"""A finished composition comes in; rain, snow, speed lines or a change of light lie on it after.

Pictures are uint8 RGB, height x width x 3. What falls or glitters repeats after a few drawings, as
it would on cels, so every drawing of it is made once.
"""

from functools import lru_cache

import cv2
import numpy as np

from ingest.demo.canvas import Colour

_CYCLE = 6  # drawings of rain before they repeat
_SMEAR = 45  # pixels


@lru_cache(maxsize=16)
def _rain_drawing(width: int, height: int, number: int, ground: float) -> np.ndarray:
    rng = np.random.default_rng(70 + number)
    light = np.zeros((height, width), np.uint8)
    for length, strength, count in ((0.06, 44, 190), (0.12, 66, 110), (0.26, 92, 34)):
        for _ in range(count):
            x, y = rng.uniform(-0.1, 1.1) * width, rng.uniform(-0.1, 1.0) * height
            fall = length * height * rng.uniform(0.7, 1.3)
            end = (round(x - fall * 0.16), round(y + fall))
            thick = 2 if length > 0.2 else 1
            cv2.line(light, (round(x), round(y)), end, strength, thick, cv2.LINE_AA)
    for _ in range(46 if ground < 1 else 0):
        x, y = rng.uniform(0, width), height * (ground + (1 - ground) * rng.uniform(0.08, 1) ** 0.8)
        size = height * 0.012 * (0.4 + (y / height - ground) / max(1 - ground, 0.1))
        axes = (round(size * 2.4), max(1, round(size * 0.7)))
        cv2.ellipse(light, (round(x), round(y)), axes, 0, 0, 360, 62, 1, cv2.LINE_AA)
        for lean in (-0.9, 0.2, 1.0):
            end = (round(x + lean * size * 2), round(y - size * 2.2))
            cv2.line(light, (round(x), round(y)), end, 80, 1, cv2.LINE_AA)
    return cv2.merge([cv2.convertScaleAbs(light, alpha=0.92), light, light])


def rain(picture: np.ndarray, drawing: int, ground: float) -> np.ndarray:
    """Streaks of rain, and splashes below `ground` (a share of the height; 1 for none)."""
    height, width = picture.shape[:2]
    return cv2.add(picture, _rain_drawing(width, height, drawing % _CYCLE, ground))


@lru_cache(maxsize=8)
def _flake(radius: int) -> np.ndarray:
    reach = np.arange(-2 * radius, 2 * radius + 1)
    far = np.sqrt(reach[None] ** 2 + reach[:, None] ** 2) / radius
    return (np.clip(1.6 - far, 0, 1) * (235 if radius < 7 else 150)).astype(np.uint8)[..., None]


def snow(picture: np.ndarray, drawing: int, seed: int) -> np.ndarray:
    """Snow that sinks and sways, the nearest flakes large and soft."""
    height, width = picture.shape[:2]
    rng = np.random.default_rng(seed)
    result = picture.copy()
    for radius, count, speed in ((2, 110, 3.5), (3, 60, 6.0), (5, 24, 9.0), (11, 8, 16.0)):
        flake = _flake(radius)
        reach = len(flake) // 2
        xs, ys, phases = rng.uniform(0, 1, (3, count))
        xs = (
            xs * width + np.sin(drawing * 0.16 + phases * 6.3) * radius * 5 - drawing * speed * 0.25
        )
        ys = ys * height + drawing * speed
        for x, y in zip(xs % width, ys % height, strict=True):
            left, top = int(x) - reach, int(y) - reach
            region = result[max(top, 0) : top + 2 * reach + 1, max(left, 0) : left + 2 * reach + 1]
            part = flake[max(-top, 0) :, max(-left, 0) :][: region.shape[0], : region.shape[1]]
            region[:] = cv2.add(region, np.repeat(part, 3, 2))
    return result


@lru_cache(maxsize=8)
def _petal(angle: int) -> np.ndarray:
    mask = np.zeros((22, 22), np.uint8)
    cv2.ellipse(mask, (11, 11), (8, 4), angle * 45, 0, 360, 235, -1, cv2.LINE_AA)
    return mask[..., None]


def petals(picture: np.ndarray, drawing: int, seed: int) -> np.ndarray:
    """Cherry petals on the wind, from left to right."""
    height, width = picture.shape[:2]
    rng = np.random.default_rng(seed)
    result = picture.copy()
    for x, y, phase in rng.uniform(0, 1, (46, 3)):
        left = int((x * width + drawing * (9 + 9 * phase)) % (width - 24))
        top = int(
            (y * height + drawing * 5 + np.sin(drawing * 0.3 + phase * 6) * 16) % (height - 24)
        )
        region = result[top : top + 22, left : left + 22]
        share = _petal(int(drawing / 2 + phase * 8) % 4).astype(np.float32) / 255
        region[:] = region + (np.array((255, 190, 206), np.float32) - region) * share
    return result


@lru_cache(maxsize=16)
def _glint_drawing(width: int, height: int, number: int, top: float, bottom: float) -> np.ndarray:
    rng = np.random.default_rng(90 + number)
    light = np.zeros((height, width, 3), np.uint8)
    for _ in range(90):
        share = rng.random() ** 1.5
        y = round(height * (top + (bottom - top) * share))
        x, reach = round(rng.uniform(0, width)), round(2 + 9 * share)
        cv2.line(light, (x - reach, y), (x + reach, y), (130, 130, 110), 1, cv2.LINE_AA)
        if rng.random() < 0.2:
            cv2.line(light, (x, y - reach), (x, y + reach), (150, 150, 130), 1, cv2.LINE_AA)
    return light


def glitter(picture: np.ndarray, drawing: int, top: float, bottom: float) -> np.ndarray:
    """Light on water between two shares of the height."""
    height, width = picture.shape[:2]
    return cv2.add(picture, _glint_drawing(width, height, drawing % 4, top, bottom))


@lru_cache(maxsize=24)
def _line_drawing(width: int, height: int, number: int, x: int, y: int) -> np.ndarray:
    rng = np.random.default_rng(110 + number)
    mask = np.zeros((height, width), np.uint8)
    reach = width * 1.2
    for angle in rng.uniform(0, 2 * np.pi, 110):
        start = height * rng.uniform(0.42, 0.8)
        spread = rng.uniform(0.004, 0.018)
        points = [(x + np.cos(angle) * start * 1.35, y + np.sin(angle) * start)]
        for side in (-spread, spread):
            far = (np.cos(angle + side) * reach * 1.35, np.sin(angle + side) * reach)
            points.append((x + far[0], y + far[1]))
        cv2.fillPoly(mask, [np.round(np.array(points) * 16).astype(np.int32)], 215, cv2.LINE_AA, 4)
    return mask


def speed_lines(picture: np.ndarray, drawing: int, x: int, y: int, colour: Colour) -> np.ndarray:
    """Wedges that run from the edges towards a point, another set for each drawing."""
    height, width = picture.shape[:2]
    share = _line_drawing(width, height, drawing % 3, x, y)
    flat = np.full_like(picture, colour)
    inverse = cv2.merge([255 - share] * 3)
    kept = cv2.multiply(picture, inverse, scale=1 / 255)
    return cv2.add(kept, cv2.multiply(flat, cv2.merge([share] * 3), scale=1 / 255))


@lru_cache(maxsize=8)
def _streak_drawing(width: int, height: int, number: int) -> np.ndarray:
    rng = np.random.default_rng(130 + number)
    light = np.zeros((height, width, 3), np.uint8)
    for _ in range(60):
        y, x = round(rng.uniform(0, height)), rng.uniform(-0.2, 1) * width
        length, strength = rng.uniform(0.15, 0.6) * width, round(rng.uniform(30, 110))
        thick = int(rng.integers(1, 4))
        cv2.line(light, (round(x), y), (round(x + length), y), (strength,) * 3, thick)
    return light


def streaks(picture: np.ndarray, drawing: int) -> np.ndarray:
    """What a runner or a blow passes: smeared, under level speed lines."""
    height, width = picture.shape[:2]
    smeared = cv2.blur(picture, (_SMEAR, 1))
    return cv2.add(smeared, _streak_drawing(width, height, drawing % 3))


def sparks(picture: np.ndarray, drawing: int, x: int, y: int) -> np.ndarray:
    """Sparks that fly from a point; `drawing` counts from the blow."""
    rng = np.random.default_rng(150)
    result = picture.copy()
    out = 1 - 0.72**drawing
    for angle, force, bright in rng.uniform(0, 1, (46, 3)):
        direction = np.array((np.cos(angle * 6.283), np.sin(angle * 6.283) * 0.8))
        tip = np.array((x, y)) + direction * 420 * out * (0.2 + 0.8 * force) + (0, drawing**2 * 3)
        tail = tip - direction * 60 * (0.78**drawing)
        ends = [tuple(int(v) for v in point) for point in (tail, tip)]
        colour = (255, 214 + 40 * bright, 110 + 120 * bright)
        cv2.line(result, ends[0], ends[1], colour, 3 if force > 0.5 else 2, cv2.LINE_AA)
    if drawing < 4:
        star = np.zeros_like(result)
        for angle in np.linspace(0, 2 * np.pi, 8, endpoint=False) + 0.3:
            far = (round(x + np.cos(angle) * 190), round(y + np.sin(angle) * 150))
            cv2.line(star, (x, y), far, (255, 246, 200), 5, cv2.LINE_AA)
        cv2.circle(star, (x, y), 46 - 9 * drawing, (255, 255, 240), -1, cv2.LINE_AA)
        result = cv2.add(result, cv2.GaussianBlur(star, (0, 0), 4))
    return result


def slash(picture: np.ndarray, x: int, y: int, size: int, side: int) -> np.ndarray:
    """The bright crescent that a blade leaves; `side` is 1 for a blow to the right, or -1."""
    angles = np.linspace(-1.5, 0.75, 40)
    # Thickest near where the blade is, sharp at both ends.
    thick = np.sin(np.linspace(0, 1, 40) ** 1.6 * np.pi).clip(0) ** 1.3 * 0.2
    light = np.zeros_like(picture)
    for share, colour in ((1.0, (150, 190, 255)), (0.3, (255, 255, 255))):
        outer, inner = (
            np.stack([x + side * np.cos(angles) * reach, y + np.sin(angles) * reach], 1)
            for reach in (size, size * (1 - thick * share))
        )
        crescent = (np.concatenate([outer, inner[::-1]]) * 16).round().astype(np.int32)
        cv2.fillPoly(light, [crescent], colour, cv2.LINE_AA, 4)
        if share == 1:
            light = cv2.GaussianBlur(light, (0, 0), 3)
    return cv2.add(picture, light)


def impact(picture: np.ndarray, number: int) -> np.ndarray:
    """The picture of a flash: white first, then the drawing in two tones, inverted."""
    if number == 0:
        return np.full_like(picture, 250)
    luma = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (0, 0), 1.5)
    dark = np.where(luma > np.median(luma), np.uint8(16), np.uint8(244))
    return cv2.merge([dark, dark, dark])


def shadow(picture: np.ndarray, x: float, y: float, width: float) -> None:
    """A soft contact shadow, in place, under feet at x, y."""
    reach = (round(width * 1.5), round(width * 0.3))
    left, top = round(x) - reach[0], round(y) - reach[1]
    region = picture[
        max(top, 0) : max(top + 2 * reach[1], 0), max(left, 0) : max(left + 2 * reach[0], 0)
    ]
    across = (np.arange(region.shape[1]) + max(left, 0) - x) / reach[0]
    down = (np.arange(region.shape[0]) + max(top, 0) - y) / reach[1]
    far = across[None] ** 2 + down[:, None] ** 2
    region[:] = region * (1 - 0.5 * np.clip(1 - far, 0, 1) ** 1.5)[..., None]


@lru_cache(maxsize=8)
def _wash_light(width: int, height: int, colour: Colour, mirrored: bool) -> np.ndarray:
    across = np.linspace(1, 0, width, dtype=np.float32)[None]
    down = np.linspace(1, 0, height, dtype=np.float32)[:, None]
    light = np.clip(across * 0.75 + down * 0.5 - 0.25, 0, 1)[..., None] * np.array(colour)
    return np.ascontiguousarray((light[:, ::-1] if mirrored else light).astype(np.uint8))


def wash(picture: np.ndarray, colour: Colour, mirrored: bool) -> np.ndarray:
    """Light over everything from the upper left, or right if mirrored."""
    height, width = picture.shape[:2]
    return cv2.add(picture, _wash_light(width, height, colour, mirrored))


def grey(picture: np.ndarray) -> np.ndarray:
    """The picture without its colours."""
    return cv2.merge([cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)] * 3)


def letterbox(picture: np.ndarray, bar: int) -> None:
    """Black bars of this height above and below, in place."""
    picture[:bar] = 0
    picture[-bar:] = 0


def towards(picture: np.ndarray, other: np.ndarray | int, share: float) -> np.ndarray:
    """The picture with this share of another picture, or of an even grey level."""
    if isinstance(other, int):
        return cv2.convertScaleAbs(picture, alpha=1 - share, beta=other * share)
    return cv2.addWeighted(picture, 1 - share, other, share, 0)
