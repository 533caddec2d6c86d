"""The one door to the search for site, API, admin and export: queries come in, ids, counts and
documents go out.

In a web process the index follows the database in a thread, and every edit shows within two
seconds; elsewhere each call first catches up with the database.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from django.db import connection

from frames import autocomplete as completion
from frames import facets as counting
from frames import query as language
from frames.autocomplete import Suggestion
from frames.facets import FacetGroup
from frames.index import LARGEST_ID, Index
from frames.index_process import IndexNotReady, current
from frames.pages import BadCursor, Results, Search, page
from frames.query import BadQuery, Query, render
from frames.rows import FRAMES
from frames.scores import numbers
from frames.terms import And, Field, leaves, tag_name

__all__ = [
    "BadCursor",
    "BadQuery",
    "FacetGroup",
    "IndexNotReady",
    "Results",
    "Suggestion",
    "all_tags",
    "autocomplete",
    "diverse",
    "documents",
    "facets",
    "find",
    "kinds",
    "neighbours",
    "parse",
    "related",
    "series_count",
    "shots",
    "tag_count",
    "tag_meant",
    "without_each_term",
]

SIMILAR_LIMIT = 1000


def parse(text: str) -> Query:
    """`frames.query.parse`, with what this site's tags and series are called."""
    return language.parse(text, current().vocabulary.written)


def find(
    query: Query,
    *,
    cursor: str | None = None,
    rank: int = 0,
    limit: int = 40,
    index: Index | None = None,
) -> Results:
    """The page of up to `limit` ids that the cursor points at; without one, from `rank` on.

    Of the visible frames, or of those in `index`. Raises `BadQuery` for what does not exist (tags,
    series), `BadCursor`, `IndexNotReady`.
    """
    index = index or current()
    return page(index, query, cursor=cursor, rank=rank, limit=limit, similar=_similar(query))


def _similar(query: Query) -> dict[int, list[int]]:
    """The frames like those that the query asks for; found before the index is locked."""
    asked = [
        int(term.value)
        for term in leaves(query.where)
        if isinstance(term, Field) and term.name == "similar"
    ]
    if not asked:
        return {}
    from frames import vectors  # loads OpenCV, which nobody else here needs

    return {
        id: [found for found, _ in vectors.similar(id, SIMILAR_LIMIT)] if id <= LARGEST_ID else []
        for id in asked
    }


def neighbours(query: Query, frame_id: int) -> tuple[int | None, int | None]:
    """The frames before and after this one in the query's order; a random one needs its seed."""
    if not 0 <= frame_id <= LARGEST_ID:
        return None, None
    index, similar = current(), _similar(query)
    with index.lock:
        order = Search(index, query, similar).order
        before, after = order.preceding(frame_id, 1), order.following(frame_id, 1)
    return before[0] if before else None, after[0] if after else None


def facets(query: Query, *, per_category: int = 12) -> list[FacetGroup]:
    """The commonest series and tags among the hits, by kind; values are slugs and tag names."""
    index, similar = current(), _similar(query)
    with index.lock:
        hits = Search(index, query, similar).hits.copy()
    return counting.facets(index, hits, per_category)


def diverse(tags: Iterable[str]) -> list[str]:
    """Those of the tags that are not seen on much the same frames as one before them."""
    return counting.diverse(current(), tags)


def related(tag: str, limit: int = 12) -> list[tuple[str, float, int]]:
    """The tags seen most like this one: (name, cosine, frames with both), closest first."""
    index = current()
    return counting.related(index, index.vocabulary.tag(tag), limit)


def kinds(names: Iterable[str]) -> dict[str, str]:
    """The categories of tags, which may be named by aliases; names of no tag are left out."""
    vocabulary = current().vocabulary
    found = {name: vocabulary.category(vocabulary.tag(name)) for name in names}
    return {name: kind for name, kind in found.items() if kind}


def shots(episode: str) -> list[int]:
    """The first frame of each shot of the episode with this id, in time."""
    index = current()
    with index.lock:
        ids = numbers(index.ids("episode", index.ordinals.get(episode, -1)))
        _, first = np.unique(index.columns["shot"][ids], return_index=True)
    return [int(id) for id in ids[first]]


def tag_meant(name: str) -> str:
    """The tag of which this is another name or another spelling; empty if there is none."""
    vocabulary = current().vocabulary
    meant = vocabulary.tag(tag_name(name))
    return meant if meant != name and meant in vocabulary.tags else ""


def tag_count(name: str) -> int:
    index = current()
    return index.count("tag", index.vocabulary.tag(name))


def all_tags() -> dict[str, list[tuple[str, int]]]:
    """The vocabulary's tags by category with their numbers of frames, the commonest first."""
    index = current()
    found = defaultdict(list)
    for tag in index.vocabulary.tags.values():
        found[tag.category].append((tag.name, index.count("tag", tag.name)))
    return {kind: sorted(t, key=lambda pair: (-pair[1], pair[0])) for kind, t in found.items()}


def series_count(slug: str) -> int:
    return current().series_count(slug)


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
    index, similar = current(), _similar(query)
    found = []
    with index.lock:
        for term in query.where.parts:
            rest = tuple(part for part in query.where.parts if part is not term)
            fewer = replace(query, where=None).narrowed(*rest)
            if count := len(Search(index, fewer, similar).hits):
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
