"""What a list shows of a frame: a raw document comes in, a `Tile` of texts and addresses goes out.

A page of results holds dozens of tiles, so they are made from plain documents by id, without
model instances.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from frames.clock import clock
from frames.files import THUMBNAIL_WIDTHS, thumbnail_name, thumbnail_sizes

FIELDS = (
    "series_title",
    "season",
    "episode_number",
    "time",
    "shot",
    "sha256",
    "width",
    "height",
    "placeholder",
    "labels",
)
TAGS_IN_ALT = 6
RATIO_STEPS = 36  # of the stylesheet's ratio-N classes: 16:9 is 64, 4:3 is 48


@dataclass(frozen=True)
class Tile:
    """A frame in a list. `ratio` numbers the stylesheet's class for its aspect ratio."""

    id: int
    series: str
    season: int
    episode: int
    time: float
    shot: int
    sha256: str
    width: int
    height: int
    placeholder: str
    tags: Sequence[str]

    @property
    def clock(self) -> str:
        return clock(self.time)

    @property
    def number(self) -> str:
        """`3` in the first season, `S2E03` in the second."""
        return str(self.episode) if self.season == 1 else f"S{self.season}E{self.episode:02}"

    @property
    def where(self) -> str:
        return _("%(series)s, episode %(number)s, %(clock)s") % {
            "series": self.series,
            "number": self.number,
            "clock": self.clock,
        }

    @property
    def seen(self) -> str:
        """What is seen: `crying, rain`; where it is from, if no tag says that."""
        return ", ".join(tag.replace("_", " ") for tag in self.tags[:TAGS_IN_ALT]) or self.where

    @property
    def alt(self) -> str:
        """Where it is from and what is seen: `Kazemachi Diary, episode 1, 0:24: crying, rain`."""
        return f"{self.where}: {self.seen}" if self.tags else self.where

    @property
    def ratio(self) -> int:
        return min(108, max(18, round(RATIO_STEPS * self.width / self.height)))

    @property
    def avif(self) -> str:
        """The `srcset` with widths."""
        sizes = thumbnail_sizes(self.width)
        return ", ".join(f"{self.url(nominal, 'avif')} {width}w" for width, nominal in sizes)

    def url(self, width: int, kind: str) -> str:
        return f"{self._stem}-{width}.{kind}"

    @cached_property
    def _stem(self) -> str:
        """What the addresses of all thumbnails begin with: one call of the storage, not five."""
        smallest = thumbnail_name(self.sha256, THUMBNAIL_WIDTHS[0], "webp")
        return default_storage.url(smallest).removesuffix(f"-{THUMBNAIL_WIDTHS[0]}.webp")

    @property
    def src(self) -> str:
        return self.url(THUMBNAIL_WIDTHS[0], "webp")

    @property
    def large(self) -> str:
        return self.url(thumbnail_sizes(self.width)[-1][1], "webp")


def tiles(documents: Iterable[Mapping[str, Any]]) -> list[Tile]:
    """Documents with the fields of `FIELDS`, in their order."""
    return [
        Tile(
            id=document["_id"],
            series=document["series_title"],
            season=document.get("season", 1),
            episode=document["episode_number"],
            time=document["time"],
            shot=document["shot"],
            sha256=document["sha256"],
            width=document["width"],
            height=document["height"],
            placeholder=document["placeholder"],
            tags=document["labels"],
        )
        for document in documents
    ]
