"""Hits come in; how often each tag and series occurs among them goes out, and what is related.

Counting takes longer than finding and does not hold the index's lock: an edit meanwhile may be in
some of the counts and not yet in others.
"""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

from pyroaring import BitMap

from frames.index import Index, Value
from frames.terms import CATEGORIES
from frames.vocabulary import Vocabulary

BLOCK = 1 << 16
# Hits in more blocks (of 65,536 frames) than this are first counted in a few of them.
MANY_BLOCKS = 12
SAMPLED_BLOCKS = 5
FAVOURITES = 2
MUCH_THE_SAME = 0.6  # cosine of two tags' frames


@dataclass(frozen=True)
class FacetGroup:
    """The commonest values of one kind with their labels and counts; `exact` counts, or not."""

    name: str
    values: list[tuple[str, str, int]]
    exact: bool = True


def facets(index: Index, hits: BitMap, per_category: int = 12) -> list[FacetGroup]:
    """Series first, then the categories of tags in the vocabulary's order; empty ones left out."""
    vocabulary = index.vocabulary
    series = commonest(hits, dict(index.lists["series"]), per_category)
    groups = [FacetGroup("series", [_named(vocabulary, str(key), n) for n, key in series])]
    by_category: dict[str, dict[Value, BitMap]] = {name: {} for name in CATEGORIES}
    for tag, ids in list(index.lists["tag"].items()):
        by_category.setdefault(vocabulary.category(str(tag)), {})[tag] = ids
    sample = _sample(hits)
    for category, lists in by_category.items():
        candidates = _candidates(index, sample, lists, per_category) if sample else lists
        found = commonest(hits, candidates, per_category)
        values = [(str(tag), str(tag), count) for count, tag in found]
        groups.append(FacetGroup(category or "other", values))
    return [group for group in groups if group.values]


def _named(vocabulary: Vocabulary, key: str, count: int) -> tuple[str, str, int]:
    info = vocabulary.series.get(key)
    return (info.slug, info.title, count) if info else (key, key, count)


def _sample(hits: BitMap) -> BitMap | None:
    """The hits in every so-manieth block that has any; None where hits are in few blocks."""
    blocks = []
    place = 0
    while hits and place <= hits.max():
        place = hits.next_set_bit(place) // BLOCK * BLOCK
        blocks.append(place)
        place += BLOCK
    if len(blocks) <= MANY_BLOCKS:
        return None
    chosen = BitMap()
    for number in range(SAMPLED_BLOCKS):
        place = blocks[number * len(blocks) // SAMPLED_BLOCKS]
        chosen.add_range(place, place + BLOCK)
    return hits & chosen


def _candidates(
    index: Index, sample: BitMap, lists: Mapping[Value, BitMap], limit: int
) -> dict[Value, BitMap]:
    """The tags that may be among the most frequent.

    Of tags that occur all over the collection, those that are frequent in the sample, several
    times as many as are asked for. Tags at home in few blocks are cheap to count: all of them.
    """
    local = {tag: ids for tag, ids in lists.items() if index.spread(tag) <= SAMPLED_BLOCKS}
    wide = {tag: ids for tag, ids in lists.items() if tag not in local}
    frequent = commonest(sample, wide, FAVOURITES * limit)
    return local | {tag: lists[tag] for _, tag in frequent}


def commonest(hits: BitMap, lists: Mapping[Value, BitMap], limit: int) -> list[tuple[int, Value]]:
    """The values with the most hits, most first, as (hits, value); exact.

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


def diverse(index: Index, tags: Iterable[str]) -> list[str]:
    """Those of the tags that are not seen on much the same frames as one before them."""
    chosen: dict[str, BitMap] = {}
    for tag in tags:
        ids = index.ids("tag", tag)
        if all(_cosine(ids, other) < MUCH_THE_SAME for other in chosen.values()):
            chosen[tag] = ids
    return list(chosen)


def _cosine(one: BitMap, other: BitMap) -> float:
    return one.intersection_cardinality(other) / sqrt(len(one) * len(other) or 1)


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
        for other, ids in list(index.lists["tag"].items())
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
