"""What every endpoint does: limits by address, parameters, caching and content type.

Answers are written by orjson straight from plain values; no serializer stands in between.
"""

import hashlib
from functools import cache
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.utils.decorators import method_decorator
from django.utils.http import parse_etags
from django.views.decorators.gzip import gzip_page
from rest_framework.exceptions import Throttled
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.views import APIView

from frames.api.openapi import ApiSchema
from frames.api.parameters import Parameter, read
from frames.throttle import WINDOW_SECONDS, Allowance, Throttle, client_address

MAX_AGE = 2  # seconds; an edit shows everywhere within two more


@cache
def throttle(scope: str) -> Throttle:
    return Throttle(scope, settings.THROTTLE[scope])


class AlwaysJson(BaseContentNegotiation):
    """The API speaks JSON whatever the client would prefer."""

    def select_parser(self, request: Request, parsers: list) -> Any:
        return next(
            (parser for parser in parsers if _same_type(parser.media_type, request.content_type)),
            None,
        )

    def select_renderer(
        self, request: Request, renderers: list, format_suffix: str | None = None
    ) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type


def _same_type(ours: str, theirs: str) -> bool:
    return ours == theirs.partition(";")[0].strip().lower()


@method_decorator(gzip_page, name="dispatch")
class ApiView(APIView):
    """An endpoint. `parameters` are all that it accepts; `asked` are their values."""

    parameters: tuple[Parameter, ...] = ()
    throttle_scope = "reads"
    # For the OpenAPI document: serializers of answer and body, an example, statuses of problems.
    answers: Any = None
    body: Any = None
    example: Any = None
    media_type = "application/json"
    redirects = ""  # why an answer may be a redirect, if it may
    problems: tuple[int, ...] = (400, 429, 503)
    content_negotiation_class = AlwaysJson
    cacheable = True
    schema = ApiSchema()
    allowance: Allowance | None = None
    asked: dict[str, Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.asked = read(request, self.parameters)

    def check_throttles(self, request: Request) -> None:
        address = client_address(request.META, settings.TRUSTED_PROXIES)
        self.allowance = throttle(self.throttle_scope).take(address)
        if not self.allowance.allowed:
            raise Throttled(self.allowance.seconds)

    def finalize_response(
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        response = super().finalize_response(request, response, *args, **kwargs)
        if (left := self.allowance) is not None:
            # draft-ietf-httpapi-ratelimit-headers
            name = self.throttle_scope
            response["RateLimit-Policy"] = f'"{name}";q={left.limit};w={WINDOW_SECONDS}'
            response["RateLimit"] = f'"{name}";r={left.remaining};t={left.seconds}'
        if response.status_code >= 400 or not self.cacheable:
            patch_cache_control(response, no_store=True)
        return response

    def answer(self, content: Any) -> HttpResponse:
        """The content as JSON with its entity tag, or 304 if the client has it already."""
        body = orjson.dumps(content)
        if not self.cacheable:
            return HttpResponse(body, content_type="application/json")
        etag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        known = self.request.META.get("HTTP_IF_NONE_MATCH")
        if known and (known == "*" or etag in parse_etags(known)):
            response = HttpResponse(status=304)
        else:
            response = HttpResponse(body, content_type="application/json")
        response["ETag"] = etag
        response["Cache-Control"] = f"public, max-age={MAX_AGE}"
        return response
