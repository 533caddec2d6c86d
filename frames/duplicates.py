"""Pairs of frames that are one picture come in; linked rows go out, and back again on demand.

Whoever finds the pairs (`ingest.linking`), this is where they are written, undone as a run, or
split by a curator for good.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils import timezone

from frames.ids import next_ids
from frames.models import DedupeRun, DuplicateLink, Episode, Frame, KeptApart, Series


class NoSuchRun(Exception):
    """There is no run of this number, or it was undone before."""


@dataclass(frozen=True)
class Found:
    """A frame that shows the same picture as its keeper (see `Frame.distance`, `Frame.why`)."""

    frame: int
    keeper: int
    distance: float
    why: str


def record(found: Sequence[Found], series: Series, episode: Episode | None = None) -> DedupeRun:
    """Link the frames to their keepers, as one run that can be undone."""
    status = dict(
        Frame.objects.filter(pk__in=[pair.frame for pair in found]).values_list("pk", "status")
    )
    links = [
        DuplicateLink(
            frame=pair.frame,
            keeper=pair.keeper,
            distance=pair.distance,
            why=pair.why,
            status=status[pair.frame],
        )
        for pair in found
        if status.get(pair.frame, Frame.Status.DUPLICATE) != Frame.Status.DUPLICATE
    ]
    run = DedupeRun.objects.create(
        id=next_ids("dedupe_run", 1),
        series=series,
        episode=episode,
        started=timezone.now(),
        links=links,
    )
    for link in links:
        _link(link)
    DedupeRun.objects.filter(pk=run.pk).update(finished=timezone.now())
    return run


def _link(link: DuplicateLink) -> None:
    Frame.objects.filter(pk=link.frame, status=link.status).update(
        status=Frame.Status.DUPLICATE,
        keeper_id=link.keeper,
        distance=link.distance,
        why=link.why,
    )


def undo(number: int) -> int:
    """Restore what a run made duplicates and is still linked so; how many frames that were.

    Raises `NoSuchRun`.
    """
    run = DedupeRun.objects.filter(pk=number, undone=None).first()
    if run is None:
        raise NoSuchRun(f"There is no run {number} that could be undone.")
    still = set(
        Frame.objects.filter(
            pk__in=[link.frame for link in run.links], status=Frame.Status.DUPLICATE
        ).values_list("pk", "keeper_id")
    )
    hidden = Frame.Status.HIDDEN
    restored = [link for link in run.links if (link.frame, link.keeper) in still]
    _restore([link.frame for link in restored if link.status != hidden])
    _restore([link.frame for link in restored if link.status == hidden], hide=True)
    DedupeRun.objects.filter(pk=number).update(undone=timezone.now())
    return len(restored)


def split(frame: Frame, by: str) -> bool:
    """A curator says that the frame is no duplicate: it is shown again and never linked again.

    False, with nothing done, if it is none.
    """
    now = Frame.objects.filter(pk=frame.pk, status=Frame.Status.DUPLICATE).first()
    if now is None:
        return False
    KeptApart.objects.update_or_create(
        frame=now.pk, defaults={"keeper": now.keeper_id or 0, "by": by}
    )
    _restore([now.pk])
    return True


def kept_apart(frames: Iterable[int]) -> set[int]:
    """Those of the frames that curators have split from a keeper."""
    return set(KeptApart.objects.filter(pk__in=list(frames)).values_list("pk", flat=True))


def _restore(ids: list[int], hide: bool = False) -> None:
    """Frames that are none of theirs any more, shown if their rating allows it."""
    frames = Frame.objects.filter(pk__in=ids, status=Frame.Status.DUPLICATE)
    nothing = {"keeper_id": None, "distance": None, "why": ""}
    if not hide:
        frames.rated_public().update(status=Frame.Status.VISIBLE, **nothing)
    frames.update(status=Frame.Status.HIDDEN, **nothing)
