"""The REST API, version 1: query parameters come in, JSON goes out; no account is needed.

Errors are problem details (RFC 9457) that name the parameter at fault.
"""

from typing import Any

import django_filters
from django import forms
from django.http import Http404
from rest_framework import generics, serializers
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import exception_handler

from frames.models import Frame, FrameQuerySet
from frames.pages import DEFAULT_LIMIT, MAX_LIMIT, page
from frames.query import BadQuery, parse

LARGEST_ID = 2**63 - 1


class FrameFilter(django_filters.FilterSet):
    """The search as query parameters; `q` is the language of the search box."""

    q = django_filters.CharFilter(method="filter_query", label="query")
    series = django_filters.CharFilter(field_name="series_slug", label="series (slug)")
    episode = django_filters.NumberFilter(
        field_name="episode_number", label="episode number", min_value=0, max_value=2**31 - 1
    )

    class Meta:
        model = Frame
        fields = ["q", "series", "episode"]

    def filter_query(self, frames: FrameQuerySet, name: str, value: str) -> FrameQuerySet:
        try:
            return frames.matching(parse(value))
        except BadQuery as error:
            raise ValidationError({name: [str(error)]}) from error


class PageForm(forms.Form):
    """Where a page begins and how long it is."""

    after = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_ID)
    before = forms.IntegerField(required=False, min_value=0, max_value=LARGEST_ID)
    limit = forms.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT)


class KeysetPagination(BasePagination):
    """`?after=ID` or `?before=ID`, and `?limit=N`; the answer carries an exact count."""

    def paginate_queryset(
        self, queryset: FrameQuerySet, request: Request, view: Any = None
    ) -> list[Frame]:
        form = PageForm(request.query_params)
        if not form.is_valid():
            raise ValidationError(form.errors)
        asked = form.cleaned_data
        self.url = request.build_absolute_uri()
        self.count = queryset.count()
        self.page = page(
            queryset,
            after=asked["after"],
            before=asked["before"],
            limit=asked["limit"] or DEFAULT_LIMIT,
        )
        return self.page.frames

    def get_paginated_response(self, data: list) -> Response:
        return Response(
            {
                "count": self.count,
                "next": self._link("after", self.page.after),
                "previous": self._link("before", self.page.before),
                "results": data,
            }
        )

    def _link(self, name: str, id: int | None) -> str | None:
        if id is None:
            return None
        other = "before" if name == "after" else "after"
        return replace_query_param(remove_query_param(self.url, other), name, id)


class FrameSerializer(serializers.BaseSerializer):
    """A frame as it stands in a list."""

    def to_representation(self, frame: Frame) -> dict[str, Any]:
        absolute = self.context["request"].build_absolute_uri
        return {
            "id": frame.pk,
            "series": {"slug": frame.series_slug, "title": frame.series_title},
            "episode": frame.episode_number,
            "time": frame.time,
            "shot": frame.shot,
            "tags": frame.labels,
            "url": absolute(frame.get_absolute_url()),
            "image": absolute(frame.image_url),
            "thumbnail": absolute(frame.thumbnails[0]["webp"]),
            "width": frame.width,
            "height": frame.height,
        }


class FrameDetailSerializer(FrameSerializer):
    """A frame by itself: where each of its tags comes from, too."""

    def to_representation(self, frame: Frame) -> dict[str, Any]:
        provenance = [
            {
                "tag": row.tag,
                "state": row.state,
                "score": row.score,
                "tagger": row.tagger,
                "version": row.version,
            }
            for row in frame.tags
        ]
        return {**super().to_representation(frame), "provenance": provenance}


class FrameList(generics.ListAPIView):
    queryset = Frame.objects.visible()
    serializer_class = FrameSerializer
    filterset_class = FrameFilter
    pagination_class = KeysetPagination


class FrameDetail(generics.RetrieveAPIView):
    queryset = Frame.objects.visible()
    serializer_class = FrameDetailSerializer


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: errors as `application/problem+json`, naming fields."""
    response = exception_handler(error, context)
    if response is None:
        return None
    title = "Not found." if isinstance(error, Http404) else response.status_text
    details = {"type": "about:blank", "title": title, "status": response.status_code}
    if isinstance(error, ValidationError):
        details["errors"] = response.data
        details["detail"] = "; ".join(
            f"{field}: {' '.join(map(str, messages))}" for field, messages in response.data.items()
        )
    elif isinstance(response.data, dict) and "detail" in response.data:
        details["detail"] = str(response.data["detail"])
    response.data = details
    response.content_type = "application/problem+json"
    return response
