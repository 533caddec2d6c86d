"""The REST API, version 1: query parameters come in, JSON goes out; no account is needed.

Errors are problem details (RFC 9457) that name the parameter at fault.
"""

from typing import Any

from django import forms
from django.http import Http404
from rest_framework import generics, serializers
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView, exception_handler

from frames.filters import FrameFilter
from frames.models import Frame
from frames.search import BadQuery, IndexNotReady, find

DEFAULT_LIMIT = 40
MAX_LIMIT = 100


class PageForm(forms.Form):
    """Where a page begins and how long it is."""

    cursor = forms.CharField(required=False, max_length=100)
    limit = forms.IntegerField(required=False, min_value=1, max_value=MAX_LIMIT)


class ServiceUnavailable(APIException):
    status_code = 503
    wait = 2  # seconds, for Retry-After


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


class FrameList(APIView):
    """Frames by query; `next` and `previous` are the addresses of the neighbouring pages."""

    def get(self, request: Request) -> Response:
        form = PageForm(request.query_params)
        if not form.is_valid():
            raise ValidationError(form.errors)
        asked = form.cleaned_data
        try:
            query = FrameFilter(request.query_params).query()
            found = find(query, cursor=asked["cursor"], limit=asked["limit"] or DEFAULT_LIMIT)
        except BadQuery as error:
            raise ValidationError({error.parameter or "q": [str(error)]}) from error
        frames = Frame.objects.in_bulk(found.ids)
        shown = [frames[id] for id in found.ids if id in frames]
        url = request.build_absolute_uri()
        return Response(
            {
                "count": found.count,
                "next": found.next and replace_query_param(url, "cursor", found.next),
                "previous": found.previous and replace_query_param(url, "cursor", found.previous),
                "results": FrameSerializer(shown, many=True, context={"request": request}).data,
            }
        )


class FrameDetail(generics.RetrieveAPIView):
    queryset = Frame.objects.visible()
    serializer_class = FrameDetailSerializer


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: errors as `application/problem+json`, naming fields."""
    if isinstance(error, IndexNotReady):
        error = ServiceUnavailable(str(error))
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
