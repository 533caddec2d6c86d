"""Pages that are mostly text: what this is, and how programs use it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from frames.query import Query
from frames.search import find
from frames.views.pages import page


@page
def about(request: HttpRequest) -> HttpResponse:
    return render(request, "frames/about.html", {"frames": find(Query(), limit=1).count})


@page
def api(request: HttpRequest) -> HttpResponse:
    root = request.build_absolute_uri(reverse("api-frames")).removesuffix("frames/")
    return render(request, "frames/api.html", {"root": root})
