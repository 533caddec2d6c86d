"""Which picture format at which effort: bytes, time and likeness of frames of demo and film.

`python -m tests.benchmarks.pictures [--json OUT] [--pictures N]`. Likeness is SSIM (Wang et al.,
2004) on luma, the mean over the pictures. What `ingest.pictures` uses is marked with an asterisk.
"""

import io
import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from ingest.modes import Cutting
from ingest.pictures import IMAGE, THUMBNAIL
from ingest.video import probe
from tests.benchmarks.clips import demo, media

FULL = [
    *({"format": "WEBP", "quality": 85, "method": method} for method in (0, 1, 2, 4)),
    *({"format": "WEBP", "quality": 90, "method": method} for method in (0, 1)),
    *({"format": "AVIF", "quality": 70, "speed": speed, "max_threads": 1} for speed in (6, 8, 10)),
    {"format": "JPEG", "quality": 90},
]
SMALL = [
    *({"format": "WEBP", "quality": 75, "method": method} for method in (0, 2, 4)),
    *({"format": "AVIF", "quality": 52, "speed": speed, "max_threads": 1} for speed in (6, 8, 9)),
    {"format": "JPEG", "quality": 80},
]


def main(argv: list[str] | None = None) -> dict[str, Any]:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--pictures", type=int, default=16, metavar="N")
    options = parser.parse_args(argv)
    pictures = sample(options.pictures)
    figures: dict[str, Any] = {"pictures": len(pictures)}
    print(f"{'':24} {'kB':>8} {'ms':>8} {'SSIM':>8}")
    for title, width, candidates in (("full", 0, FULL), ("640", 640, SMALL), ("320", 320, SMALL)):
        used = [IMAGE] if not width else list(THUMBNAIL.values())
        images = [at_width(picture, width) for picture in pictures]
        for setting in candidates:
            measured = measure(images, setting)
            name = " ".join(str(v) for k, v in setting.items() if k != "max_threads")
            figures.setdefault(title, {})[name] = measured
            mark = "*" if setting in used else ""
            numbers = f"{measured['kB']:8.1f} {measured['ms']:8.1f} {measured['SSIM']:8.4f}"
            print(f"{title:5} {name:18} {numbers} {mark}")
    if options.json:
        options.json.write_text(json.dumps(figures))
    return figures


def sample(count: int) -> list[Image.Image]:
    """Frames as they are chosen: most of the demo, some of film where it is at hand."""
    pictures = []
    for path in [demo()[0], *media()][:2]:
        cutting = Cutting(path, probe(path).fps, "keyframes")
        chosen = [choice.picture.image() for choice in cutting.choices()]
        step = max(1, len(chosen) * 2 // count)
        pictures += [Image.fromarray(rgb) for rgb in chosen[::step]]
    return pictures[:count]


def at_width(picture: Image.Image, width: int) -> Image.Image:
    if not width or width >= picture.width:
        return picture
    height = round(picture.height * width / picture.width)
    return picture.resize((width, height), Image.Resampling.LANCZOS, reducing_gap=3)


def measure(images: list[Image.Image], setting: dict[str, Any]) -> dict[str, float]:
    sizes, seconds, likeness = [], [], []
    for image in images:
        buffer = io.BytesIO()
        started = time.thread_time()
        image.save(buffer, **setting)
        seconds.append(time.thread_time() - started)
        sizes.append(buffer.tell())
        decoded = np.asarray(Image.open(buffer).convert("L"), np.float32)
        likeness.append(ssim(np.asarray(image.convert("L"), np.float32), decoded))
    return {
        "kB": float(np.mean(sizes)) / 1000,
        "ms": float(np.mean(seconds)) * 1000,
        "SSIM": float(np.mean(likeness)),
    }


def ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Structural similarity of two grey pictures, 0 to 255, with a Gaussian window of 11."""

    def blurred(x: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(x, (11, 11), 1.5)

    mean_a, mean_b = blurred(a), blurred(b)
    var_a, var_b = blurred(a * a) - mean_a**2, blurred(b * b) - mean_b**2
    both = blurred(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    top = (2 * mean_a * mean_b + c1) * (2 * both + c2)
    return float((top / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2))).mean())


if __name__ == "__main__":
    main(sys.argv[1:])
