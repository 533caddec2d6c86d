"""A seed comes in; a folder of near-duplicate pictures and the truth about them goes out.

The truth is `truth.json`: `{file: [group, kind]}`. Pictures of one group are what a person calls
the same picture, whatever a codec, a scaler, a fade or a slow pan did to it; a changed face is
another group, always. File names tell nothing: they are shuffled.
"""

import io
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import av
import cv2
import numpy as np
from PIL import Image

from tests.benchmarks.drawing import draw_face
from tests.benchmarks.faces import other_expression, random_face, random_hand, subtle_change
from tests.benchmarks.painting import BACKGROUNDS, Rng

WIDTH, HEIGHT = 1280, 720
MARGIN_X, MARGIN_Y = 192, 108  # the canvas reaches beyond the view on every side: room for a pan
KINDS = ("expression", "subtle", "dark", "pan", "fade", "plain", "opening", "real", "demo")


@dataclass
class Group:
    """The pictures that count as one."""

    kind: str
    pictures: list[np.ndarray] = field(default_factory=list)


def jpeg(rgb: np.ndarray, quality: int) -> np.ndarray:
    return _through_pillow(rgb, format="JPEG", quality=quality)


def webp(rgb: np.ndarray, quality: int) -> np.ndarray:
    return _through_pillow(rgb, format="WEBP", quality=quality, method=2)


def _through_pillow(rgb: np.ndarray, **options: object) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, **options)
    return np.asarray(Image.open(buffer).convert("RGB"))


