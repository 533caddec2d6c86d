"""The endpoint that gives everything away: a query's frames, or what changed, line by line.

Every answer carries a cursor in the header `Export-Cursor`; asked for with it, the endpoint tells
what has changed from then on. The cursor is a place in MongoDB's change stream, so nothing is
missed and nothing has to be kept for anybody.
"""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

import orjson
from bson import decode, encode
from bson.errors import BSONError
from django.db import connection
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from pymongo.errors import OperationFailure
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request

from frames import search
from frames.api import documents, schema
from frames.api.base import ApiView
from frames.api.documents import Links
from frames.api.parameters import FILTERS, Text
from frames.filters import query_of
from frames.models import Frame
from frames.query import Query

BATCH = 500  # frames read at a time
MAX_CHANGES = 10_000  # told at once; the cursor leads to the rest
HISTORY_LOST = 286  # MongoDB: the oplog no longer reaches back so far


class CursorTooOld(APIException):
    status_code = 410
    default_detail = "since: the database no longer knows what came after this; export anew."


class Export(ApiView):
    """Frames as NDJSON: one JSON object a line, as the stream of a query or of changes."""

    answers = schema.Frame
    media_type = "application/x-ndjson"
    problems = (*ApiView.problems, 410)
    parameters = (
        *FILTERS,
        Text("since", "An `Export-Cursor`: tell what changed after it.", 2000, r"[A-Za-z0-9_-]+"),
    )
    cacheable = False

    def get(self, request: Request) -> HttpResponseBase:
        links = Links(request)
        if self.asked["since"]:
            if len(request.GET) > 1:
                raise ValidationError({"since": ["Changes are told of all frames: no filters."]})
            ids, cursor = _changes(_token(self.asked["since"]))
            lines = _changed_frames(ids, links)
        else:
            query = query_of(request.GET)
            search.find(query, limit=1)  # a mistake is told before the stream begins
            cursor = _cursor(_watch(None))
            lines = _all_frames(query, links)
        response = StreamingHttpResponse(lines, content_type="application/x-ndjson")
        response["Export-Cursor"] = cursor
        return response


def _all_frames(query: Query, links: Links) -> Iterator[bytes]:
    place = None
    while True:
        found = search.find(query, cursor=place, limit=BATCH)
        rows = documents.frames(found.ids, links)
        yield b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        place = found.next
        if place is None:
            return


def _changed_frames(ids: list[int], links: Links) -> Iterator[bytes]:
    """The frames as they are now; for those that are not shown (any more), only that."""
    fields = (*documents.FIELDS, "status")
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        rows = {row["_id"]: row for row in search.documents(part, fields)}
        for id in part:
            row = rows.get(id)
            change: dict[str, Any] = {"id": id, "change": "removed"}
            if row is not None and row["status"] == Frame.Status.VISIBLE:
                change = {"id": id, "change": "stored", "frame": documents.frame(row, links)}
            yield orjson.dumps(change, option=orjson.OPT_APPEND_NEWLINE)


def _changes(token: dict[str, Any]) -> tuple[list[int], str]:
    """Ids of frames that changed after the token, each once, and the cursor after these."""
    try:
        with _watch(token) as stream:
            ids: dict[int, None] = {}
            while len(ids) < MAX_CHANGES and (change := stream.try_next()) is not None:
                if "documentKey" in change:
                    ids[change["documentKey"]["_id"]] = None
            return list(ids), _cursor(stream)
    except OperationFailure as error:
        if error.code == HISTORY_LOST:
            raise CursorTooOld from error
        raise _bad_cursor() from error


def _watch(token: dict[str, Any] | None) -> Any:
    frames = connection.get_collection(documents.table())
    fields = {"documentKey": 1, "operationType": 1}
    return frames.watch([{"$project": fields}], resume_after=token, max_await_time_ms=50)


def _cursor(stream: Any) -> str:
    return base64.urlsafe_b64encode(encode(stream.resume_token or {})).decode().rstrip("=")


def _token(cursor: str) -> dict[str, Any]:
    try:
        token = decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, BSONError, ValueError) as error:
        raise _bad_cursor() from error
    if not {"_data"} <= set(token) <= {"_data", "_typeBits"}:
        raise _bad_cursor()
    return token


def _bad_cursor() -> ValidationError:
    return ValidationError({"since": ["This is not a cursor of an earlier export."]})
