"""Files become episode rows: the edge between `library` (paths and names) and the database."""

import hashlib
from pathlib import Path

from django.db import IntegrityError
from django.utils.text import slugify

from frames.models import Episode, Series
from ingest.library import identify
from ingest.video import UnreadableVideo, probe


class EpisodeTaken(Exception):
    """Another file already is this episode."""

    def __init__(self, path: Path, episode: Episode):
        super().__init__(
            f"{path.name}: {episode.series} episode {episode.number} was already ingested from "
            f"{episode.source}, with other content; delete that episode in the admin to replace it"
        )


def register(path: Path) -> Episode:
    """The row of this file's episode, made if need be; its state says whether work is to be done.

    The same content is the same episode wherever the file lies and whatever it is called. A
    failed or unfinished episode takes the new file; one that is done does not, and
    `EpisodeTaken` is raised.
    """
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    size = path.stat().st_size
    # Not by content alone where there is none: two empty files are two failures.
    known = Episode.objects.filter(sha256=sha256).first() if size else None
    if known is None:
        identity = identify(path)
        series, _ = Series.objects.get_or_create(
            slug=slugify(identity.series, allow_unicode=True) or sha256[:12],
            defaults={"title": identity.series},
        )
        try:
            known, _ = Episode.objects.get_or_create(
                series=series,
                number=identity.number,
                defaults={"source": str(path), "sha256": sha256, "bytes": size},
            )
        except IntegrityError:  # somebody else registered it in this moment
            known = Episode.objects.get(series=series, number=identity.number)
    done = known.state == Episode.State.DONE
    if done and known.sha256 != sha256:
        raise EpisodeTaken(path, known)
    if not done:
        known.source, known.sha256, known.bytes = str(path), sha256, size
        known.duration = _duration(path)
        known.save(update_fields=["source", "sha256", "bytes", "duration"])
    return known


def _duration(path: Path) -> float | None:
    """For the progress bar; why a file cannot be read is found out, and recorded, by its job."""
    try:
        return probe(path).duration
    except UnreadableVideo:
        return None
