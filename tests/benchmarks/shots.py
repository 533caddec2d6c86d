"""Shot boundaries: ours beside PySceneDetect's adaptive and content detectors at their defaults.

`python -m tests.benchmarks.shots [--json OUT]`, on the demo's episodes (with fades, dissolves and
flashes) and on clips of film with labels made by looking at the frames. A boundary is found if it
lies within two frames of the truth; F1 is the harmonic mean of precision and recall.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from scenedetect import AdaptiveDetector, ContentDetector, detect

from ingest.modes import Cutting
from ingest.video import probe
from tests.benchmarks.clips import demo, labels, media, truth

TOLERANCE = 2  # frames


def main(argv: list[str] | None = None) -> dict[str, Any]:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, metavar="OUT")
    options = parser.parse_args(argv)
    clips = [(path, truth(path)) for path in demo()]
    clips += [(path, labels()[path.name]) for path in media()]
    figures: dict[str, Any] = {}
    print(f"{'F1':28} {'shots':>6} {'ours':>8} {'adaptive':>9} {'content':>8}")
    for path, boundaries in clips:
        scores = {
            "ours": f1(ours(path), boundaries),
            "adaptive": f1(theirs(path, AdaptiveDetector()), boundaries),
            "content": f1(theirs(path, ContentDetector()), boundaries),
        }
        figures[path.stem] = scores
        row = f"{scores['ours']:8.3f} {scores['adaptive']:9.3f} {scores['content']:8.3f}"
        print(f"{path.stem:28} {len(boundaries) + 1:6} {row}")
    if options.json:
        options.json.write_text(json.dumps(figures))
    return figures


def ours(path: Path) -> list[int]:
    """The first frames of the shots after the first, by our detector."""
    cutting = Cutting(path, probe(path).fps)
    for _ in cutting.choices():
        pass
    return [round(start * cutting.fps) for start in cutting.bounds[1:-1]]


def theirs(path: Path, detector: Any) -> list[int]:
    return [start.frame_num for start, _ in detect(str(path), detector)[1:]]


def f1(found: Iterable[int], boundaries: Iterable[Sequence[int]]) -> float:
    """Each boundary is matched once, by the nearest that is left."""
    left = [tuple(boundary) for boundary in boundaries]
    total, given = len(left), sorted(found)
    hits = 0
    for frame in given:
        near = [b for b in left if b[0] - TOLERANCE <= frame <= b[1] + TOLERANCE]
        if near:
            left.remove(min(near, key=lambda b: abs(frame - sum(b) / 2)))
            hits += 1
    return 2 * hits / (total + len(given)) if total + len(given) else 1.0


if __name__ == "__main__":
    main(sys.argv[1:])
