"""A video file and a mode come in; its shots and the frames chosen to show them go out.

`shots` looks at every picture; `keyframes` decodes only those that stand for themselves, a whole
episode in a second, and is as exact as the encoder placed them; `interval` takes a frame every so
many seconds, whatever it shows.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

from ingest.camera import camera_movement
from ingest.detectors import Detector, StructureDetector, Transition, same_shot
from ingest.picture import Picture
from ingest.sampling import Choice, Shot, choose_frames, has_changed, motion_between
from ingest.shots import find_shots
from ingest.video import Warn, read_pictures

MODES = ("shots", "keyframes", "interval")
_HALF_SECOND = 0.5


@dataclass
class Cutting:
    """What is to be done with a file, and, as it is being done, what has been seen of it.

    `seconds` counts the time that each step took by itself.
    """

    path: Path
    fps: float
    mode: str = "shots"
    interval: float = 10.0
    hwaccel: str = ""
    detector: Callable[[float], Detector] = StructureDetector
    pictures: int = 0
    warnings: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    shots: list[Shot] = field(default_factory=list)

    @property
    def bounds(self) -> list[float]:
        """Where the shots begin, and the last one ends, in seconds."""
        return [shot.start for shot in self.shots] + [shot.end for shot in self.shots[-1:]]

    def choices(self, on_picture: Callable[[], object] = lambda: None) -> Iterator[Choice]:
        """The chosen frames in order of time; `shots` is complete when they are through."""
        for item in self._timed("choice", self._chosen(on_picture), after=("decode", "shots")):
            if isinstance(item, Shot):
                self.shots.append(item)
            else:
                yield item

    def _chosen(self, on_picture: Callable[[], object]) -> Iterator[Choice | Shot]:
        keyframes = self.mode == "keyframes"
        pictures = self._timed("decode", self._read(keyframes, on_picture))
        if keyframes:
            return choose_keyframes(pictures)
        marked = find_shots(pictures, self.detector(self.fps))
        marked = self._timed("shots", marked, after=("decode",))
        if self.mode == "interval":
            return choose_every(marked, self.interval, self.fps)
        return choose_frames(marked, self.fps)

    def _read(self, keyframes: bool, on_picture: Callable[[], object]) -> Iterator[Picture]:
        warn: Warn = self.warnings.append
        for picture in read_pictures(
            self.path, keyframes=keyframes, hwaccel=self.hwaccel, warn=warn
        ):
            self.pictures += 1
            on_picture()
            yield picture

    def _timed(self, step: str, items: Iterator, after: tuple[str, ...] = ()) -> Iterator:
        """The items; the time that they took, less that of the steps before, counts for `step`."""
        total = 0.0
        while True:
            started = perf_counter()
            item = next(items, None)
            total += perf_counter() - started
            if item is None:
                break
            yield item
        self.seconds[step] = total - sum(self.seconds.get(name, 0.0) for name in after)


def choose_keyframes(pictures: Iterable[Picture]) -> Iterator[Choice | Shot]:
    """Every keyframe that differs from the one before it.

    Keyframes that share detail are in one shot; it ends where the next one begins.
    """
    number, start = 0, 0.0
    before: Picture | None = None
    for picture in pictures:
        if before is not None and not same_shot(before.small, picture.small):
            yield Shot(number, start, picture.time)
            number, start, before = number + 1, picture.time, None
        fit = not picture.damaged and picture.luma.std() > 4
        if fit and (before is None or has_changed(before.luma, picture.luma)):
            yield Choice(number, picture, 0.0, "")
        before = picture
    if before is not None:
        yield Shot(number, start, before.time)


def choose_every(
    marked: Iterable[Picture | Transition], seconds: float, fps: float
) -> Iterator[Choice | Shot]:
    """The first undamaged picture from each multiple of `seconds` on, and the shots."""
    number, start, end = 0, 0.0, 0.0
    due = 0.0
    recent: deque[Picture] = deque(maxlen=max(2, round(_HALF_SECOND * (fps or 24.0))))
    for item in marked:
        if isinstance(item, Transition):
            yield Shot(number, start, end)
            number, start = number + 1, end
            recent.clear()
            continue
        recent.append(item)
        if item.time >= due and not item.damaged:
            lumas = [picture.luma for picture in recent]
            camera = camera_movement(lumas[0], lumas[-1])
            yield Choice(number, item, motion_between(lumas), camera)
            due = (item.time // seconds + 1) * seconds
        end = item.time + 1 / (fps or 24.0)
    yield Shot(number, start, end)
