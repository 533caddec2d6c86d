"""What somebody has typed so far comes in, the tags and series that may be meant go out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import nsmallest

from rapidfuzz import fuzz, process

from frames.terms import tag_name
from frames.vocabulary import Vocabulary

SHORTEST_WITH_SLIPS = 4


@dataclass(frozen=True)
class Suggestion:
    """`alias` is the other name that fits, or empty; `kind` is "tag" or "series".

    A series' `name` is its slug, its `category` is "series", its `alias` the title that fits.
    """

    name: str
    category: str
    count: int
    alias: str
    kind: str


def suggest(
    vocabulary: Vocabulary,
    text: str,
    *,
    tag_count: Callable[[str], int],
    series_count: Callable[[str], int],
    limit: int = 10,
) -> list[Suggestion]:
    """Names that begin with the text, then those with a word that does, then, with slips of the
    fingers allowed, those that are close; each part by number of frames. Words may come in any
    order."""
    typed = tag_name(text).strip("_")
    if not typed:
        return []
    best: dict[tuple[str, str], tuple[int, Name]] = {}
    for name, rank in _matches(vocabulary.spellings, typed):
        _, kind, owner = name
        if (kind, owner) not in best or rank < best[kind, owner][0]:
            best[kind, owner] = rank, name
    counted = [
        (rank, -(tag_count if name[1] == "tag" else series_count)(name[2]), name[2], name)
        for rank, name in best.values()
    ]
    return [
        _suggestion(vocabulary, name, -count) for _, count, _, name in nsmallest(limit, counted)
    ]


Name = tuple[str, str, str]  # see `Vocabulary.spellings`


def _matches(names: list[Name], typed: str) -> Iterator[tuple[Name, int]]:
    beginnings = [f"_{word}" for word in typed.split("_")]
    longest = max(beginnings, key=len)[1:]
    some = False
    for name in [name for name in names if longest in name[0]]:
        if name[0].startswith(typed):
            some = True
            yield name, 0
        elif all(beginning in f"_{name[0]}" for beginning in beginnings):
            some = True
            yield name, 1
    if not some and len(typed) >= SHORTEST_WITH_SLIPS:
        starts = [name[0][: len(typed) + 1] for name in names]
        for _, _, place in process.extract(
            typed, starts, scorer=fuzz.ratio, score_cutoff=70, limit=20
        ):
            yield names[place], 2


def _suggestion(vocabulary: Vocabulary, name: Name, count: int) -> Suggestion:
    written, kind, owner = name
    if kind == "tag":
        alias = "" if written == owner else written
        return Suggestion(owner, vocabulary.category(owner), count, alias, kind)
    info = vocabulary.series[owner]
    alias = "" if written in (tag_name(info.slug), info.slug.replace("-", "_")) else info.title
    return Suggestion(info.slug, "series", count, alias, kind)
