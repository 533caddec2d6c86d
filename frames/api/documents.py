"""Documents of frames come in as MongoDB has them; plain values as the API shows them go out."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.core.files.storage import FileSystemStorage, storages
from django.http import HttpRequest
from django.urls import reverse

from frames.files import THUMBNAIL_WIDTHS, image_name, thumbnail_name, thumbnail_sizes
from frames.models import Frame
from frames.search import documents

FIELDS = (
    *("series_slug", "series_title", "season", "episode_number", "time", "shot", "text"),
    *("chapter", "labels", "sha256", "width", "height"),
)
DETAIL_FIELDS = (*FIELDS, "tags", "status", "keeper_id", "episode_id", "placeholder", "bytes")


class Links:
    """Absolute addresses of frames and their files, for one request."""

    def __init__(self, request: HttpRequest):
        self.root = request.build_absolute_uri("/")[:-1]
        self._frame = self.root + reverse("frame", args=[0]).removesuffix("0/")
        # One prefix serves all files, unless a remote storage signs every address.
        self._storage = storages["default"]
        local = isinstance(self._storage, FileSystemStorage)
        self._media = self.root + self._storage.url("") if local else ""

    def frame(self, id: int) -> str:
        return f"{self._frame}{id}/"

    def file(self, name: str) -> str:
        return self._media + name if self._media else self._storage.url(name)


def frame(document: dict[str, Any], links: Links) -> dict[str, Any]:
    """A frame as it stands in a list."""
    sha256 = document["sha256"]
    return {
        "id": document["_id"],
        "series": {"slug": document["series_slug"], "title": document["series_title"]},
        "season": document["season"],
        "episode": document["episode_number"],
        "time": document["time"],
        "shot": document["shot"],
        "tags": document["labels"],
        "text": document["text"],
        "chapter": document.get("chapter", ""),
        "url": links.frame(document["_id"]),
        "image": links.file(image_name(sha256)),
        "thumbnail": links.file(thumbnail_name(sha256, THUMBNAIL_WIDTHS[0], "webp")),
        "width": document["width"],
        "height": document["height"],
    }


def frames(ids: Sequence[int], links: Links) -> list[dict[str, Any]]:
    """The frames of these ids, in this order; what has gone since the search is left out."""
    return [frame(document, links) for document in documents(ids, FIELDS)]


def detail(document: dict[str, Any], links: Links) -> dict[str, Any]:
    """A frame by itself: every size of it, and where each of its tags comes from."""
    sha256 = document["sha256"]
    return {
        **frame(document, links),
        "bytes": document["bytes"],
        "sha256": sha256,
        "placeholder": f"data:image/webp;base64,{document['placeholder']}",
        "thumbnails": [
            {
                "width": width,
                "webp": links.file(thumbnail_name(sha256, nominal, "webp")),
                "avif": links.file(thumbnail_name(sha256, nominal, "avif")),
            }
            for width, nominal in thumbnail_sizes(document["width"])
        ],
        "provenance": [provenance(row) for row in document["tags"]],
    }


def provenance(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("tag", "state", "score", "tagger", "version")}


def moments(rows: Iterable[dict[str, Any]], links: Links) -> list[dict[str, Any]]:
    """Where else a picture is seen: its duplicates."""
    return [
        {
            "id": row["_id"],
            "series": {"slug": row["series_slug"], "title": row["series_title"]},
            "season": row["season"],
            "episode": row["episode_number"],
            "time": row["time"],
            "image": links.file(image_name(row["sha256"])),
        }
        for row in rows
    ]


def table() -> str:
    return Frame._meta.db_table
