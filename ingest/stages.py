"""The ingest stage of an episode: its file comes in, rows of pending frames and their files go out.

Pure functions do the work (`modes` and what it uses, `pictures`, `dedupe`); this module only feeds
them and stores what they make.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from frames.errors import Explained
from frames.files import image_name, thumbnail_name
from frames.jobs import Progress, save_if_ours
from frames.models import Episode
from ingest.dedupe import phash
from ingest.modes import Cutting
from ingest.parallel import in_parallel
from ingest.pictures import EncodedPicture, encode
from ingest.rows import write_frames
from ingest.sampling import Choice
from ingest.tracks import read_tracks
from ingest.video import UnreadableVideo, probe


class CannotStore(Explained):
    """A picture could not be written; the message says which and why."""


@dataclass(frozen=True)
class StoredChoice:
    """A chosen picture whose files are on disk; the decoder's own frame is no longer needed."""

    shot: int
    pts: int
    time: float
    motion: float
    camera: str
    width: int
    height: int
    bytes: int
    sha256: str
    phash: int
    placeholder: str


def read(episode: Episode, progress: Progress) -> None:
    """Cut the episode's file into frames and store everything.

    Rows are written when all files are on disk, and pending until the episode is published. Doing
    it again gives every picture that was there before the id that it had.
    """
    path = Path(episode.source)
    if path.exists() and path.stat().st_size != episode.bytes:
        raise UnreadableVideo(path, "was changed since it was queued; ingest it again")
    info = probe(path)
    save_if_ours(
        episode, duration=info.duration, fps=info.fps, width=info.width, height=info.height
    )
    tracks = read_tracks(path)
    cutting = Cutting(path, info.fps, episode.mode, episode.interval, settings.HWACCEL)
    choices = cutting.choices(lambda: progress.update(frames_read=cutting.pictures))
    stored = list(in_parallel(_store, choices, workers=os.cpu_count() or 1))
    progress.update(frames_read=cutting.pictures, kept=len(stored))
    save_if_ours(
        episode,
        warnings=[text[:500] for text in (*cutting.warnings, *tracks.warnings)],
        shot_bounds=[round(t, 3) for t in cutting.bounds],
        seconds={name: round(seconds, 3) for name, seconds in cutting.seconds.items()},
    )
    write_frames(episode, stored, tracks)


def _store(choice: Choice) -> StoredChoice:
    rgb = choice.picture.image()
    encoded = encode(rgb)
    for name, content in _files(encoded):
        try:
            _save(name, content)
        except Exception as error:  # each storage has errors of its own
            reason = getattr(error, "strerror", None) or error
            raise CannotStore(f"{name} cannot be written: {reason}") from error
    return StoredChoice(
        shot=choice.shot,
        pts=choice.picture.pts,
        time=round(choice.picture.time, 3),
        motion=round(choice.motion, 5),
        camera=choice.camera,
        width=rgb.shape[1],
        height=rgb.shape[0],
        bytes=len(encoded.image),
        sha256=encoded.sha256,
        phash=phash(rgb),
        placeholder=encoded.placeholder,
    )


def _save(name: str, content: bytes) -> None:
    """The name says what the content is: what is there in full need not be written again."""
    try:
        there = default_storage.size(name)
    except FileNotFoundError:
        there = None
    if there != len(content):
        default_storage.save(name, ContentFile(content))


def _files(encoded: EncodedPicture) -> Iterator[tuple[str, bytes]]:
    for (width, kind), content in encoded.thumbnails.items():
        yield thumbnail_name(encoded.sha256, width, kind), content
    yield image_name(encoded.sha256), encoded.image
