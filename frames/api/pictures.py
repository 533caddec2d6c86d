"""The endpoint that takes a screenshot and answers with the frames and the moment it is from."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from frames.api import documents, schema
from frames.api.base import ApiView
from frames.api.documents import Links
from frames.api.parameters import Number
from frames.picture_search import PictureMatch, find
from frames.uploads import MAX_BYTES, BadUpload

ENVELOPE_BYTES = 100_000  # what a form may need beside the picture
UPLOAD_SECONDS = 19  # a little less than the web server waits (`anipic_site.web_worker`)


class SearchByImage(ApiView):
    """The frames that a picture may be a screenshot of: it may be cropped, mirrored, reduced, and
    may have subtitles and borders."""

    answers = schema.PictureResult
    example = {"verdict": "certain", "results": [schema.MATCH]}
    body = {"multipart/form-data": schema.SCREENSHOT}
    problems = (*ApiView.problems, 408, 413, 415, 422)
    parameters = (Number("limit", "How many results at most.", 1, 40, 12),)
    parser_classes = [MultiPartParser]
    throttle_scope = "uploads"
    cacheable = False

    def post(self, request: Request) -> HttpResponse:
        result = find(_picture(request), limit=self.asked["limit"])
        shown = documents.frames([match.frame_id for match in result.matches], Links(request))
        by_id = {frame["id"]: frame for frame in shown}
        results = [
            {**by_id[match.frame_id], **_match(match)}
            for match in result.matches
            if match.frame_id in by_id
        ]
        return self.answer({"verdict": result.verdict, "results": results})


@contextmanager
def receiving(request: Request | HttpRequest) -> Iterator[None]:
    """While the body is read. Raises `BadUpload`: 413 before what is too large is read, 408 for
    what came in too slowly (the web server ends it, whatever else that makes of the form)."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > MAX_BYTES + ENVELOPE_BYTES:
        raise BadUpload(f"The file is larger than {MAX_BYTES // 10**6} MB.", status=413)
    started = time.monotonic()
    try:
        yield
    finally:
        if time.monotonic() - started > UPLOAD_SECONDS:
            raise BadUpload(f"The upload takes longer than {UPLOAD_SECONDS} seconds.", status=408)


def _picture(request: Request) -> bytes:
    """The bytes of the form's `image`. Raises `BadUpload` and `ValidationError`."""
    with receiving(request):
        unknown = (set(request.data) | set(request.FILES)) - {"image"}
    if unknown:
        raise ValidationError({name: ["There is no such field."] for name in sorted(unknown)})
    files = request.FILES.getlist("image")
    if len(files) != 1 or not isinstance(files[0], UploadedFile):
        reason = "Send one picture." if files else "Send the picture as a file of this name."
        raise ValidationError({"image": [reason]})
    return files[0].read(MAX_BYTES + 1)


def _match(match: PictureMatch) -> dict[str, Any]:
    moment = match.moment
    return {
        "score": match.score,
        "mirrored": match.mirrored,
        "moment": {
            "series": {"slug": moment.series_slug, "title": moment.series_title},
            "season": moment.season,
            "episode": moment.episode,
            "time": moment.time,
        },
    }
