"""What every page of the site shares: reading only, compressed, and errors that help."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from frames.query import BadQuery
from frames.search import IndexNotReady
from frames.vector_sync import VectorsNotReady

SECONDS_UNTIL_READY = 5

View = Callable[..., HttpResponse]


def answered(view: View) -> View:
    """A view whose usual errors are pages that help: 400 for a query that cannot be understood,
    with the place of the mistake, and 503 for an index that is still being built."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except BadQuery as bad:
            return bad_query(request, bad)
        except (IndexNotReady, VectorsNotReady) as waiting:
            return not_ready(request, waiting)

    return answer


def page(view: View) -> View:
    """A view that only reads. No reader has a cookie or a secret in the page, so that compressing
    it gives nothing away."""
    return gzip_page(require_safe(answered(view)))


def bad_query(request: HttpRequest, bad: BadQuery) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    context: dict[str, Any] = {"text": text, "bad": bad}
    if bad.term and bad.position is not None:
        before, after = text[: bad.position], text[bad.position + len(bad.term) :]
        context["marked"] = {"before": before, "term": bad.term, "after": after}
        if bad.suggestion:
            context["corrected"] = f"{before}{bad.suggestion}{after}"
    return render(request, "400.html", context, status=400)


def not_ready(request: HttpRequest, waiting: IndexNotReady | VectorsNotReady) -> HttpResponse:
    context = {"progress": round(100 * waiting.progress)}
    response = render(request, "503.html", context, status=503)
    response["Retry-After"] = response["Refresh"] = str(SECONDS_UNTIL_READY)
    return response
