"""Where tags are written: frames with their new rows come in; rows, labels and events are stored.

Every change of a tag goes through here, whoever makes it, and can be listed and undone.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django_q.tasks import async_task
from pymongo import UpdateOne
from pymongo.client_session import ClientSession

from frames.ids import next_ids
from frames.implications import all_implied
from frames.labels import (
    REJECTED,
    TagRow,
    changes,
    judge,
    rejected_again,
    rejected_tags,
    undo,
    visible_labels,
    without_suggestions,
)
from frames.models import Frame, FrameTag, Tag, TagEvent
from frames.ratings import is_public, one_rating

BATCH = 100  # frames written in one transaction
VERDICTS_PER_LESSON = 50
LESSON = "teach"  # the name of its task in the queue

Rule = Callable[[Frame], list[TagRow]]
Guard = Callable[[ClientSession], object]  # raises if nothing may be written any more


def unguarded(session: ClientSession) -> None:
    """Anybody may write."""


def save_verdicts(frame: Frame, verdicts: Mapping[str, str], *, by: str) -> None:
    """Confirm or reject tags of a frame (`verdicts`: tag -> state), in a curator's name.

    What is rejected is no longer suggested on the frame's duplicates either.
    """
    at, verdicts = now(), one_rating(verdicts)
    rewrite([frame], lambda frame: judge(frame.tag_rows, verdicts, by=by, at=at), by=by)
    _refuse_on_copies(frame, {t for t, state in verdicts.items() if state == REJECTED}, by=by)
    _count_verdicts(len(verdicts))


def _refuse_on_copies(frame: Frame, tags: Collection[str], *, by: str) -> None:
    if tags:
        rewrite(copies(frame), lambda copy: without_suggestions(copy.tag_rows, tags), by=by)


def rewrite(
    frames: Iterable[Frame], rule: Rule, *, by: str, run: str = "", guard: Guard = unguarded
) -> int:
    """Give each frame the rows that `rule` makes of it; returns how many frames changed.

    A frame that somebody else changed in the meantime is read again and the rule applied again,
    so that nobody writes over a verdict that they have not seen. Call it with a batch of frames:
    what it does is one transaction.
    """
    implied = implied_tags()
    pending = list(frames)
    changed = 0
    while pending:
        edits = [Edit(frame, rule(frame), implied) for frame in pending]
        edits = [edit for edit in edits if edit.changes or edit.labels != edit.frame.labels]
        missed = _write(edits, by=by, run=run, guard=guard)
        changed += len(edits) - len(missed)
        pending = list(Frame.objects.filter(pk__in=missed))
    return changed


class Edit:
    """A frame as it was read and what is to become of its tags."""

    def __init__(self, frame: Frame, rows: list[TagRow], implied: Mapping[str, frozenset[str]]):
        self.frame = frame
        self.rows = rows
        self.labels = visible_labels(rows, implied)
        self.changes = changes(frame.tag_rows, rows)


def _write(edits: Sequence[Edit], *, by: str, run: str, guard: Guard) -> list[int]:
    """Store the edits and their events in one transaction; the ids of frames that were missed.

    If a frame has changed under our hands nothing is stored together: each is tried alone.
    """
    if not edits:
        return []
    at = now()
    updates = [_update(edit, by_curator=not run) for edit in edits]
    events = [_event(edit, at=at, by=by, run=run) for edit in edits if edit.changes]

    def write(session: ClientSession) -> None:
        guard(session)
        frames, journal = (
            connection.get_collection(model._meta.db_table) for model in (Frame, TagEvent)
        )
        result = frames.bulk_write(updates, ordered=False, session=session)
        if result.matched_count != len(updates):
            raise _Changed
        if events:
            journal.insert_many(events, session=session)

    # Not Django's `atomic`, which the admin wraps around every view: it does nothing on MongoDB,
    # and the backend's own cannot be used inside it.
    try:
        with connection.connection.start_session() as session:
            session.with_transaction(write)
    except _Changed:
        if len(edits) == 1:
            return [edits[0].frame.pk]
        return [pk for edit in edits for pk in _write([edit], by=by, run=run, guard=guard)]
    return []


class _Changed(Exception):
    """A frame is no longer as it was read."""


def _update(edit: Edit, *, by_curator: bool) -> UpdateOne:
    values = {"tags": [asdict(row) for row in edit.rows], "labels": edit.labels}
    return UpdateOne(
        {"_id": edit.frame.pk, "revision": edit.frame.revision},
        {"$set": values | _status(edit, by_curator), "$inc": {"revision": 1}},
    )


def _status(edit: Edit, by_curator: bool) -> dict[str, Any]:
    """A rating hides a frame, whoever gives it; only a curator's verdict brings it back."""
    limits: dict[str, Any] = {
        "hidden_from": settings.HIDE_FROM_RATING,
        "show_unrated": settings.SHOW_UNRATED,
    }
    status = edit.frame.status
    before, after = (is_public(labels, **limits) for labels in (edit.frame.labels, edit.labels))
    if not after and status == Frame.Status.VISIBLE:
        return {"status": Frame.Status.HIDDEN}
    if after and not before and by_curator and status == Frame.Status.HIDDEN:
        return {"status": Frame.Status.VISIBLE}
    return {}


