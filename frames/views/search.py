"""The search page, the further pages that scrolling fetches, and what the search box offers."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from frames import chips
from frames import search as index
from frames.models import Series, Tag
from frames.query import parse
from frames.search import FacetGroup
from frames.tiles import FIELDS, Tile, tiles
from frames.views.pages import page

PAGE = 24  # fills rows of two, three, four, six and eight
ORDERS = {
    "": _("Newest"),
    "old": _("Oldest"),
    "timeline": _("Story order"),
    "random": _("Shuffled"),
    "score": _("Surest"),
}
FACETS = ("series", "character", "emotion", "action", "weather", "setting", "rating")
VALUES = 6  # of each facet
TO_TRY = {"emotion": 6, "action": 5, "weather": 4, "character": 4}
OFFERS = 10
REEL = 4  # frames of the film beside the first visit's search box
LONGEST = 2000  # characters of a query


@page
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    query = parse(text)
    context = found(text, request.GET.get("cursor") or None)
    results = context["results"]
    context |= {"terms": described(text), "orders": orders(text)}
    groups = index.facets(query, per_category=VALUES) if results.count else []
    context["facets"] = narrowings(text, groups)
    if not results.count:
        context["drops"] = index.without_each_term(query)
    if not text:
        context |= {
            "tags": tags_to_try(groups),
            "series": newest_series(),
            "reel": first_tiles("order:random", REEL),
        }
    return render(request, "frames/search.html", context)


@page
def more(request: HttpRequest) -> HttpResponse:
    """The next page's tiles, to be put behind those that are there."""
    text = request.GET.get("q", "").strip()
    context = found(text, request.GET.get("cursor") or None)
    return render(request, "frames/more.html", context)


@page
def offers(request: HttpRequest) -> HttpResponse:
    """Tags and series that the word being typed may become."""
    word = request.GET.get("word", "")[:100].lstrip("-(")
    offered = index.autocomplete(word, limit=OFFERS) if word else []
    if request.GET.get("kind") == "tag":
        offered = [offer for offer in offered if offer.kind == "tag"]
    kinds = kind_names()
    named = [(offer, kinds.get(offer.category, _("series"))) for offer in offered]
    return render(request, "frames/offers.html", {"offers": named})


def kind_names() -> dict[str, Any]:
    """What the kinds of tags are called in the reader's language."""
    return dict(Tag._meta.get_field("category").flatchoices)


def found(text: str, cursor: str | None) -> dict[str, Any]:
    results = index.find(parse(text), cursor=cursor, limit=PAGE)
    if results.seed is not None:  # the pages and the neighbours of one shuffle
        text = chips.in_order(text, f"random:{results.seed}")
    return {
        "text": text,
        "results": results,
        "tiles": tiles(index.documents(results.ids, FIELDS)),
        "walk": "?" + urlencode({"q": text}),
        "here": _address(text, cursor),
        "cursor": cursor,
        "next": results.next and _address(text, results.next),
        "previous": results.previous and _address(text, results.previous),
    }


def _address(text: str, cursor: str | None) -> str:
    parameters = {"q": text} if text else {}
    return "?" + urlencode(parameters | ({"cursor": cursor} if cursor else {}))


def described(text: str) -> list[dict[str, Any]]:
    """The query's terms with the kind of each, which gives it its colour."""
    terms = chips.terms(text)
    names = [term.value for term in terms if not term.field]
    kinds = dict(Tag.objects.filter(name__in=names).values_list("name", "category"))
    return [
        {
            "label": term.label,
            "negated": term.negated,
            "kind": term.field or kinds.get(term.value, "meta"),
            "without": _address(term.without, None),
            "turned": _address(term.turned, None),
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
        (_address(chips.in_order(text, order), None), name, order == current)
        for order, name in ORDERS.items()
        if order != "score" or scored
    ]


def narrowings(text: str, groups: list[FacetGroup]) -> list[dict[str, Any]]:
    """Facets with the addresses that add or exclude each value."""
    has = set(chips.split(text))
    kinds = kind_names()
    groups = [group for group in groups if group.name in FACETS]
    return [
        {
            "kind": group.name,
            "name": kinds.get(group.name, _("series")),
            "exact": group.exact,
            "values": [
                {
                    "label": label,
                    "count": count,
                    "chosen": term in has,
                    "only": _address(chips.with_term(text, term), None),
                    "without": _address(chips.with_term(text, f"-{term}"), None),
                }
                for value, label, count in group.values
                for term in [as_term(group.name, value)]
            ],
        }
        for group in sorted(groups, key=lambda group: FACETS.index(group.name))
    ]


def as_term(kind: str, value: str) -> str:
    return f"{kind}:{value}" if kind in ("series", "rating", "character") else value


def tags_to_try(groups: list[FacetGroup]) -> list[dict[str, Any]]:
    """The commonest of what happens in pictures: a first visit's way in."""
    return [
        {"name": value, "kind": group.name, "count": count}
        for kind, most in TO_TRY.items()
        for group in groups
        if group.name == kind
        for value, _label, count in group.values[:most]
    ]


def newest_series() -> list[dict[str, Any]]:
    """The series added last, each with a picture."""
    newest = Series.objects.order_by("-id")[:4]
    return [
        {"series": series, "count": index.series_count(series.slug), "tile": shown[0]}
        for series in newest
        for shown in [cover(series.slug)]
        if shown
    ]


def cover(slug: str) -> list[Tile]:
    """A frame that stands for a series: always the same, and not from its last credits."""
    return first_tiles(f"series:{slug} order:random:3", 1)


def first_tiles(text: str, limit: int) -> list[Tile]:
    """The first few frames that a query finds."""
    return tiles(index.documents(index.find(parse(text), limit=limit).ids, FIELDS))
