"""The search language: a text comes in, a `Query` goes out; no database is asked.

Words are tags, `-word` excludes one, quotes or underscores hold a tag of several words together,
`series:slug` keeps to one series.
"""

import re
from dataclasses import dataclass

FIELDS = ("series",)

_TERM = re.compile(
    r"""(?P<minus>-?)(?:(?P<field>[^\s":]+):)?(?:"(?P<quoted>[^"]*)"|(?P<word>[^\s"]+))(?=\s|$)"""
)


class BadQuery(ValueError):
    """The query cannot be understood; `term` is the part that is at fault."""

    def __init__(self, term: str, reason: str):
        self.term = term
        super().__init__(reason)


@dataclass(frozen=True)
class Query:
    """Frames that have every tag of `include`, none of `exclude`, and are of `series` if named."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    series: str = ""


def tag_name(text: str) -> str:
    """A tag as it is stored: lower case, underscores between words."""
    return "_".join(text.lower().split())


def parse(text: str) -> Query:
    """`'rain "city lights" -night series:kazemachi-diary'` -> `Query`.

    Raises `BadQuery`, naming the term, for a field that does not exist, a second or an excluded
    series, and quotes that do not close.
    """
    known = ", ".join(f"{name}:" for name in FIELDS)
    include: list[str] = []
    exclude: list[str] = []
    series = ""
    position = 0
    text = text.strip()
    while position < len(text):
        match = _TERM.match(text, position)
        if match is None:
            term = text[position:].split()[0]
            raise BadQuery(term, f"I cannot read “{term}”: is a quotation mark missing?")
        position = match.end() + len(text[match.end() :]) - len(text[match.end() :].lstrip())
        term, field = match[0], match["field"]
        value = match["quoted"] if match["word"] is None else match["word"]
        if field is None:
            if name := tag_name(value):
                (exclude if match["minus"] else include).append(name)
        elif field != "series":
            raise BadQuery(term, f"There is no field “{field}”; try {known}.")
        elif match["minus"]:
            raise BadQuery(term, "A series cannot be excluded.")
        elif series and series != value:
            raise BadQuery(term, f"A frame is of one series: “{series}” or “{value}”, not both.")
        else:
            series = value
    return Query(tuple(dict.fromkeys(include)), tuple(dict.fromkeys(exclude)), series)
