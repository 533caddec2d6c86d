"""A video file comes in; its facts, or its pictures one after the other, go out.

One decode pass serves everything (see `picture`). What is damaged costs only itself, and is told.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.codec.hwaccel import HWAccel, hwdevices_available
from av.error import FFmpegError
from av.stream import Discard, Disposition

from frames.errors import Explained
from ingest.picture import Picture, Shape, reduce

_INCOMPLETE = 0.95  # of the promised duration; less is a file that was cut short
_GAP = 0.5  # seconds without a picture in a damaged stream that are told

Warn = Callable[[str], object]


class UnreadableVideo(Explained):
    """The file cannot be read as a video; the reason is for people."""

    def __init__(self, path: Path, reason: str):
        self.path, self.reason = path, reason
        super().__init__(f"{path.name}: {reason}")


@dataclass(frozen=True)
class VideoInfo:
    """What the container says. `duration` in seconds, `fps` the average rate.

    `width` and `height` are those of the picture as it is to be shown: with square pixels and
    upright.
    """

    duration: float
    fps: float
    width: int
    height: int


def probe(path: Path) -> VideoInfo:
    """Raises `UnreadableVideo` for what is not a video, and for a video without pictures."""
    with open_video(path) as container:
        stream = video_stream(container)
        assert stream is not None
        duration = container.duration / av.time_base if container.duration else 0.0
        fps = float(stream.average_rate or stream.guessed_rate or 0)
        stream.codec_context.thread_count = 1  # others would start, and end, for a single picture
        try:
            shape = _shape(stream, next(container.decode(stream), None))
        except FFmpegError:
            shape = _shape(stream, None)
        width, height = shape.size(stream.codec_context.width, stream.codec_context.height)
        return VideoInfo(duration, fps, width, height)


def read_pictures(
    path: Path, *, keyframes: bool = False, hwaccel: str = "", warn: Warn = lambda text: None
) -> Iterator[Picture]:
    """Every picture of the first video stream, or every keyframe, in order of presentation.

    What does not decode is left out and told to `warn`, once for each kind of damage. `hwaccel` is
    a device of FFmpeg ("cuda", "vaapi", ...) or empty; where it cannot, the processor decodes.
    Raises `UnreadableVideo` if the file is no video, if no picture of it decodes, or if the file
    is changed meanwhile.
    """
    before = _stamp(path)
    with open_video(path, hwaccel, warn) as container:
        stream = video_stream(container)
        assert stream is not None
        stream.thread_type = "AUTO"
        if keyframes:
            stream.discard = Discard.nonkey  # the demuxer reads no other packets
            stream.codec_context.skip_frame = "NONKEY"
            # Each is a thread's work of its own: two more than there are processors keep these busy
            # while Python looks at a picture.
            stream.codec_context.thread_count = (os.cpu_count() or 1) + 2
        clock, damage = _Clock(stream), _Damage()
        index, time, shape = -1, 0.0, Shape(Fraction(1), 0)
        for index, frame in enumerate(_frames(container, stream, damage, keyframes=keyframes)):
            if index == 0:
                shape = _shape(stream, frame)
            pts, time = clock.read(frame)
            damage.note_picture(time, frame.is_corrupt)
            yield Picture(index, pts, time, *reduce(frame), frame, shape)
        if index < 0:
            raise UnreadableVideo(path, "has a video stream but no picture that decodes")
        if _stamp(path) != before:
            raise UnreadableVideo(path, "was changed while it was read; ingest it again")
        for text in damage.texts():
            warn(text)
        promised = container.duration / av.time_base if container.duration else 0.0
        if not keyframes and time < _INCOMPLETE * promised - 1:
            warn(f"incomplete: {time:.1f} of {promised:.1f} s can be decoded")


class _Clock:
    """When pictures are shown. Raw streams do not say it, and damaged ones may say it wrongly: what
    is more than a second before the picture before it is not believed."""

    def __init__(self, stream: av.VideoStream) -> None:
        self._unit = float(stream.time_base or Fraction(1, 1000))
        rate = float(stream.average_rate or stream.guessed_rate or 24)
        self._step = round(1 / (rate * self._unit)) or 1
        self._first: int | None = None
        self._pts = 0

    def read(self, frame: av.VideoFrame) -> tuple[int, float]:
        """The time stamp of the next picture, and seconds from the first one."""
        if self._first is None:
            self._first = self._pts = frame.pts or 0
        elif frame.pts is not None and (self._pts - frame.pts) * self._unit < 1:
            self._pts = frame.pts
        else:
            self._pts += self._step
        return self._pts, (self._pts - self._first) * self._unit


class _Damage:
    """Where a stream did not decode, told in a few words."""

    def __init__(self) -> None:
        self.time = 0.0
        self.broken: list[float] = []  # the times after which something did not decode
        self.corrupt: list[float] = []  # the times of pictures that decoded with gaps
        self.gap = (0.0, 0.0)  # the longest time without a picture

    def note_picture(self, time: float, corrupt: bool) -> None:
        if time - self.time > self.gap[1] - self.gap[0]:
            self.gap = self.time, time
        self.time = time
        if corrupt:
            self.corrupt.append(time)

    def note_error(self) -> None:
        self.broken.append(self.time)

    def texts(self) -> Iterator[str]:
        if self.broken:
            yield f"{len(self.broken)} parts do not decode, the first after {self.broken[0]:.1f} s"
        if self.corrupt:
            first, last = self.corrupt[0], self.corrupt[-1]
            yield f"{len(self.corrupt)} damaged pictures between {first:.1f} and {last:.1f} s"
        # In a sound stream a picture may well stand for seconds.
        if (self.broken or self.corrupt) and self.gap[1] - self.gap[0] > _GAP:
            yield f"no picture between {self.gap[0]:.1f} and {self.gap[1]:.1f} s"


def _frames(
    container: "av.container.InputContainer",
    stream: av.VideoStream,
    damage: _Damage,
    *,
    keyframes: bool,
) -> Iterator[av.VideoFrame]:
    """What decodes; after an error goes on with the next packet."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            if keyframes and packet.size and not packet.is_keyframe:
                continue
            if packet.is_corrupt:
                damage.note_error()
            frames = packet.decode()
        except FFmpegError as error:
            damage.note_error()
            # A demuxer that has failed does not go on; a decoder does.
            if isinstance(error, av.error.EOFError) or len(damage.broken) > 10_000:
                return
            continue
        yield from frames


