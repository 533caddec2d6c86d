"""What somebody has typed so far comes in, the tags and series that may be meant go out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

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
    found: dict[tuple[str, str], tuple[int, Suggestion]] = {}
    for name, rank in _matches(vocabulary.spellings, typed):
        suggestion = _suggestion(vocabulary, name, tag_count, series_count)
        key = suggestion.kind, suggestion.name
        if key not in found or rank < found[key][0]:
            found[key] = rank, suggestion
    best = sorted(found.values(), key=lambda item: (item[0], -item[1].count, item[1].name))
    return [suggestion for _, suggestion in best[:limit]]


Name = tuple[str, str, str]  # see `Vocabulary.spellings`


def _matches(names: list[Name], typed: str) -> Iterator[tuple[Name, int]]:
    words = typed.split("_")
    some = False
    for name in names:
        if name[0].startswith(typed):
            some = True
            yield name, 0
        elif typed[0] in name[0] and all(f"_{word}" in f"_{name[0]}" for word in words):
            some = True
            yield name, 1
    if not some and len(typed) >= SHORTEST_WITH_SLIPS:
        beginnings = [name[0][: len(typed) + 1] for name in names]
        for _, _, place in process.extract(
            typed, beginnings, scorer=fuzz.ratio, score_cutoff=70, limit=20
        ):
            yield names[place], 2


def _suggestion(
    vocabulary: Vocabulary,
    name: Name,
    tag_count: Callable[[str], int],
    series_count: Callable[[str], int],
) -> Suggestion:
    written, kind, owner = name
    if kind == "tag":
        alias = "" if written == owner else written
        return Suggestion(owner, vocabulary.category(owner), tag_count(owner), alias, kind)
    info = vocabulary.series[owner]
    alias = "" if written in (tag_name(info.slug), info.slug.replace("-", "_")) else info.title
    return Suggestion(info.slug, "series", series_count(info.key), alias, kind)
