"""Integer ids, handed out in blocks of consecutive ones, none of them twice."""

from typing import Any

from django.db import connection
from pymongo import ReturnDocument


def next_ids(name: str, count: int) -> int:
    """The first of `count` consecutive integers that nobody else gets; counting starts at 1."""
    row = _counter().find_one_and_update(
        {"_id": name},
        {"$inc": {"next": count}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    return row["next"] - count + 1


def hold_ids(name: str, holder: str, count: int) -> int:
    """Like `next_ids`, but whoever holds that many already is given the very same again.

    Taking and noting them is one write, so that a worker may die before or after it.
    """
    held = f"$held.{holder}"
    mine = {"$eq": [f"{held}.count", count]}
    last = {"$ifNull": ["$next", 0]}
    fresh = {"first": {"$add": [last, 1]}, "count": count}
    row = _counter().find_one_and_update(
        {"_id": name},
        [
            {
                "$set": {
                    "next": {"$cond": [mine, "$next", {"$add": [last, count]}]},
                    f"held.{holder}": {"$cond": [mine, held, fresh]},
                }
            }
        ],
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    return row["held"][holder]["first"]


def held_ids(name: str, holder: str) -> range:
    row = _counter().find_one({"_id": name}) or {}
    held = row.get("held", {}).get(holder, {"first": 0, "count": 0})
    return range(held["first"], held["first"] + held["count"])


def release_ids(name: str, holder: str) -> None:
    """The ids are in use: nobody need hold them any more."""
    _counter().update_one({"_id": name}, {"$unset": {f"held.{holder}": ""}})


def _counter() -> Any:
    return connection.get_collection("frames_counter")