def open_video(
    path: Path, hwaccel: str = "", warn: Warn = lambda text: None
) -> "av.container.InputContainer":
    if not path.exists():
        raise UnreadableVideo(path, "does not exist")
    if path.stat().st_size == 0:
        raise UnreadableVideo(path, "is empty")
    container = _accelerated(path, hwaccel, warn) if hwaccel else None
    try:
        container = container or av.open(str(path))
    except (FFmpegError, OSError) as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableVideo(path, f"is not a video ({reason})") from error
    if video_stream(container) is None:
        container.close()
        raise UnreadableVideo(path, "has no video stream that can be decoded")
    return container


def _accelerated(path: Path, device: str, warn: Warn) -> "av.container.InputContainer | None":
    """The file with that device to decode it; None, and a warning, if it is not to be had here."""
    known = hwdevices_available()
    if device not in known:
        choice = ", ".join(known) or "none"
        raise UnreadableVideo(
            path, f"HWACCEL={device} is no device of this FFmpeg (it has {choice})"
        )
    try:
        accelerator = HWAccel(device_type=device, allow_software_fallback=True)
        return av.open(str(path), hwaccel=accelerator)
    except (FFmpegError, OSError) as error:
        warn(f"decoded by the processor: no {device} here ({error.strerror})")
        return None


def video_stream(container: "av.container.InputContainer") -> av.VideoStream | None:
    """The first video stream that is a film and no cover picture."""
    for stream in container.streams.video:
        if stream.codec_context and not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise UnreadableVideo(path, "does not exist") from error
    except OSError as error:
        raise UnreadableVideo(path, f"cannot be read ({error.strerror})") from error
    return status.st_size, status.st_mtime_ns


def _shape(stream: av.VideoStream, frame: av.VideoFrame | None) -> Shape:
    aspect = stream.sample_aspect_ratio or Fraction(1)
    rotation = frame.rotation if frame is not None else 0
    return Shape(aspect if aspect > 0 else Fraction(1), rotation % 360)
