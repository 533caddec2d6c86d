"""Documents of MongoDB come in, what the search index keeps of them goes out."""

import logging
from typing import Any

from pymongo.database import Database

from frames.index import LARGEST_ID, Row
from frames.vocabulary import SeriesInfo, TagInfo, Vocabulary
from frames.words import words

logger = logging.getLogger(__name__)

FRAMES, TAGS, SERIES = "frames_frame", "frames_tag", "frames_series"
PROJECTION = {
    **dict.fromkeys(("series_id", "episode_id", "season", "episode_number", "time", "shot"), 1),
    **dict.fromkeys(("width", "text", "labels", "status"), 1),
    **dict.fromkeys(("tags.tag", "tags.state", "tags.score", "tags.tagger"), 1),
}


def row(document: dict[str, Any]) -> Row | None:
    """None for a frame that nobody may see, and for one that is not whole."""
    try:
        return _row(document)
    except (KeyError, TypeError, AttributeError):
        logger.exception("Frame %s cannot be searched for", document.get("_id"))
        return None


def _row(document: dict[str, Any]) -> Row | None:
    if document["status"] != "visible" or document["_id"] > LARGEST_ID:
        return None
    tags = document.get("tags") or ()
    episode = document["episode_id"]
    return Row(
        id=document["_id"],
        series=str(document["series_id"]),
        episode=str(episode),
        season=document.get("season", 1),
        number=document["episode_number"],
        time=max(0, round(document["time"] * 1000)),
        shot=document["shot"],
        width=document["width"],
        added=int.from_bytes(episode.binary[:4]),  # how an ObjectId begins
        labels=tuple(document.get("labels") or ()),
        scores={tag["tag"]: tag["score"] for tag in tags if tag["state"] != "rejected"},
        confirmed=tuple(tag["tag"] for tag in tags if tag["state"] == "confirmed"),
        rejected=tuple(tag["tag"] for tag in tags if tag["state"] == "rejected"),
        taggers=tuple({tag["tagger"] for tag in tags if tag["state"] != "rejected"}),
        words=tuple(words(document.get("text") or "")),
    )


def vocabulary(database: Database) -> Vocabulary:
    tags = database[TAGS].find({}, {"name": 1, "category": 1, "aliases": 1})
    series = database[SERIES].find({}, {"slug": 1, "title": 1, "alternative_titles": 1})
    return Vocabulary(
        [TagInfo(tag["name"], tag["category"], tuple(tag.get("aliases") or ())) for tag in tags],
        [
            SeriesInfo(
                str(one["_id"]), one["slug"], one["title"], tuple(one["alternative_titles"] or ())
            )
            for one in series
        ],
    )
