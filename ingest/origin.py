"""An episode that nobody knows comes in; the series and episode that its pictures were found in are
noted on it for a curator, whose yes settles who it is.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from django.db.models import Max

from frames.descriptors import reduce, vectors
from frames.jobs import enqueue
from frames.models import Episode, Frame, Series
from frames.origin import Origin, Sighting, likely_origins
from frames.vectors import nearest
from ingest.episodes import is_better
from ingest.video import UnreadableVideo, probe, read_pictures

PICTURES = 48  # looked up, of the keyframes of a file
NEIGHBOURS = 12
FLAT = 12.0  # standard deviation of a picture that could be anything: black, white, a fade
FACTS = ("source", "sha256", "bytes", "duration", "fps", "width", "height", "mode", "interval")


class NotBetter(Exception):
    """The episode that it is was ingested before, from a file as good; the message says so."""


def identify(pk: str) -> None:
    """The queue's task: note on an episode where its pictures come from."""
    episode = Episode.objects.get(pk=pk)
    try:
        origins = likely_origins(look_up(Path(episode.source), apart_from=episode))
    except UnreadableVideo:  # its job will say so
        origins = []
    Episode.objects.filter(pk=pk).update(origins=[asdict(origin) for origin in origins[:3]])


def look_up(path: Path, *, apart_from: Episode | None = None) -> list[list[Sighting]]:
    """For pictures from all over the file, the frames of other episodes that look like them."""
    length = probe(path).duration or 0.0
    step = length / PICTURES
    times: list[float] = []
    pictures: list[np.ndarray] = []
    for picture in read_pictures(path, keyframes=True):
        if times and picture.time < times[-1] + step:
            continue
        small = reduce(picture.image())
        if small.std() >= FLAT:
            times.append(picture.time)
            pictures.append(small)
    found = [nearest(vector, NEIGHBOURS) for vector in vectors(pictures)] if pictures else []
    frames = _frames([pk for near in found for pk, _ in near], apart_from)
    return [
        [
            Sighting(round(time, 2), pk, round(1 - cosine, 4), *frames[pk])
            for pk, cosine in near
            if pk in frames
        ]
        for time, near in zip(times, found, strict=True)
    ]


def _frames(
    pks: Sequence[int], apart_from: Episode | None
) -> dict[int, tuple[str, int, int, float]]:
    rows = Frame.objects.filter(pk__in=list(set(pks)))
    if apart_from is not None:
        rows = rows.exclude(episode=apart_from)
    fields = ("id", "series_slug", "season", "episode_number", "time")
    return {pk: (slug, *rest) for pk, slug, *rest in rows.values_list(*fields)}


def accept(episode: Episode, origin: dict[str, Any]) -> Episode:
    """A curator says that the episode is what its pictures look like; that episode.

    Where only the series is known, an unsure one stays unsure. Where that episode is there already,
    a better file takes its place; raises `NotBetter` for any other.
    """
    series = Series.objects.get(slug=origin["series"])
    season, number = origin["season"], origin["number"]
    others = Episode.objects.filter(series=series, season=season).exclude(pk=episode.pk)
    there = others.filter(number=number).first() if number is not None else None
    if there is not None:
        return _replace(there, episode)
    known = number is not None
    if not known:
        number = (others.aggregate(Max("number"))["number__max"] or 0) + 1
    Episode.objects.filter(pk=episode.pk).update(series=series, season=season, number=number)
    episode.refresh_from_db()
    episode.tell_frames()
    if known and episode.state == Episode.State.UNSURE:
        enqueue(episode)
    return episode


def _replace(there: Episode, episode: Episode) -> Episode:
    """Let the file of one that is not ingested yet take the place of another."""
    waits = episode.state in (Episode.State.UNSURE, Episode.State.QUEUED)
    busy = there.state == Episode.State.RUNNING
    if not waits or busy or not is_better(episode, episode.bytes, there):
        raise NotBetter(
            f"{there.series} episode {there.number} is there already, from {there.source}: "
            "delete one of the two."
        )
    facts = {name: getattr(episode, name) for name in FACTS}
    episode.delete()
    Episode.objects.filter(pk=there.pk).update(**facts)
    there.refresh_from_db()
    enqueue(there)
    return there


def origins_of(episode: Episode) -> list[Origin]:
    """What was noted on the episode."""
    return [
        Origin(**{**noted, "evidence": tuple(Sighting(**s) for s in noted["evidence"])})
        for noted in episode.origins or ()
    ]
