"""Keyset pages of frames, newest first: a queryset and a position come in, a page goes out.

A page starts after (or ends before) a frame's id, so the thousandth costs what the first does and
a link to it stays right while frames are added.
"""

from dataclasses import dataclass

from frames.models import Frame, FrameQuerySet

DEFAULT_LIMIT = 40
MAX_LIMIT = 100


@dataclass(frozen=True)
class Page:
    """`after` and `before` are the ids to ask for the next and the previous page by, or None."""

    frames: list[Frame]
    after: int | None
    before: int | None


def page(
    frames: FrameQuerySet,
    *,
    after: int | None = None,
    before: int | None = None,
    limit: int = DEFAULT_LIMIT,
) -> Page:
    """Up to `limit` frames below the id `after`, or else just above the id `before`."""
    backwards = before is not None and after is None
    if backwards:
        found = list(frames.filter(pk__gt=before).order_by("id")[: limit + 1])
    elif after is not None:
        found = list(frames.filter(pk__lt=after).order_by("-id")[: limit + 1])
    else:
        found = list(frames.order_by("-id")[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    if backwards:
        found.reverse()
    if not found:
        return Page([], None, None)
    return Page(
        found,
        after=found[-1].pk if more or backwards else None,
        before=found[0].pk if after is not None or (backwards and more) else None,
    )
