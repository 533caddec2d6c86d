"""Endpoints of what frames belong to: series, episodes, tags, and names as they are typed."""

from typing import Any

from bson import ObjectId
from django.db import connection
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from rest_framework.request import Request

from frames import search
from frames.api import schema
from frames.api.base import ApiView
from frames.api.frames import page_link
from frames.api.parameters import LIMIT, Number, Text, cursor
from frames.models import Episode, Series, Tag, TagCategory

# Names and slugs are letters, digits, "_" and "-"; tags of characters may have more.
NAME_CURSOR = cursor(r"[ab]:.{1,150}")
EPISODE_CURSOR = cursor(r"[ab]:[0-9a-f]{24}:[0-9]{1,5}:[0-9]{1,9}")


def keyset(
    table: str,
    match: dict[str, Any],
    keys: tuple[str, ...],
    place: tuple | None,
    *,
    forward: bool,
    limit: int,
) -> tuple[list[dict[str, Any]], bool]:
    """Up to `limit` rows after (or before) `place` in the order of a unique index on `keys`, and
    whether there are more in that direction."""
    if place is not None:
        match = {**match, "$or": _beyond(keys, place, "$gt" if forward else "$lt")}
    sort = [(key, 1 if forward else -1) for key in keys]
    rows = list(connection.get_collection(table).find(match, sort=sort, limit=limit + 1))
    more, rows = len(rows) > limit, rows[:limit]
    return (rows if forward else rows[::-1]), more


def _beyond(keys: tuple[str, ...], place: tuple, comparison: str) -> list[dict[str, Any]]:
    """Tuples compare like words: by the first key that differs."""
    return [
        {**dict(zip(keys[:i], place[:i], strict=True)), keys[i]: {comparison: place[i]}}
        for i in range(len(keys))
    ]


class KeysetView(ApiView):
    """A list in the order of an index; a cursor is `a` or `b` (after, before) and a row's key."""

    table: str
    keys: tuple[str, ...]

    def page(self, request: Request, match: dict[str, Any]) -> tuple[list[dict[str, Any]], dict]:
        """The rows, and the links to the pages beside them."""
        way, *place = self.asked["cursor"].split(":", len(self.keys))
        forward = way != "b"
        rows, more = keyset(
            self.table,
            match,
            self.keys,
            self.place(place) if place else None,
            forward=forward,
            limit=self.asked["limit"],
        )
        following = rows and (more or not forward)
        preceding = rows and (bool(place) if forward else more)
        links = {
            "next": page_link(request, self._cursor("a", rows[-1])) if following else None,
            "previous": page_link(request, self._cursor("b", rows[0])) if preceding else None,
        }
        return rows, links

    def place(self, parts: list[str]) -> tuple:
        return tuple(parts)

    def _cursor(self, way: str, row: dict[str, Any]) -> str:
        return ":".join([way, *(str(row[key]) for key in self.keys)])


class SeriesList(KeysetView):
    """All series, in the order of their slugs."""

    answers = schema.SeriesPage
    parameters = (NAME_CURSOR, LIMIT)
    table, keys = Series._meta.db_table, ("slug",)

    def get(self, request: Request) -> HttpResponse:
        rows, links = self.page(request, {})
        return self.answer({**links, "results": [_series(row) for row in rows]})


class SeriesDetail(ApiView):
    """One series."""

    answers = schema.Series
    example = schema.SERIES

    def get(self, request: Request, slug: str) -> HttpResponse:
        return self.answer(_series(_series_row(slug)))


def _series_row(slug: str) -> dict[str, Any]:
    row = connection.get_collection(Series._meta.db_table).find_one({"slug": slug})
    if row is None:
        raise Http404(f"There is no series “{slug}”.")
    return row


def _series(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "slug": row["slug"],
        "title": row["title"],
        "alternative_titles": row["alternative_titles"],
        "year": row["year"],
        "frames": search.series_count(row["slug"]),
    }


class EpisodeList(KeysetView):
    """All episodes that are done, series by series, by season and number."""

    answers = schema.EpisodePage
    problems = (*ApiView.problems, 404)
    parameters = (Text("series", "Only of the series of this slug."), EPISODE_CURSOR, LIMIT)
    table, keys = Episode._meta.db_table, ("series_id", "season", "number")

    def place(self, parts: list[str]) -> tuple:
        series, season, number = parts
        return ObjectId(series), int(season), int(number)

    def get(self, request: Request) -> HttpResponse:
        match: dict[str, Any] = {"state": Episode.State.DONE}
        if slug := self.asked["series"]:
            match["series_id"] = _series_row(slug)["_id"]
        rows, links = self.page(request, match)
        ids = list({row["series_id"] for row in rows})
        series = connection.get_collection(Series._meta.db_table).find({"_id": {"$in": ids}})
        by_id = {row["_id"]: row for row in series}
        results = [_episode(row, by_id[row["series_id"]]) for row in rows]
        return self.answer({**links, "results": results})


def _episode(row: dict[str, Any], series: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": str(row["_id"]),
        "series": {"slug": series["slug"], "title": series["title"]},
        **{name: row[name] for name in ("season", "number", "title", "duration", "fps")},
        "width": row["width"],
        "height": row["height"],
        "frames": row["kept"],
        "duplicates": row["duplicates"],
    }


class TagList(KeysetView):
    """The vocabulary, in the order of names."""

    answers = schema.TagPage
    parameters = (
        Text("category", "Only of this category.", choices=tuple(TagCategory.values)),
        NAME_CURSOR,
        LIMIT,
    )
    table, keys = Tag._meta.db_table, ("name",)

    def get(self, request: Request) -> HttpResponse:
        match = {"category": self.asked["category"]} if self.asked["category"] else {}
        rows, links = self.page(request, match)
        return self.answer({**links, "results": [_tag(row) for row in rows]})


def _tag(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("name", "category", "description", "aliases")},
        "count": search.tag_count(row["name"]),
    }


class TagDetail(ApiView):
    """One tag: what it means, what it is seen with, and how often its taggers were right."""

    answers = schema.TagWithRelations
    redirects = "Another name of a tag, which is at `Location`."
    example = schema.TAG

    def get(self, request: Request, name: str) -> HttpResponse:
        row = connection.get_collection(Tag._meta.db_table).find_one({"name": name})
        if row is None:
            if meant := search.tag_meant(name):
                return HttpResponseRedirect(reverse("api-tag", args=[meant]))
            raise Http404(f"There is no tag “{name}”.")
        return self.answer(
            {
                **_tag(row),
                "related": [
                    {"name": other, "similarity": round(cosine, 4), "count": count}
                    for other, cosine, count in search.related(name)
                ],
                "precision": _precision(row),
            }
        )


def _precision(row: dict[str, Any]) -> dict[str, Any]:
    """Of the suggestions that curators have judged, how many were right."""
    confirmed, rejected = row.get("confirmed", 0), row.get("rejected", 0)
    judged = confirmed + rejected
    return {
        "confirmed": confirmed,
        "rejected": rejected,
        "value": round(confirmed / judged, 4) if judged else None,
    }


class Autocomplete(ApiView):
    """Tags and series that may be meant by what has been typed so far."""

    answers = schema.Suggestions
    example = schema.SUGGESTIONS
    parameters = (
        Text("q", "What has been typed.", 200, example="smil"),
        Number("limit", "How many suggestions at most.", 1, 50, 10),
    )

    def get(self, request: Request) -> HttpResponse:
        found = search.autocomplete(self.asked["q"], limit=self.asked["limit"])
        return self.answer({"results": [vars(suggestion) for suggestion in found]})
