"""The names that queries may use: tags with their aliases, series with their titles.

Rows of the Tag and Series collections come in; a name that somebody typed goes in and the one
that is meant comes out, or what comes closest to it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz, process

from frames.terms import tag_name

MAX_EXPANSION = 100


@dataclass(frozen=True)
class TagInfo:
    name: str
    category: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeriesInfo:
    key: str  # the series' id in the database, as text
    slug: str
    title: str
    alternatives: tuple[str, ...] = ()


class Vocabulary:
    """Immutable once made: a change of a tag or a series makes a new one."""

    def __init__(self, tags: Iterable[TagInfo] = (), series: Iterable[SeriesInfo] = ()):
        self.tags = {tag.name: tag for tag in tags}
        series = list(series)
        self.series = {info.key: info for info in series}
        self.aliases = {
            tag_name(alias): tag.name for tag in self.tags.values() for alias in tag.aliases
        }
        # A name that several series share is the slug of one before it is the title of another.
        self._series_names = {
            **{_plain(name): info.key for info in series for name in info.alternatives},
            **{_plain(info.title): info.key for info in series},
            **{_plain(info.slug): info.key for info in series},
        }
        self.names = sorted({*self.tags, *self.aliases})

    @cached_property
    def spellings(self) -> list[tuple[str, str, str]]:
        """Every name in the form in which it is compared, "tag" or "series", and whose it is."""
        spellings = [(name, "tag", self.tag(name)) for name in self.names]
        for info in self.series.values():
            for title in (info.title, info.slug.replace("-", "_"), *info.alternatives):
                spellings.append((tag_name(title), "series", info.key))
        return spellings

    def tag(self, name: str) -> str:
        """The tag's own name for an alias of it; other names stay as they are."""
        return name if name in self.tags else self.aliases.get(name, name)

    def category(self, name: str) -> str:
        """Empty for a name that is in use on frames but in no vocabulary."""
        return self.tags[name].category if name in self.tags else ""

    def series_key(self, name: str) -> str | None:
        """The key of the series with this slug or title, or with this name among its others."""
        return self._series_names.get(_plain(name))

    def written(self, name: str) -> str:
        """How a query writes the tag or the series of this name; empty if there is neither."""
        if self.category(self.tag(tag_name(name))):
            return f'"{name}"' if " " in name else name
        key = self.series_key(name)
        return f"series:{self.series[key].slug}" if key else ""

    def closest_tag(self, name: str, count: Callable[[str], int], category: str = "") -> str:
        """The tag on some frame that was probably meant, or nothing; of equally close ones the
        commonest."""
        names = [
            known
            for known in self.names
            if not category or self.category(self.tag(known)) == category
        ]
        close = process.extract(name, names, scorer=fuzz.ratio, score_cutoff=_cutoff(name), limit=9)
        close = [match for match in close if count(self.tag(match[0]))]
        if not close:
            return ""
        best = max(score for _, score, _ in close)
        equal = {self.tag(known) for known, score, _ in close if score >= best - 2}
        return max(equal, key=lambda known: (count(known), known))

    def closest_series(self, name: str) -> str:
        """The slug of the series that was probably meant, or nothing."""
        close = process.extractOne(_plain(name), list(self._series_names), score_cutoff=70)
        return self.series[self._series_names[close[0]]].slug if close else ""


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("-", " ").replace("_", " ").split())


def _cutoff(name: str) -> float:
    """One slip of the fingers in a short word, about one in four letters of a long one."""
    return 60 if len(name) < 5 else 70
