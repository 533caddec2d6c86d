"""Rows made straight from pictures, for tests that need frames but no video."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from frames.files import image_name, thumbnail_name
from frames.ids import next_ids
from frames.models import Episode, Frame, Series
from ingest.dedupe import phash
from ingest.pictures import encode
from ingest.video import read_pictures


def make_series(title: str = "Test Series") -> Series:
    slug = title.lower().replace(" ", "-")
    return Series.objects.get_or_create(slug=slug, defaults={"title": title})[0]


def make_episode(series: Series | None = None, number: int = 1) -> Episode:
    series = series or make_series()
    defaults = {"source": f"{series.slug} {number}.mkv", "sha256": f"{number:064}", "bytes": 1}
    defaults["state"] = Episode.State.DONE
    return Episode.objects.get_or_create(series=series, number=number, defaults=defaults)[0]


def make_frame(
    picture: np.ndarray, episode: Episode | None = None, *, time: float = 0.0, **fields: Any
) -> Frame:
    """A visible frame with its files; `picture` is RGB uint8."""
    episode = episode or make_episode()
    files = encode(picture)
    default_storage.save(image_name(files.sha256), ContentFile(files.image))
    for (width, kind), content in files.thumbnails.items():
        default_storage.save(thumbnail_name(files.sha256, width, kind), ContentFile(content))
    values = {
        "id": next_ids("frame", 1),
        **episode.carried(),
        "time": time,
        "pts": round(time * 1000),
        "shot": int(time),
        "motion": 0.0,
        "image": image_name(files.sha256),
        "width": picture.shape[1],
        "height": picture.shape[0],
        "bytes": len(files.image),
        "sha256": files.sha256,
        "phash": phash(picture),
        "placeholder": files.placeholder,
    }
    return Frame.objects.create(**values | fields)


def make_bare_frame(id: int, episode: Episode | None = None, **fields: Any) -> Frame:
    """A visible frame without files, for tests that do not look at it."""
    episode = episode or make_episode()
    values = {
        **episode.carried(),
        "time": float(id),
        "pts": id,
        "shot": 0,
        "motion": 0.01,
        "image": f"frames/none-{id}.webp",
        "width": 64,
        "height": 36,
        "bytes": 1,
        "sha256": f"{id:064}",
        "phash": id,
        "placeholder": "",
    }
    return Frame.objects.create(id=id, **values | fields)


def pictures_of(video: Path, *, every: float, most: int) -> Iterator[tuple[float, np.ndarray]]:
    """(time in seconds, RGB picture) of a video, `every` so many seconds."""
    due, given = 0.0, 0
    for picture in read_pictures(video):
        if picture.time >= due:
            yield picture.time, picture.image()
            due += every
            given += 1
            if given == most:
                return


def texture(seed: int, size: tuple[int, int] = (180, 320)) -> np.ndarray:
    """A picture unlike that of any other seed: coarse random patches, smoothly mixed."""
    coarse = np.random.default_rng(seed).integers(0, 256, (9, 16, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize(size[::-1], Image.Resampling.BICUBIC))


def ids(frames: Sequence[Frame]) -> list[int]:
    return [frame.pk for frame in frames]
