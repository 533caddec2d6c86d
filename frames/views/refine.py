"""What refines a search: a query's text comes in, chips, orders and facets with the addresses of
the searches they lead to go out."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from frames import chips
from frames import search as index
from frames.models import Tag
from frames.search import FacetGroup
from frames.templatetags.frames import spaced

ORDERS = {
    "": _("Newest"),
    "old": _("Oldest"),
    "timeline": _("Story order"),
    "random": _("Shuffled"),
    "score": _("Surest"),
}
# Shown beside the results, in this order; a page of its own has the others too.
FACETS = ("series", "character", "emotion", "action", "setting", "weather", "time", "rating")
MORE_FACETS = ("appearance", "object", "composition", "style", "meta")


def address(text: str, cursor: str | None) -> str:
    parameters = {"q": text} if text else {}
    return "?" + urlencode(parameters | ({"cursor": cursor} if cursor else {}))


def described(text: str) -> list[dict[str, Any]]:
    """The query's terms with the kind of each, which gives it its colour."""
    terms = chips.terms(text)
    kinds = index.kinds(term.value for term in terms if not term.field)
    return [
        {
            "label": term.label,
            "negated": term.negated,
            "kind": term.field or kinds.get(term.value, "meta"),
            "without": address(term.without, None),
            "turned": address(term.turned, None),
        }
        for term in terms
    ]


def orders(text: str) -> list[tuple[str, Any, bool]]:
    """Address, name and whether it is the one in use, for every order."""
    asked = [word[6:] for word in chips.split(text) if word.startswith("order:")]
    current = asked[-1].partition(":")[0] if asked else ""
    current = "" if current == "new" else current
    scored = any(not term.field and not term.negated and term.value for term in chips.terms(text))
    return [
        (address(chips.in_order(text, order), None), name, order == current)
        for order, name in ORDERS.items()
        if order != "score" or scored
    ]


def narrowings(
    text: str, groups: list[FacetGroup], shown: Sequence[str] = FACETS
) -> list[dict[str, Any]]:
    """Facets with the addresses that add or exclude each value."""
    has = set(chips.split(text))
    excluding = gettext("exclude %(term)s")
    kinds = kind_names()
    return [
        {
            "kind": group.name,
            "name": kinds.get(group.name, _("series")),
            "exact": group.exact,
            "values": [
                {
                    "label": written,
                    "excluding": excluding % {"term": written},
                    "count": count,
                    "chosen": term in has,
                    "only": address(chips.with_term(text, term), None),
                    "without": address(chips.with_term(text, f"-{term}"), None),
                }
                for value, label, count in group.values
                for term, written in [(as_term(group.name, value), spaced(label))]
            ],
        }
        for kind in shown
        for group in groups
        if group.name == kind
    ]


def as_term(kind: str, value: str) -> str:
    return f"{kind}:{value}" if kind in ("series", "rating", "character") else value


def kind_names() -> dict[str, Any]:
    """What the kinds of tags are called in the reader's language."""
    return dict(Tag._meta.get_field("category").flatchoices)
