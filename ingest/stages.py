"""The ingest stage of an episode: its file comes in, rows of hidden frames and their files go out.

Pure functions do the work (`video`, `shots`, `sampling`, `dedupe`, `pictures`); this module only
feeds them and stores what they make.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection

from frames.jobs import Progress
from frames.models import THUMBNAIL_WIDTHS, Episode, Frame, image_name, thumbnail_name
from ingest.dedupe import Keepers, phash
from ingest.pictures import EncodedPicture, encode
from ingest.sampling import Choice, choose_frames
from ingest.shots import number_shots
from ingest.video import Picture, probe, read_pictures

In = TypeVar("In")
Out = TypeVar("Out")


@dataclass(frozen=True)
class StoredChoice:
    """A chosen picture whose files are on disk; the decoder's own frame is no longer needed."""

    shot: int
    pts: int
    time: float
    motion: float
    width: int
    height: int
    bytes: int
    sha256: str
    phash: int
    placeholder: str


def read(episode: Episode, progress: Progress) -> None:
    """Cut the episode's file into frames, link duplicates, and store everything.

    Rows are written when all files are on disk, hidden until the episode is published. Doing it
    again replaces the rows of the attempt before, under the same ids.
    """
    path = Path(episode.source)
    info = probe(path)
    episode.duration, episode.fps = info.duration, info.fps
    episode.width, episode.height = info.width, info.height
    episode.save(update_fields=["duration", "fps", "width", "height"])

    pictures = _counted(read_pictures(path), progress)
    choices = choose_frames(number_shots(pictures, info.fps))
    stored = list(_in_parallel(_store, choices, workers=os.cpu_count() or 1))

    frames = _frames(episode, stored)
    connection.get_collection(Frame._meta.db_table).delete_many({"episode_id": episode.pk})
    Frame.objects.bulk_create(frames, batch_size=1000)
    duplicates = sum(frame.status == Frame.Status.DUPLICATE for frame in frames)
    progress.update(kept=len(frames) - duplicates, duplicates=duplicates)


def _counted(pictures: Iterable[Picture], progress: Progress) -> Iterator[Picture]:
    for picture in pictures:
        progress.update(frames_read=picture.index + 1)
        yield picture


def _in_parallel(
    function: Callable[[In], Out], items: Iterable[In], *, workers: int
) -> Iterator[Out]:
    """`map` on threads (the encoders release the GIL), with no more than a few items in flight."""
    with ThreadPoolExecutor(workers) as pool:
        running: deque[Future[Out]] = deque()
        for item in items:
            running.append(pool.submit(function, item))
            if len(running) > 2 * workers:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def _store(choice: Choice) -> StoredChoice:
    rgb = choice.picture.image()
    encoded = encode(rgb, THUMBNAIL_WIDTHS)
    for name, content in _files(encoded):
        if not (default_storage.exists(name) and default_storage.size(name) == len(content)):
            default_storage.save(name, ContentFile(content))
    return StoredChoice(
        shot=choice.shot,
        pts=choice.picture.pts,
        time=round(choice.picture.time, 3),
        motion=round(choice.motion, 5),
        width=rgb.shape[1],
        height=rgb.shape[0],
        bytes=len(encoded.image),
        sha256=encoded.sha256,
        phash=phash(rgb),
        placeholder=encoded.placeholder,
    )


def _files(encoded: EncodedPicture) -> Iterator[tuple[str, bytes]]:
    for (width, kind), content in encoded.thumbnails.items():
        yield thumbnail_name(encoded.sha256, width, kind), content
    yield image_name(encoded.sha256), encoded.image


def _frames(episode: Episode, stored: list[StoredChoice]) -> list[Frame]:
    first_id = episode.reserve_frame_ids(len(stored)) if stored else 0
    keepers = Keepers()
    frames = []
    for id, choice in enumerate(stored, start=first_id):
        keeper = keepers.find_or_add(id, choice.phash)
        frames.append(
            Frame(
                id=id,
                series=episode.series,
                series_slug=episode.series.slug,
                series_title=episode.series.title,
                episode=episode,
                episode_number=episode.number,
                image=image_name(choice.sha256),
                status=Frame.Status.HIDDEN if keeper is None else Frame.Status.DUPLICATE,
                keeper_id=keeper,
                **vars(choice),
            )
        )
    return frames
