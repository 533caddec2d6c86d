"""The search as form fields and query parameters: they come in, the same `Query` goes out that
the search box would give.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import django_filters

from frames import search
from frames.models import Frame
from frames.query import ORDERS, BadQuery, Query, any_of, scored
from frames.terms import CATEGORIES, Node, Not, Tag, tag_name, term

LARGEST_TIME = 999_999  # seconds


def _word(label: str) -> django_filters.CharFilter:
    return django_filters.CharFilter(method="by_word", label=label, max_length=200)


def _number(method: str, label: str, largest: int) -> django_filters.NumberFilter:
    return django_filters.NumberFilter(method=method, label=label, min_value=0, max_value=largest)


class FrameFilter(django_filters.FilterSet):
    """`FrameFilter(request.GET).query()`. Several tags are separated by commas, ranges are
    written as in the search box: `3`, `3..5`, `>=3`."""

    q = django_filters.CharFilter(method="by_text", label="query")
    tags = django_filters.CharFilter(method="by_tags", label="all of these tags")
    tags_any = django_filters.CharFilter(method="by_any_tag", label="one of these tags")
    exclude = django_filters.CharFilter(method="by_no_tag", label="none of these tags")
    character = _word("character")
    rating = _word("rating: general, sensitive, questionable, explicit; or several")
    series = _word("series: slug or title")
    season = _word("season: number or range")
    episode = _word("episode: number or range")
    shot = _word("shot: number or range")
    time = _word("time in the episode, as 5:00..6:30")
    time_min = _number("by_time", "from this second of the episode", LARGEST_TIME)
    time_max = _number("by_time", "up to this second of the episode", LARGEST_TIME)
    date = _word("day, month or year on which the episode was added")
    width = _word("width in pixels: number or range")
    text = _word("words of the subtitle")
    state = _word("some tag is suggested, confirmed or rejected")
    tagger = _word("some tag is by this tagger")
    similar = _word("like the frame of this number")
    score_min = _number("by_score", "least score of the tags that are asked for", 1)
    order = django_filters.ChoiceFilter(
        method="by_order", label="order", choices=[(name, name) for name in ORDERS]
    )
    seed = _number("by_seed", "seed of the random order", 10**9 - 1)

    class Meta:
        model = Frame
        fields: list[str] = []

    def query(self) -> Query:
        """What is asked for. Raises `BadQuery` that names the parameter at fault."""
        if not self.form.is_valid():
            name, messages = next(iter(self.form.errors.items()))
            raise _of(name, BadQuery(str(self.data.get(name, "")), " ".join(messages)))
        query = Query()
        for name, value in self.form.cleaned_data.items():
            try:
                query = self.filters[name].filter(query, value)
            except BadQuery as bad:
                raise _of(name, bad) from bad
        return replace(query, where=scored(query.where))

    def by_text(self, query: Query, name: str, value: str) -> Query:
        asked = search.parse(value)
        return query.narrowed(asked.where) if query.where and asked.where else asked

    def by_tags(self, query: Query, name: str, value: str) -> Query:
        return query.narrowed(*_tags(value))

    def by_any_tag(self, query: Query, name: str, value: str) -> Query:
        return query.narrowed(any_of(tags)) if (tags := _tags(value)) else query

    def by_no_tag(self, query: Query, name: str, value: str) -> Query:
        return query.narrowed(*(Not(tag) for tag in _tags(value)))

    def by_word(self, query: Query, name: str, value: str) -> Query:
        values = value.split(",") if name in CATEGORIES else [value]
        nodes = [term(name, one, None, one) for one in values if one.strip()]
        return query.narrowed(any_of(nodes)) if nodes else query

    def by_time(self, query: Query, name: str, value: Decimal) -> Query:
        sign = ">=" if name == "time_min" else "<="
        return query.narrowed(term("time", f"{sign}{value:.3f}", None, str(value)))

    def by_score(self, query: Query, name: str, value: Decimal) -> Query:
        return query.narrowed(term("score", f">={value.normalize():f}", None, str(value)))

    def by_order(self, query: Query, name: str, value: str) -> Query:
        return replace(query, order=value)

    def by_seed(self, query: Query, name: str, value: Decimal) -> Query:
        return replace(query, seed=int(value))


class _Asked(FrameFilter):
    """Only those filters that a request uses: to copy them all takes longer than a search."""

    def __init__(self, data: Mapping[str, str]):
        self.base_filters = {
            name: filter for name, filter in FrameFilter.base_filters.items() if name in data
        }
        super().__init__(data)


def query_of(data: Mapping[str, str]) -> Query:
    """What these parameters ask for. Raises `BadQuery` that names the parameter at fault."""
    return _Asked(data).query()


def _tags(value: str) -> list[Node]:
    names = [tag_name(part.strip(' "')) for part in value.split(",")]
    return [Tag(name, at=None) for name in names if name]


def _of(parameter: str, bad: BadQuery) -> BadQuery:
    bad.parameter = parameter
    return bad
