"""Many frames for a benchmark: a size comes in, rows as the ingest would write them go out.

Tags are drawn with frequencies that fall like words' (Zipf), as tags of drawn pictures do.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
from bson import ObjectId
from pymongo import MongoClient
from pymongo.database import Database

TAGS = 400
TAGS_A_FRAME = 16
FRAMES_AN_EPISODE = 300
EPISODES_A_SERIES = 12
CATEGORIES = ("emotion", "action", "setting", "weather", "style")


def tag_name(number: int) -> str:
    return f"tag_{number:03}"


def fill(database: Database, count: int, *, first_id: int = 1) -> None:
    """Series, episodes, tags and `count` visible frames, ids from `first_id`."""
    database.frames_tag.insert_many(
        {
            "_id": ObjectId(),
            "name": tag_name(number),
            "category": CATEGORIES[number % len(CATEGORIES)],
            "description": "",
            "aliases": [],
            "implies": [],
            "danbooru": [],
            "confirmed": 0,
            "rejected": 0,
            "edited": False,
        }
        for number in range(TAGS)
    )
    frames = _frames(database, count, first_id)
    while batch := list(itertools.islice(frames, 5000)):
        database.frames_frame.insert_many(batch, ordered=False)


def _frames(database: Database, count: int, first_id: int) -> Iterator[dict[str, Any]]:
    chance = np.random.default_rng(0)
    weights = 1 / np.arange(2, TAGS + 2)
    weights /= weights.sum()
    rows = [[_row(tag, score) for score in (0.5, 0.7, 0.9)] for tag in map(tag_name, range(TAGS))]
    series: dict[str, Any] = {}
    episode: dict[str, Any] = {}
    for start in range(0, count, 5000):
        drawn = chance.choice(TAGS, (5000, TAGS_A_FRAME), p=weights)
        scores = chance.integers(0, 3, (5000, TAGS_A_FRAME))
        for offset in range(min(5000, count - start)):
            number, place = divmod(start + offset, FRAMES_AN_EPISODE)
            if place == 0:
                if number % EPISODES_A_SERIES == 0:
                    series = _series(number // EPISODES_A_SERIES)
                    database.frames_series.insert_one(series)
                episode = _episode(series, number % EPISODES_A_SERIES + 1)
                database.frames_episode.insert_one(episode)
            tags = np.unique(drawn[offset], return_index=True)
            yield _frame(first_id + start + offset, place, series, episode) | {
                "labels": [tag_name(tag) for tag in tags[0]],
                "tags": [rows[tag][scores[offset, i]] for tag, i in zip(*tags, strict=True)],
            }


def _row(tag: str, score: float) -> dict[str, Any]:
    return {"tag": tag, "state": "suggested", "score": score, "tagger": "wd", "version": "3"}


def _series(number: int) -> dict[str, Any]:
    slug = f"series-{number:04}"
    title = f"Series {number}"
    return {"_id": ObjectId(), "slug": slug, "title": title, "alternative_titles": [], "year": 2026}


def _episode(series: dict[str, Any], number: int) -> dict[str, Any]:
    return {
        "_id": ObjectId(),
        "series_id": series["_id"],
        "season": 1,
        "number": number,
        "title": "",
        "state": "done",
        "duration": 1440.0,
        "fps": 24.0,
        "width": 1280,
        "height": 720,
        "kept": FRAMES_AN_EPISODE,
        "duplicates": 0,
    }


def _frame(id: int, place: int, series: dict, episode: dict) -> dict[str, Any]:
    sha256 = f"{id * 0x9E3779B97F4A7C15 % 2**64:016x}" * 4
    return {
        "_id": id,
        "series_id": series["_id"],
        "series_slug": series["slug"],
        "series_title": series["title"],
        "episode_id": episode["_id"],
        "season": 1,
        "episode_number": episode["number"],
        "time": place * 4.8,
        "pts": place * 4800,
        "shot": place // 3,
        "motion": 0.01,
        "text": "",
        "image": f"frames/{sha256[:2]}/{sha256}.webp",
        "width": 1280,
        "height": 720,
        "bytes": 80_000,
        "sha256": sha256,
        "phash": 0,
        "placeholder": "UklGRj4AAABXRUJQVlA4IDIAAACwAQCdASoQAAkABUB8JagCdAD1Zo" * 2,
        "revision": 1,
        "status": "visible",
        "keeper_id": None,
    }


def queries(count: int, frames: int) -> list[str]:
    """`count` different queries of two or three terms for a database of so many frames."""
    last_series = (frames - 1) // (FRAMES_AN_EPISODE * EPISODES_A_SERIES)
    chance = np.random.default_rng(1)
    found: dict[str, None] = {}
    while len(found) < count:
        one, two, three = (tag_name(int(number)) for number in chance.integers(0, 120, 3))
        kind = chance.integers(0, 4)
        terms = {
            0: f"{one} {two}",
            1: f"{one} -{two}",
            2: f"{one} {two} -{three}",
            3: f"{one} series:series-{int(chance.integers(0, last_series + 1)):04}",
        }[int(kind)]
        found[terms] = None
    return list(found)


def database_of(uri: str) -> Database:
    return MongoClient(uri).get_default_database()
