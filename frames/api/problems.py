"""Whatever goes wrong comes in; a problem document (RFC 9457) that names the culprit goes out."""

import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import orjson
from django.db.utils import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from pymongo.errors import PyMongoError
from rest_framework.exceptions import APIException, Throttled, ValidationError
from rest_framework.views import exception_handler

from frames.search import BadQuery, IndexNotReady
from frames.uploads import BadUpload
from frames.vector_sync import VectorsNotReady

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
RETRY_SECONDS = 2  # after an answer that something is not there yet, or not at the moment


def problem(status: int, detail: str, **members: Any) -> HttpResponse:
    """A problem document; `members` are added to the standard ones."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **members,
    }
    return HttpResponse(orjson.dumps(content), content_type=CONTENT_TYPE, status=status)


def handle(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's exception handler. None leaves the error to Django, which logs it and answers 500."""
    if isinstance(error, BadQuery):
        return _bad_query(error)
    if isinstance(error, BadUpload):
        return problem(error.status, str(error), errors={"image": [str(error)]})
    if isinstance(error, IndexNotReady | VectorsNotReady):
        return _unavailable(str(error), progress=round(error.progress, 3))
    if isinstance(error, PyMongoError | DatabaseError):
        logger.error("the database failed", exc_info=error)
        return _unavailable("The database does not answer at the moment.")
    if isinstance(error, ValidationError):
        return _invalid(error)
    if isinstance(error, Http404):
        return problem(404, str(error) or "There is nothing here.")
    answer = exception_handler(error, context)
    if answer is None:
        return None
    detail = error.detail if isinstance(error, APIException) else answer.status_text
    response = problem(answer.status_code, str(detail))
    for name in ("Allow", "Retry-After"):
        if name in answer.headers:
            response[name] = answer.headers[name]
    if isinstance(error, Throttled) and error.wait is not None:
        response["Retry-After"] = str(max(1, round(error.wait + 0.5)))
    return response


def _bad_query(error: BadQuery) -> HttpResponse:
    name = error.parameter or "q"
    more = {"term": error.term, "position": error.position, "suggestion": error.suggestion}
    given = {key: value for key, value in more.items() if value not in ("", None)}
    return problem(400, f"{name}: {error}", errors={name: [str(error)]}, **given)


def _invalid(error: ValidationError) -> HttpResponse:
    fields = {
        str(name): [str(message) for message in messages] for name, messages in error.detail.items()
    }
    detail = "; ".join(f"{name}: {' '.join(messages)}" for name, messages in fields.items())
    return problem(400, detail, errors=fields)


def _unavailable(detail: str, **members: Any) -> HttpResponse:
    response = problem(503, detail, **members)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


class ProblemMiddleware:
    """Turns what Django itself answers below `/api/v1/` (an address that does not exist, a body
    that is too large, a fault of ours) into problem documents."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or not request.path_info.startswith("/api/v1/"):
            return response
        if response.headers.get("Content-Type") == CONTENT_TYPE:
            return response
        details = {
            404: f"There is nothing at {request.path}.",
            500: "Something went wrong here; it has been noted.",
        }
        status = response.status_code
        return problem(status, details.get(status, HTTPStatus(status).description or ""))