def _event(edit: Edit, *, at: datetime, by: str, run: str) -> dict[str, Any]:
    """The document of a `TagEvent`."""
    changed = [asdict(change) for change in edit.changes]
    return {
        "frame_id": edit.frame.pk,
        "at": at,
        "by": by,
        "run": run,
        "changes": changed,
        "undone": False,
    }


def undo_event(event: TagEvent, *, by: str) -> bool:
    """Take back what an event changed, where nothing newer has been said since; that is an event
    of its own. False if there was nothing left to take back."""
    return bool(_undo([event], by=by))


def take_back(frame: Frame, tag: str, *, by: str) -> bool:
    """Undo a curator's last word on a tag of a frame, and what followed on the frame's copies."""

    def last(pks: list[int]) -> list[TagEvent]:
        events = TagEvent.objects.filter(frame_id__in=pks, by=by, run="", undone=False)
        return [e for e in events[:BATCH] if any(change.tag == tag for change in e.changes)]

    said = last([frame.pk])[:1]
    if not said:
        return False
    followed = [event for event in last([c.pk for c in copies(frame)]) if event.at >= said[0].at]
    undone = _undo(said, by=by)
    if followed:
        _undo(followed, by=by)
    return bool(undone)


def undo_run(run: str, *, by: str) -> int:
    """Take back a whole run of a tagger, the last change first; returns how many frames changed."""
    frames = 0
    events = TagEvent.objects.filter(run=run, undone=False).order_by("-at", "-id")
    while batch := list(events[:BATCH]):
        frames += _undo(batch, by=by)
    return frames


def _undo(events: Sequence[TagEvent], *, by: str) -> int:
    done: dict[int, list[TagEvent]] = {}
    for event in events:
        done.setdefault(event.frame_id, []).append(event)

    frames = list(Frame.objects.filter(pk__in=done))
    barred = barred_tags(frames)

    def rule(frame: Frame) -> list[TagRow]:
        rows = frame.tag_rows
        for event in done[frame.pk]:
            rows = undo(rows, event.done, barred=barred[frame.pk])
        return rows

    changed = rewrite(frames, rule, by=by)
    for frame in Frame.objects.filter(pk__in=done, tags__state=FrameTag.State.REJECTED):
        taken_back = (change for event in done[frame.pk] for change in event.done)
        _refuse_on_copies(frame, rejected_again(frame.tag_rows, taken_back), by=by)
    TagEvent.objects.filter(pk__in=[event.pk for event in events]).update(undone=True)
    return changed


def copies(frame: Frame) -> list[Frame]:
    """The other frames that show the same picture: the keeper's duplicates and the keeper."""
    keeper = frame.keeper_id or frame.pk
    same = Frame.objects.filter(Q(pk=keeper) | Q(keeper=keeper))
    return list(same.exclude(pk=frame.pk))


def barred_tags(frames: Sequence[Frame]) -> dict[int, set[str]]:
    """For each frame, the tags that a curator rejected on another copy of its picture."""
    keepers = {frame.pk: frame.keeper_id or frame.pk for frame in frames}
    groups = set(keepers.values())
    rejected: dict[int, dict[int, set[str]]] = {}
    judged = Frame.objects.filter(
        Q(pk__in=groups) | Q(keeper__in=groups), tags__state=FrameTag.State.REJECTED
    )
    for copy in judged.only("id", "keeper", "tags"):
        group = rejected.setdefault(copy.keeper_id or copy.pk, {})
        group[copy.pk] = rejected_tags(copy.tag_rows)
    return {
        pk: set().union(*(tags for copy, tags in rejected.get(keeper, {}).items() if copy != pk))
        for pk, keeper in keepers.items()
    }


def implied_tags() -> dict[str, frozenset[str]]:
    """All that follows from each tag, as the vocabulary has it now."""
    implying = Tag.objects.exclude(implies=[]).values_list("name", "implies")
    return all_implied(dict(implying))


def now() -> datetime:
    """The time as MongoDB keeps it, in milliseconds: rows are compared for equality."""
    time = timezone.now()
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def _count_verdicts(count: int) -> None:
    """Have `taught` learn again after every 50 verdicts, counted over all curators."""
    first = next_ids("verdict", count)
    if (first - 1) // VERDICTS_PER_LESSON != (first - 1 + count) // VERDICTS_PER_LESSON:
        queue_lesson()


def queue_lesson() -> None:
    """Have `taught` learn from the verdicts that there are."""
    async_task(settings.LESSON, task_name=LESSON)
