"""Hits come in; how often each tag and series occurs among them goes out, and what is related."""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

from pyroaring import BitMap

from frames.index import Index, Value
from frames.terms import CATEGORIES

EXACT_UP_TO = 1_000_000
BLOCK = 1 << 16


@dataclass(frozen=True)
class FacetGroup:
    """The commonest values of one kind with their labels and counts, which are `exact` or not."""

    name: str
    values: list[tuple[str, str, int]]
    exact: bool


def facets(index: Index, hits: BitMap, per_category: int = 12) -> list[FacetGroup]:
    """Series first, then the categories of tags in the vocabulary's order; empty ones left out."""
    vocabulary = index.vocabulary
    by_category: dict[str, dict[Value, BitMap]] = {name: {} for name in CATEGORIES}
    for tag, ids in index.lists["tag"].items():
        by_category.setdefault(vocabulary.category(str(tag)), {})[tag] = ids
    groups = []
    for count, key in commonest(hits, index.lists["series"], per_category):
        info = vocabulary.series.get(str(key))
        groups.append((info.slug, info.title, count) if info else (str(key), str(key), count))
    found = [FacetGroup("series", groups, exact=True)]
    for category, lists in by_category.items():
        values = [(str(tag), str(tag), n) for n, tag in commonest(hits, lists, per_category)]
        found.append(FacetGroup(category or "other", values, exact=True))
    return [group for group in found if group.values]


def commonest(hits: BitMap, lists: Mapping[Value, BitMap], limit: int) -> list[tuple[int, Value]]:
    """The values with the most hits, most first, as (hits, value).

    The largest bitmaps are counted first: when what is left is smaller than the counts that are
    held already, nothing of it can be among the most.
    """
    best: list[tuple[int, Value]] = []
    for size, value in sorted(((len(ids), value) for value, ids in lists.items()), reverse=True):
        if len(best) == limit and size <= best[0][0]:
            break
        count = hits.intersection_cardinality(lists[value])
        if not count:
            continue
        if len(best) < limit:
            heapq.heappush(best, (count, value))
        else:
            heapq.heappushpop(best, (count, value))
    return sorted(best, key=lambda item: (-item[0], str(item[1])))


def related(index: Index, tag: str, limit: int = 12) -> list[tuple[str, float, int]]:
    """The tags seen most like this one as (name, cosine, frames with both).

    The cosine of two sets is |A and B| / sqrt(|A| |B|), at most sqrt(smaller / larger): sets of a
    similar size come first, and the rest need not be counted once that bound falls too low.
    """
    mine = index.ids("tag", tag)
    if not mine:
        return []
    bounds = (
        (sqrt(min(len(ids), len(mine)) / max(len(ids), len(mine))), str(other), ids)
        for other, ids in index.lists["tag"].items()
        if other != tag
    )
    best: list[tuple[float, str, int]] = []
    for bound, other, ids in sorted(bounds, key=lambda item: item[:2], reverse=True):
        if len(best) == limit and bound <= best[0][0]:
            break
        if both := mine.intersection_cardinality(ids):
            cosine = both / sqrt(len(mine) * len(ids))
            push = heapq.heappush if len(best) < limit else heapq.heappushpop
            push(best, (cosine, other, both))
    return [(other, cosine, both) for cosine, other, both in sorted(best, reverse=True)]
