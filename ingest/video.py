"""A video file comes in; its facts, or its pictures one after the other, go out.

One decode pass serves everything: each picture comes with a small BGR reduction, cut straight out
of the decoder's own planes, and its full size is converted only when somebody asks for it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.error import FFmpegError

SMALL_WIDTH = 256
# Formats whose planes are 8-bit luma and chroma at half the width and height.
_PLANAR_420 = ("yuv420p", "yuvj420p")


class UnreadableVideo(Exception):
    """The file cannot be read as a video; the reason is for people."""

    def __init__(self, path: Path, reason: str):
        self.path, self.reason = path, reason
        super().__init__(f"{path.name}: {reason}")


@dataclass(frozen=True)
class VideoInfo:
    """What the container says. `duration` in seconds, `fps` the average rate, size in pixels."""

    duration: float
    fps: float
    width: int
    height: int


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    `index` counts decoded pictures from 0, `time` is in seconds from the first one, `small` is
    BGR uint8 of about 256 pixels' width, `source` the decoder's own frame.
    """

    index: int
    pts: int
    time: float
    small: np.ndarray
    source: av.VideoFrame

    def image(self) -> np.ndarray:
        """The full picture: RGB uint8, height x width x 3."""
        return self.source.to_ndarray(format="rgb24")


def probe(path: Path) -> VideoInfo:
    """Raises `UnreadableVideo` for what is not a video, and for a video without pictures."""
    with _open(path) as container:
        stream = container.streams.video[0]
        duration = container.duration / av.time_base if container.duration else 0.0
        fps = float(stream.average_rate or stream.guessed_rate or 0)
        return VideoInfo(duration, fps, stream.codec_context.width, stream.codec_context.height)


def read_pictures(path: Path) -> Iterator[Picture]:
    """Every picture of the first video stream, in order of presentation.

    Raises `UnreadableVideo` if the file is no video, if a part of it does not decode, or if it
    ends well before the duration that its header promises (an incomplete copy or download).
    """
    with _open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        time_base = stream.time_base or Fraction(1, 1000)
        first_pts = None
        time = 0.0
        try:
            for index, frame in enumerate(container.decode(stream)):
                pts = index if frame.pts is None else frame.pts
                if first_pts is None:
                    first_pts = pts
                time = float((pts - first_pts) * (frame.time_base or time_base))
                yield Picture(index, pts, time, reduce(frame), frame)
        except FFmpegError as error:
            raise UnreadableVideo(path, f"does not decode after {time:.1f} s ({error})") from error
        if first_pts is None:
            raise UnreadableVideo(path, "has a video stream but no picture that decodes")
        promised = container.duration / av.time_base if container.duration else 0.0
        if time < 0.9 * promised - 2:
            raise UnreadableVideo(
                path, f"is incomplete: {time:.1f} of {promised:.1f} s can be decoded"
            )


def _open(path: Path) -> "av.container.InputContainer":
    if not path.exists():
        raise UnreadableVideo(path, "does not exist")
    if path.stat().st_size == 0:
        raise UnreadableVideo(path, "is empty")
    try:
        container = av.open(str(path))
    except FFmpegError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableVideo(path, f"is not a video ({reason})") from error
    if not container.streams.video or not container.streams.video[0].codec_context:
        container.close()
        raise UnreadableVideo(path, "has no video stream that can be decoded")
    return container


def reduce(frame: av.VideoFrame) -> np.ndarray:
    """The picture at about `SMALL_WIDTH` pixels' width, BGR uint8.

    For the common 8-bit 4:2:0 formats every n-th sample is taken from the planes as they are;
    that costs a twentieth of a conversion and is enough to tell shots and motion.
    """
    if frame.format.name not in _PLANAR_420 or frame.width < SMALL_WIDTH:
        height = max(1, round(frame.height * SMALL_WIDTH / frame.width))
        return frame.to_ndarray(format="bgr24", width=SMALL_WIDTH, height=height)
    step = max(2, 2 * round(frame.width / SMALL_WIDTH / 2))  # even: chroma lines up with luma
    luma = _plane(frame.planes[0])[::step, ::step]
    rows, columns = (n // step for n in (frame.height, frame.width))
    half = step // 2
    chroma = [_plane(frame.planes[i])[::half, ::half][:rows, :columns] for i in (2, 1)]
    return cv2.cvtColor(np.dstack([luma[:rows, :columns], *chroma]), cv2.COLOR_YCrCb2BGR)


def _plane(plane: "av.video.plane.VideoPlane") -> np.ndarray:
    """The plane's bytes as an array, without a copy and without the padding of its lines."""
    lines = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    return lines[:, : plane.width]
