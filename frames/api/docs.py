"""The OpenAPI document, and a page to read and try it, served from here without inline scripts."""

from functools import cache
from typing import Any

import orjson
from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.request import Request

from frames.api.base import ApiView


@cache
def document() -> bytes:
    schema: dict[str, Any] = SchemaGenerator().get_schema(public=True)
    return orjson.dumps(schema)


class Schema(ApiView):
    """This document: OpenAPI 3.1."""

    answers = {"type": "object", "properties": {"openapi": {"type": "string"}}}

    def get(self, request: Request) -> HttpResponse:
        return self.answer(orjson.Fragment(document()))


class Docs(SpectacularSwaggerSplitView):
    schema = None  # a page for people, no part of the API
    url_name = "api-schema"
    template_name = "api/docs.html"
