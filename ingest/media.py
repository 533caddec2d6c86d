"""The rows of frames and the files in storage come in; where they disagree goes out."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.files.storage import default_storage

from frames.files import thumbnail_name, thumbnail_sizes
from frames.jobs import enqueue
from frames.models import Episode, Frame
from ingest.pictures import THUMBNAIL

FOLDERS = ("frames", "thumbnails")


class Busy(Exception):
    """Episodes are being ingested: a file without a row may be about to get one."""


@dataclass(frozen=True)
class Found:
    """Names of files that no frame uses, and of files that are missing; the episodes (keys) whose
    frames miss them."""

    orphans: list[str]
    missing: list[str]
    episodes: set


def check() -> Found:
    there = set(_files())
    wanted: dict[str, object] = {}
    rows = Frame.objects.values_list("image", "sha256", "width", "episode_id")
    for image, sha256, width, episode in rows.iterator(chunk_size=10_000):
        wanted |= dict.fromkeys(file_names(image, sha256, width), episode)
    missing = sorted(wanted.keys() - there)
    return Found(sorted(there - wanted.keys()), missing, {wanted[name] for name in missing})


def file_names(image: str, sha256: str, width: int) -> list[str]:
    """The files of one frame."""
    sizes = ((nominal, kind) for _, nominal in thumbnail_sizes(width) for kind in THUMBNAIL)
    return [image, *(thumbnail_name(sha256, nominal, kind) for nominal, kind in sizes)]


def fix(found: Found) -> list[str]:
    """Remove what no frame uses; queue the episodes that miss files. Tells what was done.

    Raises `Busy`, with nothing done, while episodes are being ingested.
    """
    unfinished = (Episode.State.QUEUED, Episode.State.RUNNING)
    if busy := Episode.objects.filter(state__in=unfinished).count():
        raise Busy(f"{busy} episodes are being ingested; try again when they are through")
    done = []
    for name in found.orphans:
        default_storage.delete(name)
        done.append(f"removed {name}")
    for episode in Episode.objects.filter(pk__in=found.episodes):
        enqueue(episode)
        done.append(f"queued {episode}, which makes its files again")
    return done


def _files() -> Iterator[str]:
    for folder in FOLDERS:
        yield from _below(folder)


def _below(folder: str) -> Iterator[str]:
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in files)
    for name in folders:
        yield from _below(f"{folder}/{name}")
