"""Scores as text that an index can hold: a tagger's scores of a frame come in, an update of the
frame's row goes out; a tag and two bounds come in, the frames between them go out.

A mark reads "wd rain 0.4213". Marks sort by score within a tag, so everything between two
thresholds, and the least certain first, is one stretch of the index; the index itself is read, no
row.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bson import MinKey
from django.db import connection
from pymongo.cursor import Cursor

from tagging.models import FrameScores

LEAST_ID = ("_id", MinKey())
ROUNDED = 0.0001  # scores are compared exactly by whoever reads the rows


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
    stretch = _stretch(
        mark(tagger, tag, max(0.0, low - ROUNDED)), mark(tagger, tag, high + ROUNDED)
    )
    return {key["_id"] for key in stretch}


def ascending(tagger: str, tag: str, start: float) -> Iterator[tuple[float, int]]:
    """Scores from `start` on and their frames, the lowest first; a frame may come twice."""
    prefix = f"{tagger} {tag} "
    for key in _stretch(mark(tagger, tag, start), mark(tagger, tag, 1.0)):
        yield float(key["marks"].removeprefix(prefix)), key["_id"]


def _stretch(first: str, last: str) -> Cursor[dict[str, Any]]:
    """The entries of the index from one mark to another, in order."""
    after = last + "~"  # the upper bound is not part of the stretch
    keys = _rows().find(return_key=True).hint("scores_marks")
    return keys.min([("marks", first), LEAST_ID]).max([("marks", after), LEAST_ID])


def _rows() -> Any:
    return connection.get_collection(FrameScores._meta.db_table)
