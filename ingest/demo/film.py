"""Storyboards come in; encoded episodes and the exact truth about them go out.

Both files of an episode are written under a temporary name and renamed when they are complete,
the truth last: whoever finds it finds a whole episode.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator, MutableMapping
from concurrent.futures import FIRST_EXCEPTION, Future, ProcessPoolExecutor, wait
from hashlib import sha1
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from ingest.demo import effects, series
from ingest.demo.shots import FADE, FPS, HEIGHT, WHITE, WIDTH, Shot
from ingest.demo.stage import Stage
from ingest.demo.truth import ground_truth

_REPORT_EVERY = 24  # frames

Progress = Callable[[int, int], None]


def source_version() -> str:
    """A hash of the code that draws the series: it changes when a picture may have changed."""
    digest = sha1(usedforsecurity=False)
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def render_demo(folder: Path, progress: Progress | None = None) -> list[Path]:
    """The series' video files in `folder`, rendered unless this very version is there already.

    Each has the truth about it beside it, as JSON, and `series.json` says who they are.
    `progress` is called with the number of frames done and to be done. Of two callers at once the
    second waits for the first and finds its work done.
    """
    folder.mkdir(parents=True, exist_ok=True)
    version = source_version()
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = [number for number in series.EPISODES if not _finished(folder, number, version)]
        if missing:
            _render_all(folder, missing, version, progress)
        _write_json(folder / "series.json", series.series_json())
    return [folder / series.file_name(number) for number in series.EPISODES]


def _finished(folder: Path, number: int, version: str) -> bool:
    video = folder / series.file_name(number)
    try:
        truth = json.loads(video.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return video.exists() and truth.get("version") == version


def _render_all(folder: Path, numbers: list[int], version: str, progress: Progress | None) -> None:
    """Each episode in a process of its own."""
    total = sum(series.EPISODES[number].frames for number in numbers)
    context = get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(len(numbers), context) as processes:
        done = manager.dict(dict.fromkeys(numbers, 0))
        running: set[Future[None]] = {
            processes.submit(_render, folder, number, version, done) for number in numbers
        }
        while running:
            finished, running = wait(running, timeout=0.5, return_when=FIRST_EXCEPTION)
            for future in finished:
                future.result()
            if progress:
                progress(sum(done.values()), total)


def _render(folder: Path, number: int, version: str, done: MutableMapping[int, int]) -> None:
    """Draw, encode and describe one episode; `done[number]` counts its frames meanwhile."""
    cv2.setNumThreads(1)  # the other core draws the other episode
    video = folder / series.file_name(number)
    unfinished = _beside(video)
    try:
        drawings = encode(unfinished, series.EPISODES[number].shots, number, done)
        truth = {"version": version, **ground_truth(number, drawings)}
        video.with_suffix(".json").unlink(missing_ok=True)
        unfinished.replace(video)
        _write_json(video.with_suffix(".json"), truth)
    finally:
        unfinished.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}")


def _write_json(path: Path, content: dict[str, Any]) -> None:
    unfinished = _beside(path)
    text = json.dumps(content, ensure_ascii=False, indent=1)
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def encode(
    path: Path, shots: tuple[Shot, ...], number: int, done: MutableMapping[int, int]
) -> list[tuple[int, str]]:
    """Write the video; return its drawings as (first frame, id)."""
    drawings: list[tuple[int, str]] = []
    last: np.ndarray | None = None
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        # One thread: the same pictures give the same file on every machine.
        stream.options = {"preset": "superfast", "crf": "21", "x264-params": "threads=1"}
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = 1  # BT.709
        context.color_range = 1
        for index, picture in enumerate(pictures(shots)):
            if picture is not last:
                last = picture
                rgb = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame = rgb.reformat(format="yuv420p", dst_colorspace="itu709")
                id = sha1(picture.data, usedforsecurity=False).hexdigest()[:16]
                if not drawings or drawings[-1][1] != id:
                    drawings.append((index, id))
            frame.pts = index
            container.mux(stream.encode(frame))
            if index % _REPORT_EVERY == 0:
                done[number] = index
        container.mux(stream.encode())
    done[number] = index + 1
    return drawings


def pictures(shots: tuple[Shot, ...]) -> Iterator[np.ndarray]:
    """Every frame of the film, uint8 RGB; the very same array while a drawing is held."""
    before: Stage | None = None
    stage = Stage(shots[0])
    for following in (*shots[1:], None):
        after: Stage | None = None
        for number in range(stage.shot.frames):
            left = stage.shot.frames - number
            if following and after is None and left <= FADE:
                after = Stage(following)
            picture = _entered(stage, before, number)
            yield _left(picture, after, left) if after else picture
        if after:
            before, stage = stage, after


def _entered(stage: Stage, before: Stage | None, number: int) -> np.ndarray:
    """A frame of a shot, with what is left of the transition that begins the shot."""
    picture, enter = stage.picture(number), stage.shot.enter
    if enter == "black" and number < FADE:
        return effects.towards(picture, 0, 1 - number / FADE)
    if enter == "white" and number < WHITE:
        return effects.towards(picture, 255, 1 - number / WHITE)
    if enter == "dissolve" and before and number < FADE // 2:
        last = before.picture(before.shot.frames - 1)
        return effects.towards(picture, last, 0.5 - (number + 0.5) / FADE)
    return picture


def _left(picture: np.ndarray, after: Stage, left: int) -> np.ndarray:
    """A frame, `left` before the end of its shot, with what it sees of the next transition."""
    enter = after.shot.enter
    if enter == "black" and left <= FADE:
        return effects.towards(picture, 0, 1 - (left - 1) / FADE)
    if enter == "white" and left <= WHITE:
        return effects.towards(picture, 255, 1 - (left - 1) / WHITE)
    if enter == "dissolve" and left <= FADE // 2:
        return effects.towards(picture, after.picture(0), 0.5 - (left - 0.5) / FADE)
    return picture
