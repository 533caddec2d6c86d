"""Frames come in; their vectors are stored beside them, and the frames that look alike go out."""

import logging
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import cv2
import numpy as np
from django.core.files.storage import default_storage
from django.db import connection
from PIL import Image
from pymongo import ReplaceOne

from frames.descriptors import MODEL, STORED_FEATURES, local_features, reduce
from frames.descriptors import vectors as describe_pictures
from frames.files import thumbnail_name, thumbnail_sizes
from frames.jobs import Progress
from frames.models import Episode, Frame, FrameVector
from frames.vector_sync import shared_index

logger = logging.getLogger(__name__)

BATCH = 16


def describe(episode: Episode, progress: Progress) -> None:
    """The stage of an episode that makes its frames findable by picture, duplicates included."""
    for count in describe_frames(Frame.objects.filter(episode=episode).order_by("id")):
        progress.update()
        logger.debug("%s: %s frames described", episode, count)
    shared_index.save_if_due()


def describe_frames(frames: Any) -> Iterator[int]:
    """Store what is missing for these frames; yields how many were looked at, batch by batch.

    What is there and of the same picture and model stays, so it may be cut short and repeated.
    """
    rows = frames.values_list("id", "sha256", "width").iterator(chunk_size=BATCH * 64)
    seen = 0
    while batch := list(islice(rows, BATCH)):
        known = FrameVector.objects.filter(id__in=[id for id, _, _ in batch], model=MODEL)
        done = set(known.values_list("id", "sha256"))
        missing = [row for row in batch if row[:2] not in done]
        if missing:
            _store(missing)
        seen += len(batch)
        yield seen


def _store(pictures: Sequence[tuple[int, str, int]]) -> None:
    """`pictures`: id, SHA-256 and width of frames."""
    rgb = [read_thumbnail(sha256, thumbnail_sizes(width)[-1][1]) for _, sha256, width in pictures]
    rows = zip(pictures, rgb, describe_pictures(rgb), strict=True)
    _vectors().bulk_write(
        [
            ReplaceOne({"_id": id}, _row(id, sha256, picture, vector), upsert=True)
            for (id, sha256, _), picture, vector in rows
        ],
        ordered=False,
    )


def _row(id: int, sha256: str, rgb: np.ndarray, vector: np.ndarray) -> dict[str, Any]:
    luma = cv2.cvtColor(reduce(rgb), cv2.COLOR_RGB2GRAY)
    features = local_features(luma, STORED_FEATURES)
    return {
        "_id": id,
        "sha256": sha256,
        "model": MODEL,
        "vector": vector.tobytes(),
        "features": features.to_bytes(),
    }


def read_thumbnail(sha256: str, nominal: int) -> np.ndarray:
    """A frame's stored thumbnail of that name (see `thumbnail_sizes`): RGB uint8."""
    with default_storage.open(thumbnail_name(sha256, nominal, "webp")) as file:
        return np.asarray(Image.open(file).convert("RGB"))


def similar(frame_id: int, limit: int) -> list[tuple[int, float]]:
    """Visible frames that look like this one, the most alike first, with a score of 0 to 1.

    The frame itself and its duplicates are left out; the list is empty if it has no vector yet.
    Raises `VectorsNotReady`.
    """
    row = _vectors().find_one({"_id": frame_id, "model": MODEL}, {"vector": 1})
    if row is None:
        return []
    frames = _frames()
    own = frames.find_one({"_id": frame_id}, {"keeper_id": 1}) or {}
    own_keeper = own.get("keeper_id") or frame_id
    found = nearest(np.frombuffer(row["vector"], np.int8), 2 * limit + 20)
    shown = frames.find({"_id": {"$in": [id for id, _ in found]}, "status": "visible"}, {"_id": 1})
    visible = {document["_id"] for document in shown} - {own_keeper, frame_id}
    return [(id, max(0.0, cosine)) for id, cosine in found if id in visible][:limit]


def nearest(vector: np.ndarray, count: int) -> list[tuple[int, float]]:
    """Ids of frames of any status, nearest first, with their cosine. Raises `VectorsNotReady`."""
    return shared_index.nearest(vector, count)


def _vectors() -> Any:
    return connection.get_collection(FrameVector._meta.db_table)


def _frames() -> Any:
    return connection.get_collection(Frame._meta.db_table)
