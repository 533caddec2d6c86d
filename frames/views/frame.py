"""The page of one frame: where it is from, what is seen and who says so, what is around it."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from frames import search as index
from frames import vectors
from frames.chips import with_term
from frames.models import Episode, Frame, Tag
from frames.tiles import FIELDS, Tile, tiles
from frames.vector_sync import VectorsNotReady
from frames.views.pages import page

AROUND = 8  # frames of the film strip before and after the one that is looked at
SIMILAR = 12
APPEARANCES = 30


@page
def frame(request: HttpRequest, pk: int) -> HttpResponse:
    """With `?q=` the neighbours are those of the result list, without it those in time.

    A duplicate leads to its keeper, so that a link stays right when one is found.
    """
    frame = get_object_or_404(Frame, pk=pk)
    if frame.status == Frame.Status.DUPLICATE and frame.keeper_id:
        return redirect("frame", pk=frame.keeper_id)
    if frame.status != Frame.Status.VISIBLE:
        raise Http404
    strip = around(frame)
    text = request.GET.get("q")
    if text is None:
        ids = [tile.id for tile in strip]
        at = ids.index(pk)
        previous = ids[at - 1] if at else None
        following = ids[at + 1] if at + 1 < len(ids) else None
    else:
        previous, following = index.neighbours(index.parse(text), pk)
    walk = "" if text is None else "?" + urlencode({"q": text})
    context = {
        "frame": frame,
        "tile": next(tile for tile in strip if tile.id == pk),
        "strip": strip,
        "episode_title": episode_title(frame),
        "text": text or "",
        "walking": text is not None,
        "walk": walk,
        "previous": previous and reverse("frame", args=[previous]) + walk,
        "next": following and reverse("frame", args=[following]) + walk,
        "tag_groups": by_category(frame, text or ""),
        "similar": similar(frame),
        "similar_query": f"similar:{pk}",
        "appearances": appearances(frame),
        "picture": request.build_absolute_uri(frame.image_url),
        "canonical": request.build_absolute_uri(frame.get_absolute_url()),
        "api": request.build_absolute_uri(reverse("api-frame", args=[pk])),
    }
    return render(request, "frames/frame.html", context)


def episode_title(frame: Frame) -> str:
    titles = Episode.objects.filter(pk=frame.episode_id).values_list("title", flat=True)
    return titles.order_by().first() or ""


def around(frame: Frame) -> list[Tile]:
    """The episode's visible frames just before and after this one, in time, itself among them."""
    episode = Frame.objects.visible().filter(episode=frame.episode_id).values_list("id", flat=True)
    before = episode.filter(pk__lt=frame.pk).order_by("-id")[:AROUND]
    after = episode.filter(pk__gt=frame.pk).order_by("id")[:AROUND]
    ids = [*reversed(before), frame.pk, *after]
    return tiles(index.documents(ids, FIELDS))


def by_category(frame: Frame, text: str) -> list[dict[str, Any]]:
    """The frame's visible tags under their categories' names, in the vocabulary's order, each
    with the searches that it adds to or is excluded from."""
    rows = [row for row in frame.tags if row.tag in frame.labels]
    categories = index.kinds(row.tag for row in rows)
    kinds = [*Tag.Category.choices, ("", _("other"))]
    groups = [
        {
            "kind": kind or "meta",
            "name": label,
            "rows": [
                {
                    "row": row,
                    "added": with_term(text, row.tag),
                    "excluded": with_term(text, f"-{row.tag}"),
                }
                for row in rows
                if categories.get(row.tag, "") == kind
            ],
        }
        for kind, label in kinds
    ]
    return [group for group in groups if group["rows"]]


def similar(frame: Frame) -> list[Tile]:
    """Frames that look like this one; none while the vectors are still being read."""
    try:
        alike = vectors.similar(frame.pk, SIMILAR)
    except VectorsNotReady:
        return []
    return tiles(index.documents([id for id, _score in alike], FIELDS))


def appearances(frame: Frame) -> list[Tile]:
    """Where else the same picture appears: the duplicates that it stands for."""
    copies = Frame.objects.filter(keeper=frame.pk, status=Frame.Status.DUPLICATE)
    ids = copies.order_by("id").values_list("id", flat=True)[:APPEARANCES]
    return tiles(index.documents(list(ids), FIELDS))
