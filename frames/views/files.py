"""What is not a page: pictures, what machines read of the site, and whether it is well."""

import mimetypes

from django.core.files.storage import default_storage
from django.db import connection
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe
from pymongo.errors import PyMongoError

from frames.models import Frame, Series, Tag

FRAMES_A_SITEMAP = 20_000


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
    # A name in the header would outweigh the one that the page's download link gives.
    del response["Content-Disposition"]
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


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look on what is not a page of ours: the admin, JSON, a picture."""
    return redirect(static("logo.svg"))


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    sitemap = request.build_absolute_uri(reverse("sitemap"))
    return render(request, "robots.txt", {"sitemap": sitemap}, content_type="text/plain")


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """The index: one sitemap of pages, and one for every so many frame ids."""
    # Without the pipeline that the ORM would make of it, which reads every frame.
    newest = connection.get_collection(Frame._meta.db_table).find_one(sort=[("_id", -1)])
    last = newest["_id"] if newest else 0
    addresses = [
        reverse("sitemap-pages"),
        *(reverse("sitemap-frames", args=[n]) for n in range(last // FRAMES_A_SITEMAP + 1)),
    ]
    return _sitemap(request, "sitemapindex", "sitemap", [(address, "") for address in addresses])


@require_safe
def sitemap_pages(request: HttpRequest) -> HttpResponse:
    series = Series.objects.values_list("slug", flat=True)
    tags = Tag.objects.values_list("name", flat=True)
    addresses = [
        *map(reverse, ("search", "series-index", "tags", "picture", "about", "api")),
        *(reverse("series", args=[slug]) for slug in series),
        *(reverse("tag", args=[name]) for name in tags),
    ]
    return _sitemap(request, "urlset", "url", [(address, "") for address in addresses])


@require_safe
def sitemap_frames(request: HttpRequest, number: int) -> HttpResponse:
    first = number * FRAMES_A_SITEMAP
    frames = (
        Frame.objects.visible()
        .filter(pk__gte=first, pk__lt=first + FRAMES_A_SITEMAP)
        .order_by("id")
        .values_list("id", "image")
    )
    rows = [(reverse("frame", args=[id]), default_storage.url(image)) for id, image in frames]
    return _sitemap(request, "urlset", "url", rows)


def _sitemap(
    request: HttpRequest, kind: str, item: str, rows: list[tuple[str, str]]
) -> HttpResponse:
    absolute = request.build_absolute_uri
    entries = [(absolute(page), absolute(image) if image else "") for page, image in rows]
    context = {"kind": kind, "item": item, "entries": entries}
    return render(request, "sitemap.xml", context, content_type="application/xml")
