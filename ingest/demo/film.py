"""Storyboards come in; an encoded episode and the exact truth about it go out.

Both files of an episode are written under a temporary name and renamed when they are complete,
the truth last: whoever finds it finds a whole episode.
"""

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from hashlib import blake2b
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import av
import numpy as np

from ingest.demo import effects
from ingest.demo.episode_one import EPISODE_ONE
from ingest.demo.episode_two import EPISODE_TWO
from ingest.demo.opening import OPENING
from ingest.demo.shots import FPS, HEIGHT, WIDTH, Shot
from ingest.demo.stage import FLASH, Stage

VERSION = 1  # to be raised when a picture or the truth about it changes
SERIES = "Kazemachi Diary"
EPISODES = (("The Day the Wind Stopped", EPISODE_ONE), ("Four Umbrellas", EPISODE_TWO))

_FADE = 16  # frames of a fade to or from black, and of a dissolve
_WHITE = 12  # frames of a fade to white, and as many back
_REPORT_EVERY = 24  # frames

Progress = Callable[[int, int], None]


def render_demo(folder: Path, progress: Progress | None = None) -> list[Path]:
    """The demo's video files in `folder`, rendered now unless they are there already.

    Each has the truth about it beside it, as JSON. `progress` is called with the number of frames
    done and to be done.
    """
    folder.mkdir(parents=True, exist_ok=True)
    numbers = range(1, len(EPISODES) + 1)
    missing = [number for number in numbers if not _finished(folder, number)]
    if missing:
        _render_all(folder, missing, progress)
    return [_video(folder, number) for number in numbers]


def _video(folder: Path, number: int) -> Path:
    return folder / f"{SERIES} - {number:02}.mp4"


def _finished(folder: Path, number: int) -> bool:
    video = _video(folder, number)
    try:
        truth = json.loads(video.with_suffix(".json").read_text())
    except (OSError, ValueError):
        return False
    return video.exists() and truth.get("version") == VERSION


def _render_all(folder: Path, numbers: list[int], progress: Progress | None) -> None:
    total = sum(shot.frames for number in numbers for shot in storyboard(number))
    context = get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(len(numbers), context) as processes:
        done = manager.dict(dict.fromkeys(numbers, 0))
        running: set[Future[None]] = {
            processes.submit(render_episode, folder, number, done) for number in numbers
        }
        while running:
            finished, running = wait(running, timeout=0.5, return_when="FIRST_EXCEPTION")
            for future in finished:
                future.result()
            if progress:
                progress(sum(done.values()), total)


def storyboard(number: int) -> tuple[Shot, ...]:
    """The shots of an episode, its opening first."""
    return OPENING + EPISODES[number - 1][1]


def render_episode(folder: Path, number: int, done: Any) -> None:
    """Draw, encode and describe one episode; `done[number]` counts its frames meanwhile."""
    video = _video(folder, number)
    truth = video.with_suffix(".json")
    # The process id keeps two renderings of the same folder apart.
    unfinished = [path.with_name(f".{path.name}.{os.getpid()}") for path in (video, truth)]
    try:
        drawings = _encode(
            unfinished[0], storyboard(number), lambda count: _count(done, number, count)
        )
        text = json.dumps(ground_truth(number, drawings), ensure_ascii=False, indent=1)
        unfinished[1].write_text(text, encoding="utf-8")
        truth.unlink(missing_ok=True)
        unfinished[0].replace(video)
        unfinished[1].replace(truth)
    finally:
        for path in unfinished:
            path.unlink(missing_ok=True)


def _count(done: Any, number: int, count: int) -> None:
    done[number] = count


def _encode(path: Path, shots: tuple[Shot, ...], report: Callable[[int], None]) -> list[list[Any]]:
    """Write the video; return its drawings as [first frame, id]."""
    drawings: list[list[Any]] = []
    last: np.ndarray | None = None
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"preset": "veryfast", "crf": "20"}
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = 1  # BT.709
        context.color_range = 1
        for index, picture in enumerate(pictures(shots)):
            if picture is not last:
                last = picture
                id = blake2b(picture.tobytes(), digest_size=8).hexdigest()
                if not drawings or drawings[-1][1] != id:
                    drawings.append([index, id])
                rgb = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame = rgb.reformat(format="yuv420p", dst_colorspace="itu709")
            frame.pts = index
            container.mux(stream.encode(frame))
            if index % _REPORT_EVERY == 0:
                report(index)
        container.mux(stream.encode())
    report(sum(shot.frames for shot in shots))
    return drawings


