"""An index that follows the database comes in; the frames on which the two differ go out."""

from dataclasses import dataclass

from pyroaring import BitMap

from frames.index import LARGEST_ID, Index
from frames.index_sync import Follower
from frames.rows import FRAMES, PROJECTION, row

BATCH = 10_000


@dataclass(frozen=True)
class Report:
    frames: int
    differing: list[int]


def check(follower: Follower) -> Report:
    """Compare every frame with the index, both ways, with all its properties and scores.

    A frame that changes during the comparison is looked at again before it is reported.
    """
    follower.catch_up()
    assert follower.index is not None
    visible, differing, after = 0, BitMap(), -1
    while True:
        documents = list(
            follower.database[FRAMES]
            .find({"_id": {"$gt": after, "$lte": LARGEST_ID}}, PROJECTION)
            .sort("_id")
            .limit(BATCH)
        )
        until = documents[-1]["_id"] if documents else LARGEST_ID
        batch = BitMap()
        batch.add_range(after + 1, until + 1)
        visible += sum(document["status"] == "visible" for document in documents)
        differing |= _differing(follower.index, documents, batch)
        if not documents:
            break
        after = until
    if differing:
        follower.catch_up()
        again = follower.database[FRAMES].find({"_id": {"$in": list(differing)}}, PROJECTION)
        differing = _differing(follower.index, list(again), differing)
    return Report(visible, list(differing))


def _differing(index: Index, documents: list[dict], ids: BitMap) -> BitMap:
    fresh = Index()
    fresh.apply(found for document in documents if (found := row(document)))
    with index.lock:
        held = index.postings(ids)
    expected = fresh.postings(ids)
    return BitMap([id for id in held.keys() | expected.keys() if held.get(id) != expected.get(id)])


def fix(follower: Follower, ids: list[int]) -> None:
    """Put these frames right here and in every process that follows the database.

    The others hear of a frame when its document changes: it is given a field for a moment.
    """
    frames = follower.client[follower.name][FRAMES]
    for start in range(0, len(ids), BATCH):
        these = {"_id": {"$in": ids[start : start + BATCH]}}
        frames.update_many(these, {"$set": {"indexed_again": True}})
        frames.update_many(these, {"$unset": {"indexed_again": ""}})
    follower.refresh(ids)
    follower.write()
