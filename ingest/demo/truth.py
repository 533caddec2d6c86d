"""The storyboard of an episode comes in; the exact truth about its frames goes out, for JSON."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ingest.demo import series
from ingest.demo.opening import OPENING
from ingest.demo.shots import FADE, FLASH, FPS, HEIGHT, WHITE, WIDTH, Shot


@dataclass(frozen=True)
class _Placed:
    """A shot and the frames of the film that it takes."""

    shot: Shot
    index: int
    start: int

    @property
    def end(self) -> int:
        return self.start + self.shot.frames

    @property
    def middle(self) -> int:
        return self.start + self.shot.middle


def ground_truth(number: int, drawings: list[tuple[int, str]]) -> dict[str, Any]:
    """The truth about an episode; all ranges are frames of the film and exclude their end.

    `cuts` are the first frames after a hard cut, `transitions` the fades and dissolves, `flashes`
    the frames of an impact, which are no cuts. `shots` says of each one where it is, what moves
    and, for each of its `phases`, the tags that are true of every frame in it; a shot's own `tags`
    are those of any phase. `drawings` are (first frame, id): equal ids are equal pictures.
    """
    episode = series.EPISODES[number]
    placed: list[_Placed] = []
    for index, shot in enumerate(episode.shots):
        placed.append(_Placed(shot, index, placed[-1].end if placed else 0))
    return {
        "series": series.TITLE,
        "alternative_titles": list(series.ALTERNATIVE_TITLES),
        "year": series.YEAR,
        "episode": number,
        "title": episode.title,
        "file": series.file_name(number),
        "fps": FPS,
        "width": WIDTH,
        "height": HEIGHT,
        "frames": episode.frames,
        "cuts": [here.start for here in placed if here.start and here.shot.enter == "cut"],
        "transitions": [transition for here in placed for transition in _transitions(here)],
        "flashes": [[here.middle, here.middle + FLASH] for here in placed if here.shot.clash],
        "shots": [_described(here) for here in placed],
        "drawings": drawings,
    }


def _transitions(here: _Placed) -> list[dict[str, Any]]:
    start = here.start
    ranges: dict[str, list[tuple[str, int, int]]] = {
        "black": [("fade_out_black", start - FADE, start), ("fade_in_black", start, start + FADE)],
        "white": [("fade_white", start - WHITE, start + WHITE)],
        "dissolve": [("dissolve", start - FADE // 2, start + FADE // 2)],
    }
    return [
        {"kind": kind, "start": first, "end": end}
        for kind, first, end in ranges.get(here.shot.enter, [])
    ]


def _described(here: _Placed) -> dict[str, Any]:
    shot = here.shot
    begins_with = {"black": "fade", "white": "fade"}.get(shot.enter, shot.enter)
    return {
        "index": here.index,
        "start": here.start,
        "end": here.end,
        "begins_with": begins_with if here.start else "start",
        "place": shot.place,
        "camera": shot.camera,
        "motion": shot.motion,
        "opening": here.index < len(OPENING),
        "subtitle": shot.subtitle,
        "characters": [actor.name for actor in shot.actors],
        "tags": sorted(set(shot.tags()) | set(shot.tags(late=True))),
        "phases": _phases(here),
    }


def _phases(here: _Placed) -> list[dict[str, Any]]:
    """The stretches of a shot with the same tags, in order."""
    bounds = [here.start, here.end]
    if here.shot.clash:
        bounds[1:1] = [here.middle, here.middle + FLASH]
    elif here.shot.changes:
        bounds[1:1] = [here.middle]
    phases = []
    for start, end in pairwise(bounds):
        flash = here.shot.clash and start == here.middle
        # Neither faces nor the place can be made out in a flash.
        tags = ["fight", "impact_frame"] if flash else here.shot.tags(late=start >= here.middle)
        phases.append({"start": start, "end": end, "tags": tags})
    return phases
