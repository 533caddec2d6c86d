"""Endpoints of frames: lists by a query, one frame, and the frames around or like it."""

from typing import Any

from django.db import connection
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from rest_framework.request import Request

from frames import search, vectors
from frames.api import documents, schema
from frames.api.base import ApiView
from frames.api.documents import Links
from frames.api.parameters import FILTERS, LIMIT, MAX_LIMIT, Number, cursor
from frames.filters import query_of
from frames.models import Frame
from frames.query import Query

MAX_SECONDS = 600
MAX_AROUND = 1000
MAX_DUPLICATES = 100
FRAME_CURSOR = cursor(r"[ab][0-9]{1,9}(-[0-9]{1,9}-[12]?[0-9])?")


def stored_frame(id: int) -> dict[str, Any]:
    """The document of a frame that is shown, or of a duplicate. Raises `Http404`."""
    found = search.documents([id], documents.DETAIL_FIELDS) if id < 2**63 else []
    if not found or found[0]["status"] == Frame.Status.HIDDEN:
        raise Http404(f"There is no frame {id}.")
    return found[0]


class FrameList(ApiView):
    """Frames that a query finds, with the exact count."""

    answers = schema.FramePage
    example = schema.PAGE
    parameters = (*FILTERS, FRAME_CURSOR, LIMIT)

    def get(self, request: Request) -> HttpResponse:
        found = search.find(
            query_of(request.GET), cursor=self.asked["cursor"] or None, limit=self.asked["limit"]
        )
        return self.answer(
            {
                "count": found.count,
                "next": page_link(request, found.next, found.seed),
                "previous": page_link(request, found.previous, found.seed),
                "results": documents.frames(found.ids, Links(request)),
            }
        )


def page_link(request: Request, cursor: str | None, seed: int | None = None) -> str | None:
    """This request's address with another cursor."""
    if cursor is None:
        return None
    parameters = request.GET.copy()
    parameters["cursor"] = cursor
    if seed is not None:
        parameters["seed"] = str(seed)
    return f"{request.build_absolute_uri(request.path)}?{parameters.urlencode()}"


class FrameDetail(ApiView):
    """One frame: its tags and where they come from, its neighbours, its duplicates."""

    answers = schema.FrameWithTags
    redirects = "A duplicate: its keeper is at `Location`."

    def get(self, request: Request, pk: int) -> HttpResponse:
        document = stored_frame(pk)
        if document["status"] == Frame.Status.DUPLICATE:
            return _to_keeper("api-frame", document)
        links = Links(request)
        before, after = search.neighbours(_of_episode(document), pk)
        return self.answer(
            {
                **documents.detail(document, links),
                "previous": before,
                "next": after,
                "duplicates": documents.moments(_duplicates(pk), links),
            }
        )


def _to_keeper(name: str, document: dict[str, Any]) -> HttpResponse:
    """A duplicate's address leads to the frame that stands for it; it may be restored one day."""
    if document["keeper_id"] is None:
        raise Http404(f"There is no frame {document['_id']}.")
    return HttpResponseRedirect(reverse(name, args=[document["keeper_id"]]))


def _duplicates(id: int) -> list[dict[str, Any]]:
    fields = dict.fromkeys(documents.FIELDS, 1)
    found = connection.get_collection(documents.table()).find(
        {"keeper_id": id, "status": Frame.Status.DUPLICATE}, fields
    )
    return sorted(found.limit(MAX_DUPLICATES), key=lambda row: row["_id"])


def _of_episode(document: dict[str, Any]) -> Query:
    asked = {
        "series": document["series_slug"],
        "season": str(document["season"]),
        "episode": str(document["episode_number"]),
        "order": "old",
    }
    return query_of(asked)


class FramesAround(ApiView):
    """The frames of the same episode some seconds before and after a frame, itself included."""

    answers = schema.Frames
    example = {"results": [schema.FRAME]}
    parameters = (
        Number("before", "Seconds before the frame.", 0, MAX_SECONDS, 10, whole=False),
        Number("after", "Seconds after the frame.", 0, MAX_SECONDS, 10, whole=False),
    )

    def get(self, request: Request, pk: int) -> HttpResponse:
        document = stored_frame(pk)
        low = document["time"] - self.asked["before"]
        high = document["time"] + self.asked["after"]
        # Ids are in the order of time within an episode, and the index has them in that order.
        found = connection.get_collection(documents.table()).find(
            {
                "episode_id": document["episode_id"],
                "time": {"$gte": low, "$lte": high},
                "status": Frame.Status.VISIBLE,
            },
            dict.fromkeys(documents.FIELDS, 1),
            sort=[("_id", 1)],
            limit=MAX_AROUND,
        )
        links = Links(request)
        return self.answer({"results": [documents.frame(row, links) for row in found]})


class SimilarFrames(ApiView):
    """Frames that look like a frame, the most alike first."""

    answers = schema.ScoredFrames
    example = {"results": [{**schema.FRAME, "score": 0.93}]}
    parameters = (LIMIT,)

    def get(self, request: Request, pk: int) -> HttpResponse:
        stored_frame(pk)
        scores = dict(vectors.similar(pk, self.asked["limit"]))
        found = documents.frames(list(scores), Links(request))
        return self.answer(
            {"results": [{**frame, "score": round(scores[frame["id"]], 4)} for frame in found]}
        )


class RandomFrames(ApiView):
    """Frames drawn at random, among all or among those that a query finds."""

    answers = schema.CountedFrames
    example = {"count": 812, "results": [schema.FRAME]}
    parameters = (
        *(parameter for parameter in FILTERS if parameter.name not in ("order", "seed")),
        Number("limit", "How many frames.", 1, MAX_LIMIT, 1, example="3"),
    )
    cacheable = False

    def get(self, request: Request) -> HttpResponse:
        asked = request.GET.copy()
        asked["order"] = "random"
        found = search.find(query_of(asked), limit=self.asked["limit"])
        results = documents.frames(found.ids, Links(request))
        return self.answer({"count": found.count, "results": results})


class Facets(ApiView):
    """How often each series and tag occurs among the frames that a query finds."""

    answers = schema.Facets
    example = schema.FACETS
    parameters = (
        *(parameter for parameter in FILTERS if parameter.name not in ("order", "seed")),
        Number("limit", "How many values of each kind.", 1, MAX_LIMIT, 12),
    )

    def get(self, request: Request) -> HttpResponse:
        query = query_of(request.GET)
        groups = search.facets(query, per_category=self.asked["limit"])
        return self.answer(
            {
                "count": search.find(query, limit=1).count,
                "facets": [
                    {
                        "name": group.name,
                        "exact": group.exact,
                        "values": [
                            {"value": value, "label": label, "count": count}
                            for value, label, count in group.values
                        ],
                    }
                    for group in groups
                ],
            }
        )
