"""Readers' suggestions of missing and wrong tags."""

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from frames.models import Frame
from frames.suggestions import NotTaken, suggest
from frames.throttle import client_address


# Django's protection needs a cookie, which readers do not get. A forged form from another site
# could only do what its author may do himself, since nothing here depends on who is signed in;
# it would use up the visitor's share of suggestions, so what a browser marks as coming from
# elsewhere is refused.
@csrf_exempt
@require_POST
def suggestion(request: HttpRequest, pk: int) -> HttpResponse:
    if not from_here(request):
        raise PermissionDenied
    frame = get_object_or_404(Frame.objects.visible(), pk=pk)
    wrong = request.POST.get("wrong", "")[:100]
    text = wrong or request.POST.get("missing", "")[:100]
    kind = "wrong" if wrong else "missing"
    walk = "?" + urlencode({"q": request.GET["q"]}) if "q" in request.GET else ""
    context: dict[str, Any] = {"frame": frame, "walk": walk}
    address = client_address(request.META, settings.TRUSTED_PROXIES)
    status = 200
    try:
        context["suggested"] = suggest(frame, text, kind, address=address).tag
    except NotTaken as why:
        context |= {"refused": str(why), "wanted": "" if wrong else text}
        status = why.status
    inside = "HX-Request" in request.headers
    template = "frames/suggest.html" if inside else "frames/suggested.html"
    return render(request, template, context, status=status)


def from_here(request: HttpRequest) -> bool:
    """Whether a browser says that one of our own pages sent this, or it is not a browser."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.get_host()
