"""What the API has: its addresses, the OpenAPI document, and a page to read and try it, served from
here without inline scripts."""

from functools import cache
from typing import Any

import orjson
from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request

from frames.api.base import ApiView

PARTS = (
    *("frames", "random", "facets", "series", "episodes", "tags", "autocomplete"),
    *("search-by-image", "export", "schema", "docs"),
)


@cache
def document() -> bytes:
    content: dict[str, Any] = SchemaGenerator().get_schema(public=True)
    return orjson.dumps(content)


def _addresses(root: str) -> dict[str, str]:
    paths = {name: f"{name}/" for name in PARTS} | {"random": "frames/random/"}
    return {name: root + path for name, path in paths.items()}


class Root(ApiView):
    """Where everything is."""

    answers = {"type": "object", "additionalProperties": {"type": "string", "format": "uri"}}
    example = _addresses("https://anipic.example/api/v1/")

    def get(self, request: Request) -> HttpResponse:
        return self.answer(_addresses(request.build_absolute_uri(request.path)))


class Schema(ApiView):
    """This document: OpenAPI 3.1."""

    answers = {"type": "object", "properties": {"openapi": {"type": "string"}}}

    def get(self, request: Request) -> HttpResponse:
        return self.answer(orjson.Fragment(document()))


class Docs(SpectacularSwaggerSplitView):
    schema = None  # a page for people, no part of the API
    url_name = "api-schema"
    template_name = "api/docs.html"
