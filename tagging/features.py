"""The vectors that frames are known by: computed once, kept under the frame's id.

`features_of` is the accessor for whoever compares frames; what computes vectors is the setting
`FEATURES`.
"""

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string
from pymongo import ReplaceOne

from frames.models import Frame
from tagging.models import FrameFeatures
from tagging.taggers import Features


@cache
def active_features() -> Features:
    return import_string(settings.FEATURES)()


def model_name(features: Features) -> str:
    """What is kept with a vector: vectors of two models do not compare."""
    return f"{features.name} {features.version}"


def features_of(frames: Iterable[Frame]) -> dict[int, np.ndarray]:
    """The stored vectors of these frames by id (float32), as far as they are there and up to date:
    of the active model, and of the picture that the frame has now."""
    pictures = {frame.pk: frame.sha256 for frame in frames}
    rows = FrameFeatures.objects.filter(pk__in=pictures, model=model_name(active_features()))
    return {
        pk: unpack(vector)
        for pk, sha256, vector in rows.values_list("id", "sha256", "vector")
        if pictures[pk] == sha256
    }


def describe(frames: Sequence[Frame], images: Sequence[np.ndarray]) -> dict[int, np.ndarray]:
    """Compute and keep the vectors of these frames; by id."""
    if not frames:
        return {}
    features = active_features()
    vectors = [pack(vector) for vector in features.features(images)]
    rows = [
        ReplaceOne(
            {"_id": frame.pk},
            {
                "_id": frame.pk,
                "model": model_name(features),
                "sha256": frame.sha256,
                "vector": vector,
            },
            upsert=True,
        )
        for frame, vector in zip(frames, vectors, strict=True)
    ]
    connection.get_collection(FrameFeatures._meta.db_table).bulk_write(rows, ordered=False)
    # As they are read back, so that a frame is judged the same now and later.
    return {frame.pk: unpack(vector) for frame, vector in zip(frames, vectors, strict=True)}


def pack(vector: np.ndarray) -> bytes:
    """A byte for each number, after their common unit (float32, little-endian)."""
    unit = np.float32(np.abs(vector).max() / 127 or 1)
    return unit.astype("<f4").tobytes() + np.round(vector / unit).astype(np.int8).tobytes()


def unpack(content: bytes) -> np.ndarray:
    """Float32."""
    return np.frombuffer(content, np.int8, offset=4) * np.frombuffer(content, "<f4", count=1)
