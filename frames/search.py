"""The one door to the search for site, API, admin and export: queries come in, ids, counts and
documents go out.

In a web process the index follows the database in a thread, and every edit shows within two
seconds; elsewhere each call first catches up with the database.
"""

import re
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from django.db import connection
from pyroaring import BitMap

from frames import autocomplete as completion
from frames import facets as counting
from frames.autocomplete import Suggestion
from frames.evaluate import evaluate
from frames.facets import FacetGroup
from frames.index import LARGEST_ID, Index
from frames.index_sync import IndexNotReady, current
from frames.order import (
    Listed,
    Oldest,
    Order,
    Permutation,
    Reversed,
    by_score,
    shuffled,
    timeline,
)
from frames.query import BadQuery, Query, render
from frames.rows import FRAMES
from frames.terms import And, Field, Node, Or, Tag, Within

__all__ = [
    "BadCursor",
    "BadQuery",
    "FacetGroup",
    "IndexNotReady",
    "Results",
    "Suggestion",
    "autocomplete",
    "documents",
    "facets",
    "find",
    "neighbours",
    "related",
    "series_count",
    "tag_count",
    "without_each_term",
]

SIMILAR_LIMIT = 1000


class BadCursor(BadQuery):
    """The cursor was not made by an earlier answer to the same query."""

    def __init__(self, cursor: str):
        super().__init__(cursor, "This is not a cursor of an earlier answer.")


@dataclass(frozen=True)
class Results:
    """One page. `count` is exact; `next` and `previous` are opaque cursors or None; `seed` is
    that of a random order, chosen here if the query left it open; `seconds` were needed."""

    count: int
    ids: list[int]
    next: str | None
    previous: str | None
    seconds: float
    seed: int | None = None


def find(query: Query, *, cursor: str | None = None, limit: int = 40) -> Results:
    """The page of up to `limit` ids that the cursor points at, or the first one.

    Raises `BadQuery` for what does not exist (tags, series), `BadCursor`, `IndexNotReady`.
    """
    started = time.perf_counter()
    place = _Place.read(cursor)
    index = current()
    with index.lock:
        search = _Search(index, query, place)
        forward = place is None or place.forward
        order = search.order if forward else Reversed(search.order)
        ids = order.following(place.id if place else None, limit + 1)
    more, ids = len(ids) > limit, ids[:limit] if forward else ids[:limit][::-1]
    following = ids and (more if forward else place is not None)
    preceding = ids and (place is not None if forward else more)
    return Results(
        count=len(search.hits),
        ids=ids,
        next=search.cursor(ids[-1], forward=True) if following else None,
        previous=search.cursor(ids[0], forward=False) if preceding else None,
        seconds=time.perf_counter() - started,
        seed=search.seed,
    )


@dataclass(frozen=True)
class _Place:
    """A cursor: the frame that the page starts after, or ends before. `shuffle` is the seed and
    the size (in bits) of a random order, which must not change from page to page."""

    forward: bool
    id: int
    shuffle: tuple[int, int] | None = None

    @classmethod
    def read(cls, cursor: str | None) -> "_Place | None":
        if not cursor:
            return None
        match = re.fullmatch(r"([ab])([0-9]{1,10})(?:-([0-9]{1,10})-([0-9]{1,2}))?", cursor)
        if match is None or int(match[2]) > LARGEST_ID or int(match[4] or 0) > 32:
            raise BadCursor(cursor)
        shuffle = (int(match[3]), int(match[4])) if match[3] else None
        return cls(match[1] == "a", int(match[2]), shuffle)

    def __str__(self) -> str:
        shuffle = "-{}-{}".format(*self.shuffle) if self.shuffle else ""
        return f"{'a' if self.forward else 'b'}{self.id}{shuffle}"


