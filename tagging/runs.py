"""Tagging many frames: what to tag and with what comes in; a run that can be interrupted, gone on
with and undone goes out.

A run is a row (`TaggingRun`); one conditional update decides who works on it, and how far it is
is kept with it after each batch.
"""

import uuid
from collections.abc import Callable
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django_q.tasks import async_task
from pymongo.client_session import ClientSession

from frames.models import Episode, Frame, Series
from frames.verdicts import Guard, now, undo_run
from tagging.active import tagger_named
from tagging.marks import keeping
from tagging.models import FrameScores, TaggingRun
from tagging.rethreshold import Setting, apply, candidates, current, store
from tagging.work import Tally, tag_frames

SILENT_AFTER = timedelta(seconds=60)
UNFINISHED = (TaggingRun.State.QUEUED, TaggingRun.State.RUNNING, TaggingRun.State.FAILED)

Show = Callable[[TaggingRun], object]


class NothingToTag(ValueError):
    """No episode is meant; the message says what was looked for."""


class RunLost(Exception):
    """Somebody else has taken the run over, or it was undone meanwhile."""


def plan(
    taggers: list[str],
    *,
    path: Path | None = None,
    series: str = "",
    retag: bool = False,
    by: str = "",
) -> TaggingRun:
    """The run that does this: one that was cut short, or a new one. Without path and series it
    is about everything.

    Raises `NothingToTag` and `NoSuchTagger`.
    """
    for name in taggers:
        tagger_named(name)
    if series and not Series.objects.filter(slug=series).exists():
        raise NothingToTag(f"there is no series {series}")
    episodes = [str(pk) for pk in _episodes(path)] if path else []
    same = TaggingRun.objects.filter(
        taggers=taggers, episodes=episodes, series=series, retag=retag, state__in=UNFINISHED
    )
    if run := same.first():
        return run
    run = TaggingRun(
        id=uuid.uuid4().hex,
        taggers=taggers,
        episodes=episodes,
        series=series,
        retag=retag,
        by=by,
        started_at=now(),
    )
    run.frames = _frames(run).count()
    run.save(force_insert=True)
    return run


def enqueue(run: TaggingRun) -> None:
    """Have some worker do it."""
    async_task("tagging.runs.go", run.pk, task_name=f"tag {run}"[:100])


def go(pk: str, on_progress: Show = lambda run: None) -> bool:
    """Do a run, from where it stopped; False if somebody else has it or it is done.

    A failure is recorded with its reason and raised no further; an interruption leaves the run to
    whoever is next.
    """
    run = _claim(pk)
    if run is None:
        return False
    before = run.done, run.changed, run.gone, run.dropped

    def guard(session: ClientSession) -> None:
        """Part of every transaction: what is undone or taken over writes nothing more."""
        ours = {"_id": run.pk, "state": TaggingRun.State.RUNNING, "position": run.position}
        alive = {"$set": {"claimed_at": now()}}
        if not _runs().update_one(ours, alive, session=session).matched_count:
            raise RunLost(run.pk)

    def note(tally: Tally, last: Frame) -> None:
        done = tally.frames, tally.changed, tally.gone, tally.dropped.total()
        run.done, run.changed, run.gone, run.dropped = map(sum, zip(before, done, strict=True))
        _save_if_ours(run, position=last.pk, state=TaggingRun.State.RUNNING)
        on_progress(run)

    try:
        if run.about_threshold:
            apply(run, note, guard)
        else:
            _tag(run, note, guard)
        _save_if_ours(run, state=TaggingRun.State.DONE)
    except RunLost:
        pass
    except Exception as error:
        _save_if_ours(run, state=TaggingRun.State.FAILED, error=str(error) or type(error).__name__)
    except BaseException:  # Ctrl-C, or the worker is told to end
        _save_if_ours(run, state=TaggingRun.State.QUEUED)
        raise
    on_progress(run)
    return True


def _tag(run: TaggingRun, note: Callable[[Tally, Frame], object], guard: Guard) -> None:
    taggers = [tagger_named(name) for name in run.taggers]
    frames = _frames(run).filter(pk__gt=run.position).order_by("id").iterator(chunk_size=200)
    tag_frames(frames, taggers, run=run.pk, retag=run.retag, on_progress=note, guard=guard)


def change_threshold(setting: Setting, *, by: str) -> TaggingRun:
    """Have taggers go by it from now on, and some worker bring the stored frames in line."""
    run = TaggingRun(
        id=uuid.uuid4().hex,
        tag=setting.tag,
        category=setting.category,
        before=current(setting),
        after=setting.threshold,
        by=by,
        started_at=now(),
    )
    run.frames = len(candidates(run))
    run.save(force_insert=True)
    store(setting)
    enqueue(run)
    return run


def undo(pk: str, *, by: str) -> int:
    """Take a whole run back, also one that is still going on; how many frames changed."""
    TaggingRun.objects.filter(pk=pk).update(state=TaggingRun.State.UNDONE)
    run = TaggingRun.objects.get(pk=pk)
    if run.about_threshold:
        changed = Setting(run.tag, run.category, run.after)
        if current(changed) == run.after:
            store(Setting(run.tag, run.category, run.before))
    else:
        _forget_scores(run)
    return undo_run(pk, by=by)


def _forget_scores(run: TaggingRun) -> None:
    """What was undone must not come back by a change of a threshold."""
    scores = connection.get_collection(FrameScores._meta.db_table)
    ids = _frames(run).order_by("id").values_list("id", flat=True).iterator(chunk_size=1000)
    while batch := list(islice(ids, 1000)):
        for name in run.taggers:
            query = {"_id": {"$in": batch}, f"taggers.{name}.run": run.pk}
            scores.update_many(query, keeping(name, None))


def _claim(pk: str) -> TaggingRun | None:
    silent = Q(state=TaggingRun.State.RUNNING, claimed_at__lt=now() - SILENT_AFTER)
    free = Q(state__in=[TaggingRun.State.QUEUED, TaggingRun.State.FAILED]) | silent
    claimed = TaggingRun.objects.filter(free, pk=pk).update(
        state=TaggingRun.State.RUNNING, claimed_at=now(), error=""
    )
    return TaggingRun.objects.get(pk=pk) if claimed else None


def _save_if_ours(run: TaggingRun, **values: object) -> None:
    counts = {name: getattr(run, name) for name in ("done", "changed", "gone", "dropped")}
    values = {**counts, **values, "claimed_at": now()}
    ours = TaggingRun.objects.filter(
        pk=run.pk, state=TaggingRun.State.RUNNING, position=run.position
    )
    if not ours.update(**values):
        raise RunLost(run.pk)
    for name, value in values.items():
        setattr(run, name, value)


def _runs() -> Any:
    return connection.get_collection(TaggingRun._meta.db_table)


def _episodes(path: Path) -> list[object]:
    path = path.absolute()
    inside = Episode.objects.filter(Q(source=str(path)) | Q(source__startswith=f"{path}/"))
    found = list(inside.order_by("pk").values_list("pk", flat=True))
    if not found:
        raise NothingToTag(f"{path}: no episode was ingested from there")
    return found


def _frames(run: TaggingRun) -> QuerySet[Frame]:
    frames = Frame.objects.exclude(status=Frame.Status.PENDING)
    if run.episodes:
        return frames.filter(episode__in=run.episodes)
    return frames.filter(series_slug=run.series) if run.series else frames
