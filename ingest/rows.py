"""Stored pictures of an episode come in; its rows of frames go out, all of them or none.

One transaction writes them and takes their ids, so that a worker may die at any moment: whoever
does the work again finds either no rows, or all, and gives each picture the id that it had. The
same holds for a better version of an episode: where the picture is the same, so are id and tags.
"""

import random
import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from django.db import DatabaseError
from django_mongodb_backend import transaction
from pymongo.errors import PyMongoError

from frames.models import Episode, Frame, image_name, next_ids
from ingest.tracks import Tracks

if TYPE_CHECKING:
    from ingest.stages import StoredChoice

SAME_PICTURE_BITS = 6  # of 64 of the perceptual hash: another encoding of the same picture
SAME_PICTURE_SECONDS = 3.0
_RETRIES = 8


def write_frames(episode: Episode, stored: Sequence["StoredChoice"], tracks: Tracks) -> None:
    def write() -> None:
        before = list(Frame.objects.filter(episode=episode).order_by("time"))
        kept = match(before, stored)
        fresh = len(stored) - len(kept)
        first = next_ids("frame", fresh) if fresh else 0
        gone = {frame.pk for frame in before} - {frame.pk for frame in kept.values()}
        if gone:
            Frame.objects.filter(keeper__in=gone).update(status=Frame.Status.VISIBLE, keeper=None)
            Frame.objects.filter(pk__in=gone).delete()
        new = []
        for index, choice in enumerate(stored):
            facts = _facts(episode, choice, tracks)
            if index in kept:
                Frame.objects.filter(pk=kept[index].pk).update(**facts)
            else:
                new.append(Frame(id=first, status=Frame.Status.PENDING, **facts))
                first += 1
        Frame.objects.bulk_create(new, batch_size=1000)

    _in_transaction(write)


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
        "series": episode.series,
        "series_slug": episode.series.slug,
        "series_title": episode.series.title,
        "episode": episode,
        "season": episode.season,
        "episode_number": episode.number,
        "image": image_name(choice.sha256),
        "text": tracks.text_at(choice.time),
        "chapter": tracks.chapter_at(choice.time),
    }


def _in_transaction(write: Callable[[], None]) -> None:
    """Run it as one transaction; again if another one was in its way."""
    for attempt in range(_RETRIES):
        try:
            with transaction.atomic():
                write()
            return
        except (DatabaseError, PyMongoError) as error:
            cause = error if isinstance(error, PyMongoError) else error.__cause__
            passing = isinstance(cause, PyMongoError) and cause.has_error_label(
                "TransientTransactionError"
            )
            if not passing or attempt == _RETRIES - 1:
                raise
            time.sleep(random.uniform(0, 0.1 * 2**attempt))
