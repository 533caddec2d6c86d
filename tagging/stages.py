"""The tagging stage of an episode: its stored frames come in, suggested tags go out."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from django.conf import settings
from django.core.files.storage import default_storage
from django.utils.module_loading import import_string
from PIL import Image

from frames.jobs import Progress
from frames.labels import suggest
from frames.models import Episode, Frame, Tag
from tagging.taggers import Tagger

BATCH = 16
THRESHOLD = 0.5


def tag(episode: Episode, progress: Progress) -> None:
    """Suggest tags for every frame of the episode, duplicates included, by every tagger set."""
    taggers: list[Tagger] = [import_string(name)() for name in settings.TAGGERS]
    for tagger in taggers:
        add_to_vocabulary(tagger)
    frames = Frame.objects.filter(episode=episode).order_by("id")
    written = 0
    for batch in _batches(frames.iterator(chunk_size=BATCH)):
        images = [_image(frame) for frame in batch]
        for tagger in taggers:
            _suggest(tagger, batch, images)
        written += sum(len(frame.labels) for frame in batch)
        progress.update(tags=written)


def add_to_vocabulary(tagger: Tagger) -> None:
    """Make the tags that the tagger may suggest; those that exist stay as curators left them."""
    for name, (category, description) in tagger.vocabulary.items():
        Tag.objects.get_or_create(
            name=name, defaults={"category": category, "description": description}
        )


def _suggest(tagger: Tagger, frames: Sequence[Frame], images: Sequence[np.ndarray]) -> None:
    scores = tagger.predict(images, [frame.motion for frame in frames])
    for frame, scored in zip(frames, scores, strict=True):
        sure = {tag: score for tag, score in scored.items() if score >= THRESHOLD}
        while not frame.save_tags(
            suggest(frame.tag_rows, sure, tagger=tagger.name, version=tagger.version)
        ):
            frame.refresh_from_db(fields=["tags", "labels", "revision"])


def _image(frame: Frame) -> np.ndarray:
    with default_storage.open(frame.image) as file:
        return np.asarray(Image.open(file).convert("RGB"))


def _batches(frames: Iterator[Frame]) -> Iterator[list[Frame]]:
    while batch := list(islice(frames, BATCH)):
        yield batch
