"""Scores as text that an index can hold: a tagger's scores of a frame come in, an update of the
frame's row goes out; a tag and two bounds come in, the frames between them go out.

A mark reads "wd rain 0.4213". Marks sort by score within a tag, so everything between two
thresholds, and the least certain first, is one stretch of the index.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection

from tagging.models import FrameScores

ROUNDED = 0.0001  # scores are compared exactly by whoever reads the rows
BANDS = 100


def keeping(tagger: str, kept: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The update of a row that puts these scores (`own`, `voted`) in the place of the tagger's
    earlier ones; None takes them away."""
    both = [kept["own"], kept["voted"]] if kept else []
    new = sorted({mark(tagger, tag, score) for scores in both for tag, score in scores.items()})
    place: dict[str, Any] = {"$indexOfCP": ["$$this", f"{tagger} "]}
    others = {
        "$filter": {"input": {"$ifNull": ["$marks", []]}, "cond": {"$ne": [place, 0]}},
    }
    value: Any = {"$literal": dict(kept)} if kept else "$$REMOVE"
    marks = {"$concatArrays": [others, {"$literal": new}]}
    return [{"$set": {f"taggers.{tagger}": value, "marks": marks}}]


def mark(tagger: str, tag: str, score: float) -> str:
    return f"{tagger} {tag} {score:.4f}"


def ids_between(tagger: str, tag: str, low: float, high: float) -> set[int]:
    """The frames that have such a score of their own, or after the vote."""
    first, last = mark(tagger, tag, max(0.0, low - ROUNDED)), mark(tagger, tag, high + ROUNDED)
    found = _rows().find({"marks": {"$elemMatch": {"$gte": first, "$lte": last}}}, {"_id": 1})
    return {row["_id"] for row in found}


def ascending(tagger: str, tag: str, start: float) -> Iterator[tuple[float, int]]:
    """Scores from `start` on and their frames, the lowest first; a frame may come twice.

    Read band by band: an index over lists cannot sort by the one entry that is asked for.
    """
    prefix = f"{tagger} {tag} "
    for band in range(int(start * BANDS), BANDS + 1):
        first = mark(tagger, tag, max(start, band / BANDS))
        last = mark(tagger, tag, (band + 1) / BANDS)
        query = {"marks": {"$elemMatch": {"$gte": first, "$lt": last}}}
        yield from sorted(
            (float(text.removeprefix(prefix)), row["_id"])
            for row in _rows().find(query, {"marks": 1})
            for text in row["marks"]
            if first <= text < last
        )


def _rows() -> Any:
    return connection.get_collection(FrameScores._meta.db_table)
