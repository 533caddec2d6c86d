"""A video file and how to look at it come in; what an ingest would take of it goes out, for JSON.

Nothing is written and no database is asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

from ingest.modes import Cutting
from ingest.tracks import read_tracks
from ingest.video import UnreadableVideo, probe


@dataclass(frozen=True)
class Request:
    """How videos are to be looked at: see `modes`."""

    mode: str = "shots"
    interval: float = 10.0
    hwaccel: str = ""


def survey(
    path: Path, request: Request, on_part: Callable[[float], object] = lambda part: None
) -> dict[str, Any]:
    """The report on one file; a file that cannot be read has the reason in `error`."""
    report: dict[str, Any] = {
        "file": str(path),
        "duration": None,
        "frames_decoded": 0,
        "shots": [],
        "frames": [],
        "warnings": [],
        "seconds": {},
    }
    started = perf_counter()
    try:
        info = probe(path)
        cutting = Cutting(path, info.fps, request.mode, request.interval, request.hwaccel)
        total = max(1.0, info.duration * (info.fps or 24.0))
        cutting.seconds["probe"] = perf_counter() - started
        report["duration"] = info.duration
        report["frames"] = [
            {"time": round(choice.picture.time, 3), "shot": choice.shot}
            for choice in cutting.choices(lambda: on_part(cutting.pictures / total))
        ]
        tracks = read_tracks(path)
    except UnreadableVideo as error:
        return report | {"error": error.reason}
    return report | {
        "frames_decoded": cutting.pictures,
        "shots": shots(cutting.bounds),
        "warnings": cutting.warnings + tracks.warnings,
        "seconds": {step: round(seconds, 3) for step, seconds in cutting.seconds.items()},
    }


def shots(bounds: list[float]) -> list[dict[str, float]]:
    return [{"start": round(start, 3), "end": round(end, 3)} for start, end in pairwise(bounds)]