class _Search:
    """A query's hits in its order. The caller holds the index's lock."""

    def __init__(self, index: Index, query: Query, place: _Place | None = None):
        self.index = index
        self.query = query
        self.similar: list[int] = []
        self.hits: BitMap = evaluate(index, query.where, self._similar)
        self.shuffle: tuple[int, int] | None = None
        self.seed: int | None = None
        if query.order == "random":
            chosen = secrets.randbelow(10**9) if query.seed is None else query.seed
            bits = max(index.size - 1, 1).bit_length()
            self.shuffle = (place.shuffle if place else None) or (chosen, bits)
            self.seed = self.shuffle[0]
        self.order = self._order()

    def _similar(self, id: int) -> list[int]:
        vectors = import_module("frames.vectors")
        self.similar = [found for found, _ in vectors.similar(id, SIMILAR_LIMIT)]
        return self.similar

    def _order(self) -> Order:
        if self.query.order == "old":
            return Oldest(self.hits)
        if self.query.order == "timeline":
            return timeline(self.index, self.hits)
        if self.shuffle:
            return shuffled(self.hits, Permutation(*self.shuffle))
        if self.query.order == "score":
            return by_score(self.index, self.hits, self._scored_tags())
        if self.similar and not self.query.order:
            return Listed([id for id in self.similar if id in self.hits])
        return Reversed(Oldest(self.hits))

    def _scored_tags(self) -> list[str]:
        tags = [node.name for node in wanted(self.query.where) if isinstance(node, Tag)]
        if not tags:
            raise BadQuery("order:score", "order:score needs a tag whose score decides.")
        return [self.index.vocabulary.tag(tag) for tag in tags]

    def cursor(self, id: int, *, forward: bool) -> str:
        return str(_Place(forward, id, self.shuffle))


def wanted(node: Node | None) -> list[Node]:
    """The terms that a frame is shown for: all but the excluded ones."""
    if isinstance(node, And | Or):
        return [term for part in node.parts for term in wanted(part)]
    if isinstance(node, Within):
        return wanted(node.first)
    return [node] if isinstance(node, Tag | Field) else []


def neighbours(query: Query, frame_id: int) -> tuple[int | None, int | None]:
    """The frames before and after this one in the query's order; a random one needs its seed."""
    if not 0 <= frame_id <= LARGEST_ID:
        return None, None
    index = current()
    with index.lock:
        order = _Search(index, query).order
        before, after = order.preceding(frame_id, 1), order.following(frame_id, 1)
    return before[0] if before else None, after[0] if after else None


def facets(query: Query, *, per_category: int = 12) -> list[FacetGroup]:
    """The commonest series and tags among the hits, by kind; values are slugs and tag names."""
    index = current()
    with index.lock:
        return counting.facets(index, _Search(index, query).hits, per_category)


def related(tag: str, limit: int = 12) -> list[tuple[str, float, int]]:
    """The tags seen most like this one: (name, cosine, frames with both), closest first."""
    index = current()
    with index.lock:
        return counting.related(index, index.vocabulary.tag(tag), limit)


def tag_count(name: str) -> int:
    index = current()
    return index.count("tag", index.vocabulary.tag(name))


def series_count(slug: str) -> int:
    index = current()
    return index.count("series", index.vocabulary.series_key(slug) or "")


def autocomplete(text: str, limit: int = 10) -> list[Suggestion]:
    """Tags and series for what has been typed of one term, the commonest first."""
    index = current()
    with index.lock:
        return completion.suggest(
            index.vocabulary,
            text,
            tag_count=lambda name: index.count("tag", name),
            series_count=lambda key: index.count("series", key),
            limit=limit,
        )


def without_each_term(query: Query) -> list[tuple[str, int]]:
    """For each of the query's terms, what the query without it is and finds, most first."""
    if not isinstance(query.where, And):
        return []
    index = current()
    found = []
    with index.lock:
        for term in query.where.parts:
            rest = tuple(part for part in query.where.parts if part is not term)
            fewer = replace(query, where=None).narrowed(*rest)
            if count := len(_Search(index, fewer).hits):
                found.append((render(fewer), count))
    return sorted(found, key=lambda item: -item[1])


def documents(
    ids: Sequence[int], fields: Iterable[str] | Mapping[str, Any] = ()
) -> list[dict[str, Any]]:
    """The frames' documents in this order, with these fields or all; missing ones left out."""
    projection = dict(fields) if isinstance(fields, Mapping) else dict.fromkeys(fields, 1)
    collection = connection.get_collection(FRAMES)
    frames = collection.find({"_id": {"$in": list(ids)}}, projection or None)
    found = {frame["_id"]: frame for frame in frames}
    return [found[id] for id in ids if id in found]
