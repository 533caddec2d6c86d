"""Confirming and rejecting in the admin, many a minute: a queue of pictures goes out, answers come
in one by one and can be taken back.
"""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_POST

from frames.labels import CONFIRMED, REJECTED
from frames.models import Frame, Tag, TagSuggestion
from frames.suggestions import answer, reopen
from frames.verdicts import save_verdicts, take_back
from tagging.review import from_readers, marked, unsure, waiting_tags

QUEUES = ("unsure", "marked", "readers")
VERDICTS = {"confirm": CONFIRMED, "reject": REJECTED}


def review(request: HttpRequest) -> HttpResponse:
    """`?tag=`, `?queue=` (one of `QUEUES`), `?after=` (a score, for further pages)."""
    _only_curators(request)
    tag, queue = request.GET.get("tag", ""), request.GET.get("queue", "")
    if queue not in QUEUES:
        queue = "unsure" if tag else "readers"
    if tag and not Tag.objects.filter(name=tag).exists():
        raise Http404(f"There is no tag {tag}.")
    following = None
    if queue == "readers":
        cards = from_readers(tag)
    elif queue == "marked":
        cards = marked(tag) if tag else []
    else:
        cards, after = unsure(tag, _score(request.GET.get("after"))) if tag else ([], None)
        if after is not None:
            following = "?" + urlencode({"tag": tag, "queue": queue, "after": f"{after:.4f}"})
    context = admin.site.each_context(request) | {
        "title": f"Review: {tag.replace('_', ' ')}" if tag else "Review",
        "cards": cards,
        "tag": tag,
        "queue": queue,
        "queues": QUEUES,
        "following": following,
        "waiting": list(waiting_tags()) if queue == "marked" and not tag else [],
    }
    return render(request, "admin/curation/review.html", context)


@require_POST
def verdict(request: HttpRequest) -> HttpResponse:
    """`confirm`, `reject` or `undo`, with a card's key; JSON for scripts, else the page again."""
    _only_curators(request)
    said = next((name for name in (*VERDICTS, "undo") if name in request.POST), None)
    kind, _, rest = request.POST.get(said or "", "").partition(":")
    by = request.user.get_username()
    if said is None:
        raise Http404
    if kind == "reader":
        suggestion = get_object_or_404(TagSuggestion, pk=rest)
        if said == "undo":
            reopen(suggestion, by=by)
        else:
            answer(suggestion, accepted=said == "confirm", by=by)
    else:
        pk, _, tag = rest.partition(":")
        frame = get_object_or_404(Frame, pk=int(pk) if pk.isdecimal() else 0)
        get_object_or_404(Tag, name=tag)
        if said == "undo":
            take_back(frame, tag, by=by)
        else:
            save_verdicts(frame, {tag: VERDICTS[said]}, by=by)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"said": said})
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if safe else reverse("admin:review"))


def _only_curators(request: HttpRequest) -> None:
    if not request.user.has_perm("frames.change_frame"):
        raise PermissionDenied


def _score(text: str | None) -> float:
    try:
        return min(1.0, max(0.0, float(text or 0)))
    except ValueError:
        return 0.0
