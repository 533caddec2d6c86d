"""The pages: validate what is asked, call one function, render."""

import mimetypes
from urllib.parse import urlencode

from django.core.files.storage import default_storage
from django.db import connection
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from pymongo.errors import PyMongoError

from frames.models import Frame, FrameTag, Tag
from frames.query import parse
from frames.search import BadQuery, IndexNotReady, find

STRIP = 5  # frames shown before and after the one that is looked at


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    error = found = None
    try:
        found = find(parse(text), cursor=request.GET.get("cursor"))
    except BadQuery as bad:
        error = str(bad)
    except IndexNotReady as wait:
        return HttpResponse(str(wait), status=503, headers={"Retry-After": "2"})
    frames = Frame.objects.in_bulk(found.ids if found else [])
    context = {
        "text": text,
        "error": error,
        "count": found.count if found else 0,
        "frames": [frames[id] for id in found.ids if id in frames] if found else [],
        "next": _link(text, found.next if found else None),
        "previous": _link(text, found.previous if found else None),
        "tags": _tags_to_try(),
    }
    return render(request, "frames/search.html", context, status=400 if error else 200)


def _link(text: str, cursor: str | None) -> str | None:
    if cursor is None:
        return None
    return "?" + urlencode({**({"q": text} if text else {}), "cursor": cursor})


def _tags_to_try() -> list[Tag]:
    return list(Tag.objects.exclude(category=Tag.Category.META)[:24])


@require_safe
def frame(request: HttpRequest, pk: int) -> HttpResponse:
    frame = get_object_or_404(Frame.objects.visible(), pk=pk)
    around = Frame.objects.visible().filter(episode=frame.episode_id)
    before = list(around.filter(pk__lt=pk).order_by("-id")[:STRIP])[::-1]
    after = list(around.filter(pk__gt=pk).order_by("id")[:STRIP])
    context = {
        "frame": frame,
        "previous": before[-1] if before else None,
        "next": after[0] if after else None,
        "strip": [*before, frame, *after],
        "tag_groups": _by_category(frame),
    }
    return render(request, "frames/frame.html", context)


def _by_category(frame: Frame) -> list[tuple[str, list[FrameTag]]]:
    """The frame's visible tags under their categories' names, in the vocabulary's order."""
    rows = [row for row in frame.tags if row.shown]
    names = [row.tag for row in rows]
    categories = dict(Tag.objects.filter(name__in=names).values_list("name", "category"))
    groups = [
        (str(label), [row for row in rows if categories.get(row.tag) == category])
        for category, label in Tag.Category.choices
    ]
    groups.append((_("other"), [row for row in rows if row.tag not in categories]))
    return [(label, rows) for label, rows in groups if rows]


@require_safe
def media(request: HttpRequest, name: str) -> FileResponse:
    """A stored picture. Its name is a hash of its content, so it may be kept for ever."""
    if not name.startswith(("frames/", "thumbnails/")) or ".." in name:
        raise Http404
    try:
        file = default_storage.open(name)
    except OSError as error:
        raise Http404 from error
    content_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    response = FileResponse(file, content_type=content_type)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 only when the database answers."""
    try:
        connection.database.command("ping", maxTimeMS=2000)
    except PyMongoError as error:
        return JsonResponse({"database": type(error).__name__}, status=503)
    return JsonResponse({"database": "ok"})
