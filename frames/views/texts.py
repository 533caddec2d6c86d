"""Pages that are mostly text: what this is, and how programs use it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from frames.models import Frame, Series
from frames.views.pages import page


@page
def about(request: HttpRequest) -> HttpResponse:
    context = {"frames": Frame.objects.visible().count(), "series": Series.objects.count()}
    return render(request, "frames/about.html", context)


@page
def api(request: HttpRequest) -> HttpResponse:
    root = request.build_absolute_uri(reverse("api-frames")).removesuffix("frames/")
    return render(request, "frames/api.html", {"root": root})
