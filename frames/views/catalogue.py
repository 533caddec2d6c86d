"""What can be searched for: the series with their episodes, and the tags."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from frames import search as index
from frames.models import Episode, Series, Tag
from frames.query import parse
from frames.tiles import FIELDS, Tile, tiles
from frames.views.pages import page
from frames.views.search import cover, first_tiles

SERIES = 48  # a page of the index
EPISODES = 13  # a page of a series
SHOTS = 14  # shown of each episode
EXAMPLES = 12
TAGS = 60  # of each category in the index
RELATED = 16
NOT_TELLING = ("series", "rating", "meta")  # of what a series is like


@page
def series_index(request: HttpRequest) -> HttpResponse:
    shown = Paginator(Series.objects.all(), SERIES).get_page(request.GET.get("page"))
    rows = [
        {
            "series": series,
            "count": index.series_count(series.slug),
            "tiles": cover(series.slug),
        }
        for series in shown
    ]
    return render(request, "frames/series_index.html", {"rows": rows, "shown": shown})


@page
def series(request: HttpRequest, slug: str) -> HttpResponse:
    series = get_object_or_404(Series, slug=slug)
    episodes = Episode.objects.filter(series=series, state=Episode.State.DONE)
    shown = Paginator(episodes.order_by("season", "number"), EPISODES).get_page(
        request.GET.get("page")
    )
    whole = f"series:{slug}"
    context = {
        "series": series,
        "count": index.series_count(slug),
        "shown": shown,
        "series_query": whole,
        "episodes": [
            {
                "episode": episode,
                "strip": strip,
                "query": f"{whole} season:{episode.season} episode:{episode.number} order:old",
            }
            for episode, strip in zip(shown, strips(shown), strict=True)
        ],
        "tags": commonest(slug),
    }
    return render(request, "frames/series.html", context)


def commonest(slug: str) -> list[dict[str, Any]]:
    """The series' commonest tags, category by category, with the search for each within it."""
    return [
        {"name": value, "kind": group.name, "count": count, "query": f"series:{slug} {value}"}
        for group in index.facets(parse(f"series:{slug}"), per_category=5)
        if group.name not in NOT_TELLING
        for value, _label, count in group.values
    ]


def strips(episodes: Iterable[Episode]) -> list[list[Tile]]:
    """For each episode a frame of each shot, evenly chosen if there are many."""
    chosen = [evenly(index.shots(str(episode.pk))) for episode in episodes]
    wanted = [id for ids in chosen for id in ids]
    found = {tile.id: tile for tile in tiles(index.documents(wanted, FIELDS))}
    return [[found[id] for id in ids if id in found] for ids in chosen]


def evenly(ids: list[int]) -> list[int]:
    if len(ids) <= SHOTS:
        return ids
    return [ids[round(n * (len(ids) - 1) / (SHOTS - 1))] for n in range(SHOTS)]


@page
def tags(request: HttpRequest) -> HttpResponse:
    """All categories with their commonest tags, or the whole of one."""
    chosen = request.GET.get("category", "")
    categories = [
        (kind, label) for kind, label in Tag.Category.choices if chosen in ("", kind)
    ] or list(Tag.Category.choices)
    tagged = index.all_tags()
    groups: list[dict[str, Any]] = []
    for kind, label in categories:
        counted = tagged.get(kind, [])
        shown = counted if chosen else [pair for pair in counted if pair[1]][:TAGS]
        groups.append({"kind": kind, "name": label, "tags": shown, "total": len(counted)})
    context = {"groups": [group for group in groups if group["total"]], "chosen": chosen}
    return render(request, "frames/tags.html", context)


@page
def tag(request: HttpRequest, name: str) -> HttpResponse:
    if meant := index.tag_meant(name):
        return redirect("tag", meant, permanent=True)
    tag = get_object_or_404(Tag, name=name)
    related = index.related(name, limit=RELATED)
    kinds = index.kinds(other for other, _cosine, _count in related)
    judged = tag.confirmed + tag.rejected
    context = {
        "tag": tag,
        "judged": judged,
        "precision": round(100 * tag.confirmed / judged) if judged else None,
        "count": index.tag_count(name),
        "tiles": first_tiles(name, EXAMPLES),
        "excluded": f"-{name}",
        "walk": "?" + urlencode({"q": name}),
        "related": [(other, kinds.get(other, "meta"), count) for other, _c, count in related],
    }
    return render(request, "frames/tag.html", context)
