"""One term of a query: its text comes in, a node of the syntax tree goes out.

Nodes are frozen and compare by meaning; `at`, the place in the text, only serves error messages.
All ranges are closed intervals of integers (milliseconds, levels of a score, seconds since 1970),
so that every comparison is exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeAlias

CATEGORIES = (
    "character",
    "action",
    "emotion",
    "setting",
    "weather",
    "time",
    "appearance",
    "object",
    "composition",
    "style",
    "rating",
    "meta",
)
STATES = ("suggested", "confirmed", "rejected")
NUMBERS = ("season", "episode", "shot", "width")
WORDS = ("series", "state", "tagger", "text", "similar")
RANGES = (*NUMBERS, "time", "date", "score")
FIELDS = tuple(dict.fromkeys((*WORDS, *RANGES, *CATEGORIES)))

LARGEST = 2**40


class BadQuery(ValueError):
    """The query cannot be understood.

    `term` is the part at fault, `position` where it begins in the text (None where the mistake
    has no place there), `suggestion` what was probably meant, to be put in the term's place;
    `parameter` is the form field it came from, where that is known.
    """

    parameter = ""

    def __init__(self, term: str, reason: str, position: int | None = None, suggestion: str = ""):
        self.term, self.reason = term, reason
        self.position, self.suggestion = position, suggestion
        super().__init__(reason)


@dataclass(frozen=True)
class Interval:
    low: int
    high: int


@dataclass(frozen=True)
class Tag:
    """A visible tag; `name` may end or begin with `*`. `levels` bounds its score (see `level`)."""

    name: str
    category: str = ""
    levels: Interval | None = None
    state: str = ""
    value: str = ""
    at: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Field:
    """A property other than a tag; `interval` where it is a range."""

    name: str
    value: str
    interval: Interval | None = None
    at: int | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Not:
    part: Node


@dataclass(frozen=True)
class And:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Or:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Within:
    """Frames of `first` with one of `second` in their episode, at most `milliseconds` away:
    later only (`then:`) or on either side (`near:`)."""

    first: Node
    second: Node
    milliseconds: int
    later: bool


Node: TypeAlias = Tag | Field | Not | And | Or | Within


def leaves(node: Node | None) -> Iterator[Tag | Field]:
    """All terms of a tree, excluded ones too."""
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from leaves(part)
    elif isinstance(node, Not):
        yield from leaves(node.part)
    elif isinstance(node, Within):
        yield from leaves(node.first)
        yield from leaves(node.second)
    elif node is not None:
        yield node


def tag_name(text: str) -> str:
    """A tag as it is stored: lower case, underscores between words."""
    return "_".join(text.lower().split())


def level(score: float) -> int:
    """A score (0 to 1) as one of 201 levels: hundredths are even, what lies between them odd.

    Comparing levels with a bound of at most two decimals is the same as comparing scores.
    """
    hundredths = round(score * 100, 6)
    return 2 * int(hundredths) + (hundredths != int(hundredths))


def term(name: str, value: str, at: int | None, text: str) -> Node:
    """The node of `name:value` (`name` empty for a bare tag); `text` is the term as written.

    Raises `BadQuery` for a field that does not exist and a value that does not fit it.
    """
    if not name:
        return Tag(tag_name(value), at=at)
    if not value.strip():
        raise BadQuery(text, f"“{name}:” needs a value.", at)
    if name in CATEGORIES and not (name in RANGES and _BOUND.match(value)):  # time:night
        tag, _, bound = value.rpartition(":")
        if tag and (bound.lower() in STATES or _BOUND.match(bound)):
            return replace(bounded_tag(tag, bound, at, text), category=name)
        return Tag(tag_name(value), name, at=at)
    if name in RANGES:
        return Field(name, value, _interval(name, value, at, text), at)
    if name == "state" and value.lower() not in STATES:
        raise BadQuery(text, f"A tag's state is one of {', '.join(STATES)}.", at)
    if name == "similar" and not (value.isascii() and value.isdigit()):
        raise BadQuery(text, "“similar:” takes the number of a frame, as in similar:123.", at)
    if name in ("state", "similar", "text"):
        return Field(name, " ".join(value.lower().split()), at=at)
    if name in WORDS:
        return Field(name, value.strip(), at=at)
    if value.lower() in STATES or _BOUND.match(value):
        return bounded_tag(name, value, at, text)
    known = ", ".join(f"{name}:" for name in FIELDS)
    raise BadQuery(
        text, f"There is no field “{name}”; try {known} or put a tag in quotation marks.", at
    )


_BOUND = re.compile(r"[<>=.\d]")


def bounded_tag(name: str, value: str, at: int | None, text: str) -> Tag:
    """`crying:>0.9` or `crying:confirmed`."""
    if not tag_name(name):
        raise BadQuery(text, "A tag is missing before the “:”.", at)
    if value.lower() in STATES:
        return Tag(tag_name(name), state=value.lower(), at=at)
    return Tag(tag_name(name), levels=_interval("score", value, at, text), value=value, at=at)


_RANGE = re.compile(r"(?P<sign>[<>]=?|=)?(?P<low>[^.<>=]*(?:\.\d+)?)(?P<dots>\.\.(?P<high>.*))?")


def _interval(name: str, value: str, at: int | None, text: str) -> Interval:
    """`5`, `>5`, `<=5`, `3..5`, `3..`, `..5` of what `name` measures."""
    match = _RANGE.fullmatch(value)
    if match is None or (match["sign"] and match["dots"]):
        raise BadQuery(text, f"“{value}” is not a range: write 3, >3, <=3 or 3..5.", at)
    try:
        if match["dots"]:
            low = _span(name, match["low"])[0] if match["low"] else 0
            high = _span(name, match["high"])[1] if match["high"] else LARGEST
            if low > high or value == "..":
                raise BadQuery(text, f"The range “{value}” is empty.", at)
            return Interval(low, high)
        low, high = _span(name, match["low"])
    except (ValueError, OverflowError) as error:
        if isinstance(error, BadQuery):
            raise
        raise BadQuery(text, f"“{value}” is not {_EXAMPLES.get(name, _NUMBER)}.", at) from error
    sign = match["sign"] or "="
    if name == "time" and sign == "=" and "." not in match["low"]:
        return Interval(low, low + 999)
    bounds = {
        "=": (low, high),
        ">": (high + 1, LARGEST),
        ">=": (low, LARGEST),
        "<": (0, low - 1),
        "<=": (0, high),
    }
    return Interval(*bounds[sign])


_NUMBER = "a whole number"
_EXAMPLES = {
    "time": "a time: write 5:00, 1:02:03 or seconds",
    "date": "a date: write 2026, 2026-11 or 2026-11-24",
    "score": "a score: write 0 to 1 with at most two decimals",
}


def _span(name: str, value: str) -> tuple[int, int]:
    """The first and the last integer that the value names; `ValueError` if it names none."""
    if name == "time":
        point = milliseconds(value)
        return point, point
    if name == "date":
        return _date(value)
    if name == "score":
        if not re.fullmatch(r"0?\.\d{1,2}|[01](\.0{1,2})?", value):
            raise ValueError(value)
        return level(float(value)), level(float(value))
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise ValueError(value)
    return int(value), int(value)


def milliseconds(value: str) -> int:
    """`5:00`, `1:02:03.5`, `90`, `90s`, `2m`; `ValueError` for anything else."""
    match = re.fullmatch(
        r"(?:(?:([0-9]{1,3}):)?([0-9]{1,4}):)?([0-9]{1,6})(?:\.([0-9]{1,3}))?(s|m)?", value.lower()
    )
    if match is None or (match[5] and match[2]):
        raise ValueError(value)
    hours, minutes, seconds = (int(part or 0) for part in match.groups()[:3])
    scale = 60 if match[5] == "m" else 1
    return scale * (1000 * (3600 * hours + 60 * minutes + seconds) + int(f"{match[4] or 0:0<3}"))


def _date(value: str) -> tuple[int, int]:
    """The first and the last second of a year, a month or a day (UTC), since 1970."""
    match = re.fullmatch(r"([0-9]{4})(?:-([0-9]{1,2}))?(?:-([0-9]{1,2}))?", value)
    if match is None:
        raise ValueError(value)
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    first = datetime(year, month or 1, day or 1, tzinfo=UTC)
    if day:
        after = first.timestamp() + 86400
    elif month:
        after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp()
    else:
        after = datetime(year + 1, 1, 1, tzinfo=UTC).timestamp()
    return max(int(first.timestamp()), 0), int(after) - 1
