"""Files become episode rows: the edge between `names` (what paths tell) and the database."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from django.db import IntegrityError
from django.db.models import Max
from django.utils.text import slugify
from django_q.tasks import async_task

from frames.models import Episode, Series
from ingest.names import Identity, identify
from ingest.survey import Request
from ingest.video import UnreadableVideo, VideoInfo, probe

SERIES_FILE = "series.json"


class NotRegistered(Exception):
    """A file becomes no episode; the message names it and says why."""


def register(
    path: Path,
    *,
    series: str | None = None,
    number: int | None = None,
    request: Request | None = None,
) -> Episode:
    """The row of this file's episode, made if need be; its state says whether work is to be done.

    The same content is the same episode wherever the file lies and whatever it is called. A better
    version of an episode (more pixels, or as many in more bytes) takes its place and is queued; any
    other one raises `NotRegistered`. `series` and `number` overrule `series.json`, and that the
    names. Where these leave a doubt, the episode is `unsure` and its `error` says of what.
    """
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    size = path.stat().st_size
    # Not by content alone where there is none: two empty files are two failures.
    episode = (
        Episode.objects.filter(sha256=sha256).select_related("series").first() if size else None
    )
    identity = overruled(path, series, number)
    info = _probe(path)
    if episode is None:
        episode = _episode(path, identity, info, size)
    elif episode.state == Episode.State.UNSURE and (series or number is not None):
        _name(episode, identity)
    if episode.state in (Episode.State.DONE, Episode.State.RUNNING) and episode.sha256 == sha256:
        return episode
    request = request or Request()
    episode.source, episode.sha256, episode.bytes = str(path), sha256, size
    episode.mode, episode.interval = request.mode, request.interval
    if info is not None:
        episode.duration, episode.fps = info.duration, info.fps
        episode.width, episode.height = info.width, info.height
    if episode.state == Episode.State.DONE:
        episode.state = Episode.State.QUEUED
    episode.save()
    alone = not episode.series.episodes.exclude(pk=episode.pk).exists()
    if alone or episode.state == Episode.State.UNSURE:  # the name may be no name at all
        async_task("ingest.origin.identify", str(episode.pk), task_name=f"identify {episode}"[:100])
    return episode


def overruled(path: Path, series: str | None, number: int | None) -> Identity:
    """Who the file is: by the command line, else by `series.json`, else by its name."""
    folder, description = _series_file(path)
    try:
        identity = identify(path, series=series or str(description.get("title", "")))
        episode = description.get("episodes", {}).get(path.relative_to(folder).as_posix(), {})
        identity = replace(
            identity,
            season=int(episode.get("season", identity.season)),
            number=int(episode.get("number", identity.number)),
            title=str(episode.get("title", identity.title)),
            doubt="" if "number" in episode or number is not None else identity.doubt,
        )
        if not series:
            others = tuple(map(str, description.get("alternative_titles", ())))
            year = int(description.get("year") or 0) or identity.year
            identity = replace(identity, alternative_titles=others, year=year)
    except (ValueError, TypeError, AttributeError) as error:
        reason = f"{folder / SERIES_FILE} is not a description of a series ({error})"
        raise NotRegistered(reason) from error
    return identity if number is None else replace(identity, number=number)


def _series_file(path: Path) -> tuple[Path, dict]:
    """`series.json` beside the file or in the folder above, and where it lies: `{"title",
    "alternative_titles", "year", "episodes": {file: {"number", "season", "title"}}}`, each of
    these optional; empty if there is none."""
    for folder in (path.parent, path.parent.parent):
        file = folder / SERIES_FILE
        if file.is_file():
            try:
                return folder, dict(json.loads(file.read_text(encoding="utf-8")))
            except (ValueError, TypeError, OSError) as error:
                reason = f"{file} is not a description of a series ({error})"
                raise NotRegistered(reason) from error
    return path.parent, {}


def _episode(path: Path, identity: Identity, info: VideoInfo | None, size: int) -> Episode:
    """The row that the file is to take: a new one, or that of a worse version."""
    series = _series(identity)
    season, number = identity.season, identity.number
    here = Episode.objects.filter(series=series, season=season)
    if identity.doubt:
        while here.filter(number=number).exists():
            number = (here.aggregate(Max("number"))["number__max"] or 0) + 1
        return Episode(
            series=series,
            season=season,
            number=number,
            title=identity.title,
            state=Episode.State.UNSURE,
            error=f"Who is this? {identity.doubt[0].upper()}{identity.doubt[1:]}.",
        )
    try:
        episode, made = here.get_or_create(
            number=number,
            defaults={
                "series": series,
                "season": season,
                "title": identity.title,
                "source": str(path),
                "bytes": size,
            },
        )
    except IntegrityError:  # somebody else registered it in this moment
        episode, made = here.get(number=number), False
    if not made and episode.state != Episode.State.FAILED and not is_better(info, size, episode):
        raise NotRegistered(
            f"{path.name}: {series} episode {number} was already ingested from {episode.source}, "
            "and this file is no better (it has no more pixels, or as many in no more bytes)"
        )
    if not made and episode.state == Episode.State.RUNNING:
        raise NotRegistered(
            f"{path.name}: {series} episode {number} is being ingested from {episode.source}; "
            "this file is better: ingest it again when that is through"
        )
    return episode


def is_better(info: VideoInfo | Episode | None, size: int, episode: Episode) -> bool:
    """More pixels than the episode has, or as many in more bytes."""
    if info is None:
        return False
    pixels, before = ((one.width or 0) * (one.height or 0) for one in (info, episode))
    return (pixels, size) > (before, episode.bytes)


def _series(identity: Identity) -> Series:
    """The series of that title, or with it among its other titles; made if there is none."""
    slug = slugify(identity.series, allow_unicode=True)[:200]
    if not slug:
        slug = hashlib.sha256(identity.series.encode()).hexdigest()[:12]
    known = Series.objects.filter(slug=slug).first()
    known = known or Series.objects.filter(alternative_titles__contains=[identity.series]).first()
    if known is None:
        known, _ = Series.objects.get_or_create(
            slug=slug, defaults={"title": identity.series[:200], "year": identity.year}
        )
    if identity.alternative_titles:
        known.alternative_titles = list(identity.alternative_titles)
        known.year = identity.year or known.year
        known.save(update_fields=["alternative_titles", "year"])
    return known


def _name(episode: Episode, identity: Identity) -> None:
    """An unsure episode has been told who it is."""
    episode.series = _series(identity)
    episode.season, episode.number = identity.season, identity.number
    episode.title = identity.title
    episode.state, episode.error = Episode.State.QUEUED, ""


def _probe(path: Path) -> VideoInfo | None:
    """Why a file cannot be read is found out, and recorded, by its job."""
    try:
        return probe(path)
    except UnreadableVideo:
        return None
