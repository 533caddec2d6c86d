"""The search page, the further pages that scrolling fetches, and what the search box offers."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from frames import chips
from frames import search as index
from frames.models import Series
from frames.query import Query
from frames.search import FacetGroup
from frames.tiles import FIELDS, Tile, tiles
from frames.views.pages import page
from frames.views.refine import (
    FACETS,
    MORE_FACETS,
    address,
    described,
    kind_names,
    narrowings,
    orders,
)

PAGE = 24  # fills rows of two, three, four, six and eight
FIRST_PAGE = 18  # of a first visit, which has more above it
VALUES = 6  # of each facet
ALL_VALUES = 24  # on the page of all filters
TO_TRY = {"emotion": 5, "action": 4, "weather": 3, "time": 2, "character": 4}
OFFERS = 10
REEL = 4  # frames of the film beside the first visit's search box


@page
def search(request: HttpRequest) -> HttpResponse:
    query = index.parse(request.GET.get("q", "").strip())
    text = query.text
    context = found(query, request.GET.get("cursor") or None)
    results = context["results"]
    context |= {"terms": described(text), "orders": orders(text)}
    groups = index.facets(query, per_category=VALUES) if results.count else []
    context["facets"] = narrowings(text, groups)
    if not results.count:
        context["drops"] = index.without_each_term(query)
        context["alone"] = [] if context["drops"] else each_alone(text)
    if not text:
        context |= {
            "tags": tags_to_try(groups),
            "series": newest_series(),
            "reel": first_tiles("order:random", REEL),
        }
    return render(request, "frames/search.html", context)


@page
def filters(request: HttpRequest) -> HttpResponse:
    """All that a search can be narrowed by, in every kind of tag."""
    query = index.parse(request.GET.get("q", "").strip())
    text = query.text
    context = {
        "text": text,
        "count": index.find(query, limit=1).count,
        "terms": described(text),
        "facets": narrowings(
            text, index.facets(query, per_category=ALL_VALUES), (*FACETS, *MORE_FACETS)
        ),
    }
    return render(request, "frames/filters.html", context)


@page
def more(request: HttpRequest) -> HttpResponse:
    """The next page's tiles, to be put behind those that are there."""
    query = index.parse(request.GET.get("q", "").strip())
    context = found(query, request.GET.get("cursor") or None)
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


def found(query: Query, cursor: str | None) -> dict[str, Any]:
    text = query.text
    limit = PAGE if text or cursor else FIRST_PAGE
    results = index.find(query, cursor=cursor, limit=limit)
    if results.seed is not None:  # the pages and the neighbours of one shuffle
        text = chips.in_order(text, f"random:{results.seed}")
    return {
        "text": text,
        "results": results,
        "tiles": tiles(index.documents(results.ids, FIELDS)),
        "walk": "?" + urlencode({"q": text}),
        "here": address(text, cursor),
        "cursor": cursor,
        "next": results.next and address(text, results.next),
        "previous": results.previous and address(text, results.previous),
    }


def each_alone(text: str) -> list[tuple[str, int]]:
    """What each of several terms finds by itself, for a query that finds nothing in any part."""
    terms = [term.text for term in chips.terms(text)]
    counted = [(term, index.find(index.parse(term), limit=1).count) for term in terms]
    return [pair for pair in counted if pair[1]] if len(terms) > 1 else []


def tags_to_try(groups: list[FacetGroup]) -> list[dict[str, Any]]:
    """The commonest of what happens in pictures, no two nearly the same: a first visit's way in."""
    values = {group.name: group.values for group in groups}
    common = {
        name: {"name": name, "kind": kind, "count": count}
        for kind in TO_TRY
        for name, _label, count in values.get(kind, [])
    }
    different = [common[name] for name in index.diverse(common)]
    return [
        tag
        for kind, most in TO_TRY.items()
        for tag in [tag for tag in different if tag["kind"] == kind][:most]
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
    return tiles(index.documents(index.find(index.parse(text), limit=limit).ids, FIELDS))