def x264(rgb: np.ndarray, crf: int, frames: int = 4) -> np.ndarray:
    """The picture as the last but one frame of a still clip: a B-frame or P-frame, as most are."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.height, stream.width = rgb.shape[0] // 2 * 2, rgb.shape[1] // 2 * 2
        stream.pix_fmt, stream.options = "yuv420p", {"crf": str(crf), "preset": "veryfast"}
        even = np.ascontiguousarray(rgb[: stream.height, : stream.width])
        for _ in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(even, format="rgb24")))
        container.mux(stream.encode())
    buffer.seek(0)
    with av.open(buffer) as container:
        decoded = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return decoded[-2]


def grain(rng: Rng, rgb: np.ndarray, sigma: float) -> np.ndarray:
    noise = rng.normal(0, sigma, rgb.shape[:2]).astype(np.float32)[..., None]
    return np.clip(rgb + noise, 0, 255).astype(np.uint8)


def shift(rgb: np.ndarray, dx: float, dy: float) -> np.ndarray:
    move = np.float32([[1, 0, dx], [0, 1, dy]])
    return cv2.warpAffine(rgb, move, rgb.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)


def brightness(rgb: np.ndarray, factor: float) -> np.ndarray:
    return np.clip(rgb * np.float32(factor), 0, 255).astype(np.uint8)


def faded(rgb: np.ndarray, share: float, towards: int) -> np.ndarray:
    return np.clip(rgb * np.float32(1 - share) + towards * share, 0, 255).astype(np.uint8)


def resized(rgb: np.ndarray, width: int) -> np.ndarray:
    size = (width, width * rgb.shape[0] // rgb.shape[1] // 2 * 2)
    smaller = width < rgb.shape[1]
    return cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)


def variant(rng: Rng, rgb: np.ndarray) -> np.ndarray:
    """The same picture as another release, another codec or another second shows it."""
    if rng.random() < 0.25:
        rgb = brightness(rgb, rng.uniform(0.97, 1.03))
    if rng.random() < 0.2:
        rgb = shift(rgb, *rng.integers(-1, 2, 2).tolist())
    if rng.random() < 0.25:
        rgb = grain(rng, rgb, rng.uniform(1.5, 9))
    if rng.random() < 0.25:
        rgb = resized(rgb, int(rng.choice([640, 854, 960, 1920])))
    codec = rng.integers(4)
    if codec == 0:
        return jpeg(rgb, int(rng.integers(30, 96)))
    if codec == 1:
        return webp(rgb, int(rng.integers(35, 96)))
    if codec == 2:
        return x264(rgb, int(rng.integers(18, 33)))
    return rgb


def view(canvas: np.ndarray, dx: float = 0, dy: float = 0) -> np.ndarray:
    """What the camera sees when it stands (dx, dy) from the middle of the canvas."""
    if dx == int(dx) and dy == int(dy):
        x, y = MARGIN_X + int(dx), MARGIN_Y + int(dy)
        return canvas[y : y + HEIGHT, x : x + WIDTH].copy()
    move = np.float32([[1, 0, MARGIN_X + dx], [0, 1, MARGIN_Y + dy]])
    return cv2.warpAffine(
        canvas, move, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )


def _background(rng: Rng) -> np.ndarray:
    painter = list(BACKGROUNDS.values())[rng.integers(len(BACKGROUNDS))]
    canvas = painter(rng, HEIGHT + 2 * MARGIN_Y, WIDTH + 2 * MARGIN_X)
    return np.clip(canvas, 0, 255).astype(np.uint8)


def _faces(rng: Rng, kind: str) -> Iterator[np.ndarray]:
    """Canvases that differ in the expression of one face alone."""
    background = _background(rng)
    hand = random_hand(rng, background.shape[1], background.shape[0], low=110)
    bystander = random_hand(rng, background.shape[1], background.shape[0], 120, 250)
    company, who = rng.random() < 0.3, random_face(rng)
    light = rng.uniform(0.08, 0.3) if kind == "dark" else 1.0
    face = random_face(rng)
    shown: list[np.ndarray] = []
    for number in range(int(rng.integers(2, 5))):
        canvas = background.copy()
        if company:
            draw_face(canvas, bystander, who)
        draw_face(canvas, hand, face)
        if all(visibly_different(canvas, other) for other in shown):
            shown.append(canvas)
            yield brightness(canvas, light)
        change = other_expression if kind == "expression" else subtle_change
        if kind == "dark" and number % 2:
            change = other_expression
        face = change(rng, face)


def visibly_different(first: np.ndarray, second: np.ndarray) -> bool:
    """Whether somewhere a patch of 16x16 pixels differs by 16 grey levels in the mean."""
    grey = [cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) for rgb in (first, second)]
    return bool(cv2.blur(cv2.absdiff(*grey), (16, 16)).max() >= 16)


def face_groups(rng: Rng, kind: str) -> list[Group]:
    groups = []
    panned = rng.random() < 0.25
    for canvas in _faces(rng, kind):
        group = Group(kind, [view(canvas)])
        for _ in range(int(rng.integers(1, 6))):
            offset = rng.uniform(-24, 24, 2) if panned and rng.random() < 0.5 else (0, 0)
            group.pictures.append(variant(rng, view(canvas, *offset)))
        groups.append(group)
    return groups


def pan_groups(rng: Rng, kind: str = "pan") -> list[Group]:
    """A camera that glides over one painting, with or without somebody in it."""
    canvas = _background(rng)
    if rng.random() < 0.6:
        hand = random_hand(rng, canvas.shape[1], canvas.shape[0])
        draw_face(canvas, hand, random_face(rng))
    speed = rng.uniform(2, 20) * rng.choice([-1, 1])
    upright = rng.random() < 0.4
    steps = int(rng.integers(4, 9))
    group = Group(kind)
    for step in range(steps):
        way = (step - steps / 2) * speed
        seen = view(canvas, 0, way) if upright else view(canvas, way, 0)
        group.pictures.append(variant(rng, seen))
    return [group]


def fade_groups(rng: Rng, kind: str = "fade") -> list[Group]:
    canvas = _background(rng)
    draw_face(canvas, random_hand(rng, canvas.shape[1], canvas.shape[0]), random_face(rng))
    towards = int(rng.choice([0, 255]))
    shares = rng.uniform(0.1, 0.6, int(rng.integers(2, 5)))
    seen = view(canvas)
    return [Group(kind, [seen, *(variant(rng, faded(seen, share, towards)) for share in shares)])]


def plain_groups(rng: Rng, kind: str = "plain") -> list[Group]:
    """Unrelated pictures, most of them alone."""
    seen = view(_background(rng))
    copies = int(rng.integers(0, 5))
    return [Group(kind, [seen, *(variant(rng, seen) for _ in range(copies))])]


def opening_groups(rng: Rng, kind: str = "opening") -> list[Group]:
    """One picture of an opening, as it comes again in each of many episodes."""
    canvas = _background(rng)
    draw_face(canvas, random_hand(rng, canvas.shape[1], canvas.shape[0]), random_face(rng))
    return [Group(kind, [variant(rng, view(canvas)) for _ in range(int(rng.integers(8, 14)))])]


def clip_frames(path: Path, every: float = 1.5, start: float = 0.5) -> list[np.ndarray]:
    """Pictures `every` so many seconds of a real film; black ones and near-still ones left out."""
    pictures: list[np.ndarray] = []
    due = start
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.time is None or frame.time < due:
                continue
            due = frame.time + every
            rgb = frame.to_ndarray(format="rgb24")
            small = cv2.resize(rgb, (64, 36), interpolation=cv2.INTER_AREA).astype(np.float32)
            if small.std() < 8 or any(
                np.abs(small - other).mean() < 6 for other, _ in kept(pictures)
            ):
                continue
            pictures.append(rgb)
    return pictures


def kept(pictures: list[np.ndarray]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for rgb in pictures[-3:]:
        yield cv2.resize(rgb, (64, 36), interpolation=cv2.INTER_AREA).astype(np.float32), rgb


def real_group(rng: Rng, rgb: np.ndarray) -> Group:
    return Group("real", [rgb, *(variant(rng, rgb) for _ in range(int(rng.integers(1, 6))))])


MAKERS: dict[str, Callable[[Rng, str], list[Group]]] = {
    "expression": face_groups,
    "subtle": face_groups,
    "dark": face_groups,
    "pan": pan_groups,
    "fade": fade_groups,
    "plain": plain_groups,
    "opening": opening_groups,
}
# How many scenes of each kind in a set of size 1 (about 330 groups, 1,500 pictures).
SCENES = {
    "expression": 25,
    "subtle": 25,
    "dark": 25,
    "pan": 25,
    "fade": 20,
    "plain": 40,
    "opening": 8,
}


def _save(rng: Rng, folder: Path, name: str, rgb: np.ndarray) -> str:
    kind = rng.choice(["jpg", "png", "webp"], p=[0.75, 0.1, 0.15])
    picture = Image.fromarray(rgb)
    path = folder / f"{name}.{kind}"
    options = {
        "jpg": {"quality": 95},
        "png": {"compress_level": 1},
        "webp": {"quality": 95, "method": 0},
    }
    picture.save(path, **options[str(kind)])
    return path.name


def _make(folder: Path, seed: int, task: int, kind: str, real: np.ndarray | None) -> dict:
    rng = np.random.default_rng([seed, task])
    groups = [real_group(rng, real)] if real is not None else MAKERS[kind](rng, kind)
    truth = {}
    for number, group in enumerate(groups):
        for picture in group.pictures:
            name = rng.bytes(6).hex()
            truth[_save(rng, folder, name, picture)] = [f"{kind}-{task}-{number}", group.kind]
    return truth


def make_set(
    folder: Path, seed: int, size: float = 1.0, clips: tuple[Path, ...] = (), processes: int = 2
) -> dict[str, list[str]]:
    """Fill `folder` and return the truth; a finished folder is used as it is."""
    done = folder / "truth.json"
    if done.exists():
        return json.loads(done.read_text())
    folder.mkdir(parents=True, exist_ok=True)
    tasks: list[tuple[str, np.ndarray | None]] = []
    for kind, count in SCENES.items():
        tasks += [(kind, None)] * max(1, round(count * size))
    for clip in clips:
        frames = clip_frames(clip)
        tasks += [("real", rgb) for rgb in frames[:: max(1, round(1 / size))]]
    truth: dict[str, list[str]] = {}
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        parts = [
            pool.submit(_make, folder, seed, number, kind, real)
            for number, (kind, real) in enumerate(tasks)
        ]
        for part in parts:
            truth |= part.result()
    done.write_text(json.dumps(truth, indent=0))
    return truth
