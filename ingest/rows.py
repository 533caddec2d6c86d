"""Stored pictures of an episode come in; its rows of frames go out.

A worker may die at any moment: whoever does the work again gives each picture the id that it had,
or would have had. The same holds for a better version of an episode: where the picture is the same,
so are id and tags.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db.models import Q

from frames.files import image_name
from frames.ids import held_ids, hold_ids, release_ids
from frames.jobs import check_claim
from frames.models import Episode, Frame, FrameTag
from ingest.tracks import Tracks

if TYPE_CHECKING:
    from ingest.stages import StoredChoice

SAME_PICTURE_BITS = 6  # of 64 of the perceptual hash: another encoding of the same picture
SAME_PICTURE_SECONDS = 3.0


def write_frames(episode: Episode, stored: Sequence["StoredChoice"], tracks: Tracks) -> None:
    """Every step may be the last one that a worker lives to do; doing them all again is right."""
    holder = str(episode.pk)
    held = held_ids("frame", holder)  # of an attempt that was cut short here
    check_claim(episode)
    rows = Frame.objects.filter(episode=episode)
    before = list(rows.exclude(pk__in=held).order_by("time"))
    kept = match(before, stored)
    fresh = [index for index in range(len(stored)) if index not in kept]
    first = hold_ids("frame", holder, len(fresh))
    facts = [_facts(episode, choice, tracks) for choice in stored]
    check_claim(episode)
    for index, frame in kept.items():
        Frame.objects.filter(pk=frame.pk).update(**facts[index])
    # Not deleted and made anew: a worker that has slept here must not undo its successor's work.
    there = set(rows.filter(pk__in=held).values_list("pk", flat=True))
    rows.filter(pk__in=there - set(range(first, first + len(fresh)))).delete()
    new = (
        Frame(id=id, status=Frame.Status.PENDING, **facts[index])
        for id, index in enumerate(fresh, start=first)
        if id not in there
    )
    Frame.objects.bulk_create(new, batch_size=1000)
    gone = {frame.pk for frame in before} - {frame.pk for frame in kept.values()}
    if gone:
        copies = Frame.objects.filter(keeper__in=gone).exclude(pk__in=gone)
        copies.update(status=Frame.Status.VISIBLE, keeper=None)
        judged = Q(tags__state=FrameTag.State.CONFIRMED) | Q(tags__state=FrameTag.State.REJECTED)
        left = Frame.objects.filter(pk__in=gone)
        # No later picture takes their place, and what curators said of them is not lost.
        left.filter(judged).update(status=Frame.Status.HIDDEN, keeper=None)
        left.exclude(judged).delete()
    release_ids("frame", holder)


def match(before: Sequence[Frame], stored: Sequence["StoredChoice"]) -> dict[int, Frame]:
    """Which stored picture (by position) is which frame: nearly the same at about the same time.

    `before` is in order of time. Pairs are made from the most alike on; each is used once.
    """
    times = [frame.time for frame in before]
    pairs = []
    for index, choice in enumerate(stored):
        first = bisect_left(times, choice.time - SAME_PICTURE_SECONDS)
        last = bisect_right(times, choice.time + SAME_PICTURE_SECONDS)
        for frame in before[first:last]:
            bits = ((frame.phash ^ choice.phash) & (1 << 64) - 1).bit_count()
            if bits <= SAME_PICTURE_BITS:
                pairs.append((bits, abs(frame.time - choice.time), index, frame.pk, frame))
    kept: dict[int, Frame] = {}
    used: set[int] = set()
    for _bits, _seconds, index, pk, frame in sorted(pairs, key=lambda pair: pair[:4]):
        if index not in kept and pk not in used:
            kept[index] = frame
            used.add(pk)
    return kept


def _facts(episode: Episode, choice: "StoredChoice", tracks: Tracks) -> dict[str, object]:
    return {
        **vars(choice),
        **episode.carried(),
        "image": image_name(choice.sha256),
        "text": tracks.text_at(choice.time),
        "chapter": tracks.chapter_at(choice.time),
    }
