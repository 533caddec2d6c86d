"""A video file comes in; its facts, or its pictures one after the other, go out.

One decode pass serves everything: each picture comes with two small reductions, cut straight out of
the decoder's own planes, and its full size is converted only when somebody asks for it.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
from av.codec.hwaccel import HWAccel, hwdevices_available
from av.error import FFmpegError
from av.stream import Discard, Disposition
from av.video.frame import PictureType

LUMA_WIDTH = 160
SMALL_WIDTH = 80
_INCOMPLETE = 0.95  # of the promised duration; less is a file that was cut short
# How little the encoder has smoothed away, by the kind of picture.
_FIDELITY = {PictureType.I: 2, PictureType.P: 1}

Warn = Callable[[str], object]


class UnreadableVideo(Exception):
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


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    `index` counts decoded pictures from 0, `time` is in seconds from the first one. `luma` is uint8
    of about 320 pixels' width; `small` is uint8 of about 80, its luma, Cb and Cr planes one above
    the other. `source` is the decoder's own frame; `shape` says how to show it.
    """

    index: int
    pts: int
    time: float
    luma: np.ndarray
    small: np.ndarray
    source: av.VideoFrame
    shape: "Shape"

    @property
    def damaged(self) -> bool:
        return self.source.is_corrupt

    @property
    def fidelity(self) -> int:
        """2 for an intra-coded picture, 1 for a predicted one, 0 for one between two others."""
        return _FIDELITY.get(PictureType(self.source.pict_type), 0)

    def image(self) -> np.ndarray:
        """The full picture: RGB uint8, height x width x 3, never enlarged."""
        matrix = None
        if self.source.colorspace == 2 and self.source.height >= 720:  # not said; HD is BT.709
            matrix = "ITU709"
        rgb = self.source.to_ndarray(format="rgb24", src_colorspace=matrix)
        if self.source.interlaced_frame:
            rgb = weave_out(rgb)
        return self.shape.show(rgb)


@dataclass(frozen=True)
class Shape:
    """How decoded pictures are to be shown: `aspect` is a pixel's width by its height,
    `rotation` the degrees to turn by, counter-clockwise."""

    aspect: Fraction
    rotation: int

    def show(self, rgb: np.ndarray) -> np.ndarray:
        height, width = rgb.shape[:2]
        size = self._square(width, height)
        if size != (width, height):
            rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(np.rot90(rgb, self.rotation // 90))

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height that `show` gives to a picture of this size."""
        width, height = self._square(width, height)
        return (height, width) if self.rotation % 180 else (width, height)

    def _square(self, width: int, height: int) -> tuple[int, int]:
        """Pixels are made square by making the picture smaller, not larger."""
        if self.aspect > 1:
            return width, max(1, round(height / self.aspect))
        return max(1, round(width * self.aspect)), height


def weave_out(rgb: np.ndarray) -> np.ndarray:
    """Take the comb out of an interlaced picture.

    The lines of the second field may leave the range of the lines above and below (the first
    field) by a little; where they leave it by more, something moved between the fields.
    """
    out = rgb.copy()
    above, field = rgb[0:-1:2], rgb[1::2]
    below = rgb[2::2]
    if len(below) < len(field):
        below = np.concatenate([below, above[-1:]])
    low = np.minimum(above, below).astype(np.int16) - 12
    high = np.maximum(above, below).astype(np.int16) + 12
    out[1::2] = np.clip(field, low, high)
    return out


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
        seconds = float(stream.time_base or Fraction(1, 1000))
        first_pts, shape, time = 0, Shape(Fraction(1), 0), 0.0
        index = -1
        damage = _Damage()
        for index, frame in enumerate(_frames(container, stream, damage, keyframes=keyframes)):
            pts = index if frame.pts is None else frame.pts  # raw streams have no time
            if index == 0:
                first_pts, shape = pts, _shape(stream, frame)
            time = (pts - first_pts) * seconds
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


class _Damage:
    """Where a stream did not decode, told in a few words."""

    def __init__(self) -> None:
        self.time = 0.0
        self.broken: list[float] = []  # the times after which something did not decode
        self.corrupt: list[float] = []  # the times of pictures that decoded with gaps

    def note_picture(self, time: float, corrupt: bool) -> None:
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


def reduce(frame: av.VideoFrame) -> tuple[np.ndarray, np.ndarray]:
    """`Picture.luma` and `Picture.small` of a frame.

    Planar YUV is sampled in the planes as they are: that costs a tenth of a conversion. Anything
    else is converted, small.
    """
    width = min(LUMA_WIDTH, frame.width)
    height = max(1, round(frame.height * width / frame.width))
    planes, excess = _planes(frame)
    if len(planes) != 3:
        planes, excess = _planes(frame.reformat(width=width, height=height, format="yuv444p"))
    luma = _sampled(planes[0], (width, height), excess)
    size = min(SMALL_WIDTH, width), max(3, round(height * min(SMALL_WIDTH, width) / width))
    small = np.empty((3, size[1], size[0]), np.uint8)
    cv2.resize(luma, size, dst=small[0], interpolation=cv2.INTER_AREA)
    for plane, part in zip(planes[1:], small[1:], strict=True):
        part[:] = _sampled(plane, size, excess)
    return luma, small.reshape(-1, size[0])


def _sampled(plane: np.ndarray, size: tuple[int, int], excess: int) -> np.ndarray:
    """Every n-th sample of a plane; `excess` is the number of bits above eight."""
    sampled: np.ndarray = cv2.resize(plane, size, interpolation=cv2.INTER_NEAREST)
    return (sampled >> excess).astype(np.uint8) if excess else sampled


def _planes(frame: av.VideoFrame) -> tuple[list[np.ndarray], int]:
    """Luma, Cb and Cr of a YUV frame, without a copy, and their bits above eight.

    Fewer planes, or none, if the frame is of another kind.
    """
    bits, parts = _layout(frame.format.name)
    kind = np.dtype(np.uint8 if bits <= 8 else np.uint16)
    planes = frame.planes
    found = []
    for number, offset, step in parts:
        plane = planes[number]
        lines = np.frombuffer(memoryview(plane), kind).reshape(plane.height, -1)
        found.append(lines[:, offset : plane.width * step : step])
    return found, max(bits - 8, 0)


@cache
def _layout(format: str) -> tuple[int, tuple[tuple[int, int, int], ...]]:
    """Bits of a sample and, for luma, Cb and Cr: number of the plane, first sample, step."""
    known = av.VideoFormat(format)
    if not known.is_planar or known.is_rgb or known.is_big_endian:
        return 8, ()
    parts = known.components[:3]
    found = []
    for part in parts:
        shared = [other.plane for other in parts].count(part.plane)  # "nv12": Cb, Cr, Cb, Cr ...
        first = sum(other.plane == part.plane for other in parts[: parts.index(part)])
        found.append((part.plane, first, shared))
    return parts[0].bits, tuple(found)
