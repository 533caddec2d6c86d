"""A query and an index come in, a page of the hits goes out, with the cursors of its neighbours.

A cursor names the frame that a page starts after or ends before: the thousandth page costs what
the first does, and a link to it stays right while frames are added.
"""

import re
import secrets
import time
from dataclasses import dataclass
from types import MappingProxyType

from pyroaring import BitMap

from frames.evaluate import Similar, evaluate
from frames.index import LARGEST_ID, Index
from frames.order import (
    Listed,
    Newest,
    Oldest,
    Order,
    Permutation,
    by_score,
    shuffled,
    timeline,
)
from frames.query import BadQuery, Query
from frames.terms import And, Field, Node, Or, Tag, Within


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


def page(
    index: Index,
    query: Query,
    *,
    cursor: str | None = None,
    rank: int = 0,
    limit: int = 40,
    similar: Similar = MappingProxyType({}),
) -> Results:
    """The page of up to `limit` ids that the cursor points at; without one, from `rank` on."""
    started = time.perf_counter()
    place = _Place.read(cursor)
    with index.lock:
        search = Search(index, query, similar, place)
        if place is None:
            ids = search.order.at(rank, limit + 1)
        elif place.forward:
            ids = search.order.following(place.id, limit + 1)
        else:
            ids = search.order.preceding(place.id, limit + 1)
    more, ids = len(ids) > limit, ids[:limit]
    before, after = (place is not None or rank > 0), more
    if place is not None and not place.forward:
        ids, before, after = ids[::-1], more, True
    return Results(
        count=len(search.hits),
        ids=ids,
        next=search.cursor(ids[-1], forward=True) if ids and after else None,
        previous=search.cursor(ids[0], forward=False) if ids and before else None,
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


class Search:
    """A query's hits in its order. The caller holds the index's lock."""

    def __init__(
        self,
        index: Index,
        query: Query,
        similar: Similar = MappingProxyType({}),
        place: _Place | None = None,
    ):
        self.index = index
        self.query = query
        self.similar = similar
        self.hits: BitMap = evaluate(index, query.where, similar)
        self.shuffle: tuple[int, int] | None = None
        self.seed: int | None = None
        if query.order == "random":
            chosen = secrets.randbelow(10**9) if query.seed is None else query.seed
            bits = max(index.size - 1, 1).bit_length()
            self.shuffle = (place.shuffle if place else None) or (chosen, bits)
            self.seed = self.shuffle[0]
        self.order = self._order()

    def _order(self) -> Order:
        if self.query.order == "old":
            return Oldest(self.hits)
        if self.query.order == "timeline":
            return timeline(self.index, self.hits)
        if self.shuffle:
            return shuffled(self.hits, Permutation(*self.shuffle))
        if self.query.order == "score":
            return by_score(self.index, self.hits, self._scored_tags())
        if asked := None if self.query.order else self._similar_to():
            return Listed([id for id in self.similar[asked] if id in self.hits])
        return Newest(self.hits)

    def _similar_to(self) -> int | None:
        """The frame that all hits have to be like."""
        where = self.query.where
        for part in where.parts if isinstance(where, And) else [where]:
            if isinstance(part, Field) and part.name == "similar":
                return int(part.value)
        return None

    def _scored_tags(self) -> list[str]:
        tags = [node.name for node in _wanted(self.query.where) if isinstance(node, Tag)]
        if not tags:
            raise BadQuery("order:score", "order:score needs a tag whose score decides.")
        return [self.index.vocabulary.tag(tag) for tag in tags]

    def cursor(self, id: int, *, forward: bool) -> str:
        return str(_Place(forward, id, self.shuffle))


def _wanted(node: Node | None) -> list[Node]:
    """The terms that a frame is shown for: all but the excluded ones."""
    if isinstance(node, And | Or):
        return [term for part in node.parts for term in _wanted(part)]
    if isinstance(node, Within):
        return _wanted(node.first)
    return [node] if isinstance(node, Tag | Field) else []