def pictures(shots: tuple[Shot, ...]) -> Iterator[np.ndarray]:
    """Every frame of the film; the very same array while a drawing is held."""
    before: Stage | None = None
    stage: Stage | None = Stage(shots[0])
    for index, shot in enumerate(shots):
        assert stage is not None
        following = shots[index + 1] if index + 1 < len(shots) else None
        after: Stage | None = None
        for number in range(shot.frames):
            left = shot.frames - number
            if following and after is None and left <= _FADE:
                after = Stage(following)
            picture = stage.picture(number)
            if shot.enter == "black" and number < _FADE:
                picture = effects.towards(picture, 0, 1 - number / _FADE)
            elif shot.enter == "white" and number < _WHITE:
                picture = effects.towards(picture, 255, 1 - number / _WHITE)
            elif shot.enter == "dissolve" and before and number < _FADE // 2:
                share = 0.5 - (number + 0.5) / _FADE
                picture = effects.towards(picture, before.picture(before.shot.frames - 1), share)
            if following and following.enter == "black" and left <= _FADE:
                picture = effects.towards(picture, 0, 1 - (left - 1) / _FADE)
            elif following and following.enter == "white" and left <= _WHITE:
                picture = effects.towards(picture, 255, 1 - (left - 1) / _WHITE)
            elif following and following.enter == "dissolve" and after and left <= _FADE // 2:
                share = 0.5 - (left - 0.5) / _FADE
                picture = effects.towards(picture, after.picture(0), share)
            yield picture
        before, stage = stage, after


@dataclass(frozen=True)
class _Placed:
    """A shot and the frames of the film that it takes."""

    shot: Shot
    index: int
    start: int

    @property
    def end(self) -> int:
        return self.start + self.shot.frames


def ground_truth(number: int, drawings: list[list[Any]]) -> dict[str, Any]:
    """The truth about an episode, ready for JSON; frame ranges exclude their end."""
    placed: list[_Placed] = []
    for index, shot in enumerate(storyboard(number)):
        placed.append(_Placed(shot, index, placed[-1].end if placed else 0))
    title, _ = EPISODES[number - 1]
    return {
        "version": VERSION,
        "series": SERIES,
        "alternative_titles": ["風待ち日記"],
        "year": 2026,
        "episode": number,
        "title": title,
        "file": _video(Path(), number).name,
        "fps": FPS,
        "width": WIDTH,
        "height": HEIGHT,
        "frames": placed[-1].end,
        "cuts": [here.start for here in placed if here.start and here.shot.enter == "cut"],
        "transitions": [transition for here in placed for transition in _transitions(here)],
        "flashes": [
            [here.start + here.shot.middle, here.start + here.shot.middle + FLASH]
            for here in placed
            if here.shot.clash
        ],
        "shots": [_described(here) for here in placed],
        "drawings": drawings,
    }


def _transitions(here: _Placed) -> list[dict[str, Any]]:
    start = here.start
    ranges = {
        "cut": [],
        "black": [
            ("fade_out_black", start - _FADE, start),
            ("fade_in_black", start, start + _FADE),
        ],
        "white": [("fade_white", start - _WHITE, start + _WHITE)],
        "dissolve": [("dissolve", start - _FADE // 2, start + _FADE // 2)],
    }[here.shot.enter]
    return [{"kind": kind, "start": first, "end": end} for kind, first, end in ranges]


def _described(here: _Placed) -> dict[str, Any]:
    shot = here.shot
    phases = _phases(here)
    enter = "start" if here.start == 0 else "cut" if shot.enter == "cut" else "fade"
    return {
        "index": here.index,
        "start": here.start,
        "end": here.end,
        "begins_with": "dissolve" if shot.enter == "dissolve" else enter,
        "place": shot.place,
        "camera": shot.camera,
        "motion": shot.motion,
        "opening": here.index < len(OPENING),
        "subtitle": shot.subtitle,
        "characters": [actor.name for actor in shot.actors],
        "tags": sorted(set(shot.tags()) | set(shot.tags(late=True))),
        "phases": phases,
    }


def _phases(here: _Placed) -> list[dict[str, Any]]:
    """The stretches of a shot with the same tags, in order."""
    shot, middle = here.shot, here.start + here.shot.middle
    if shot.clash:
        bounds = [here.start, middle, middle + FLASH, here.end]
    else:
        bounds = [here.start, middle, here.end] if shot.changes else [here.start, here.end]
    phases = []
    for start, end in zip(bounds[:-1], bounds[1:], strict=True):
        tags = shot.tags(late=start >= middle)
        if shot.clash and start == middle:
            tags = sorted([*tags, "impact_frame"])
        phases.append({"start": start, "end": end, "tags": tags})
    return phases
