"""Search by picture: an uploaded screenshot comes in, the page with its moment goes out."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from frames import picture_search
from frames import search as index
from frames.api.base import throttle
from frames.api.pictures import receiving
from frames.clock import clock
from frames.throttle import client_address
from frames.tiles import FIELDS, tiles
from frames.uploads import MAX_BYTES, BadUpload
from frames.views.pages import answered

LOOKALIKES = 13


# Nothing is stored and nothing depends on who asks, so a forged form gains nothing.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@answered
def picture(request: HttpRequest) -> HttpResponse:
    context: dict[str, Any] = {"megabytes": MAX_BYTES // 10**6}
    if request.method != "POST":
        return render(request, "frames/picture.html", context)
    try:
        context |= moment(uploaded(request))
    except BadUpload as bad:
        return render(request, "frames/picture.html", context | {"bad": bad}, status=bad.status)
    return render(request, "frames/picture.html", context)


def uploaded(request: HttpRequest) -> bytes:
    """The picture's bytes. Raises `BadUpload`; throttled and bounded as the API's uploads are."""
    address = client_address(request.META, settings.TRUSTED_PROXIES)
    if not throttle("uploads").take(address).allowed:
        raise BadUpload(
            _("That were many pictures for one minute. Please go on later."), status=429
        )
    with receiving(request):
        file = request.FILES.get("picture")
    return file.read(MAX_BYTES + 1) if file else b""


def moment(content: bytes) -> dict[str, Any]:
    """The verdict, the frame that fits best with its moment, and those that look alike."""
    result = picture_search.find(content, limit=LOOKALIKES)
    shown = tiles(index.documents([match.frame_id for match in result.matches], FIELDS))
    if result.verdict == picture_search.NOT_FOUND or not shown:
        return {"verdict": picture_search.NOT_FOUND, "lookalikes": shown[: LOOKALIKES - 1]}
    best = result.matches[0]
    return {
        "verdict": result.verdict,
        "best": shown[0],
        "mirrored": best.mirrored,
        "moment": best.moment,
        "clock": clock(best.moment.time),
        "lookalikes": shown[1:],
    }
