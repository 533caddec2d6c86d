"""The videos that benchmarks of ingest work on; made once, kept below `VAR_ROOT`."""

import json
from pathlib import Path
from typing import Any

import av

from anipic_site.environment import VAR_ROOT
from ingest.demo import render_demo
from tests.conftest import MEDIA

FOLDER = VAR_ROOT / "benchmarks"
CUTS = Path(__file__).resolve().parents[1] / "data" / "cuts.json"


def demo() -> list[Path]:
    """The demo's episodes, the truth about each beside it as JSON."""
    return render_demo(FOLDER / "demo")


def media() -> list[Path]:
    """The clips of real film, where they are at hand."""
    return [MEDIA / name for name in labels() if (MEDIA / name).exists()]


def labels() -> dict[str, list[list[int]]]:
    """For each clip of film the first and the last frame that may be called the first of a new
    shot, by a person who looked at all of them: equal for a cut, a range for a fade or dissolve."""
    return json.loads(CUTS.read_text())


def truth(episode: Path) -> list[list[int]]:
    """The same for an episode of the demo, from what its drawing knows."""
    known: dict[str, Any] = json.loads(episode.with_suffix(".json").read_text())
    return [[shot["start"], shot["start"]] for shot in known["shots"][1:]]


def five_minutes() -> Path:
    """The demo's episodes twice in a row: more than five minutes of 720p H.264."""
    path = FOLDER / "five-minutes.mp4"
    episodes = demo()
    if path.exists() and path.stat().st_mtime > max(e.stat().st_mtime for e in episodes):
        return path
    return repeat(episodes, 2, path)


def repeat(clips: list[Path], times: int, path: Path) -> Path:
    """The clips one after the other, so many times, without encoding them again."""
    unfinished = path.with_suffix(".part.mp4")
    with av.open(str(unfinished), "w") as out:
        stream = None
        offset = 0
        for clip in clips * times:
            with av.open(str(clip)) as source:
                video = source.streams.video[0]
                if stream is None:
                    stream = out.add_stream_from_template(video)
                    stream.time_base = video.time_base
                length = int(video.duration or 0)
                for packet in source.demux(video):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.stream = stream
                    packet.pts += offset
                    packet.dts += offset
                    out.mux(packet)
                offset += length
    unfinished.replace(path)
    return path
