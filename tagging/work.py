"""Taggers at work: frames in order of time come in; scores, suggestions and events are stored.

Frames go through in batches and leave shot by shot, because a suggestion takes the scores of the
whole shot into account; memory holds a few batches of pictures and one shot's scores.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, islice

import numpy as np
from django.db import connection
from pymongo import UpdateOne

from frames.labels import TagRow, suggest
from frames.models import Frame, Tag, Threshold
from frames.ratings import RATINGS
from frames.verdicts import BATCH, Guard, barred_tags, now, rewrite, unguarded
from tagging.consensus import combined, one_of, suggestions
from tagging.features import describe, features_of
from tagging.marks import keeping
from tagging.models import FrameScores
from tagging.pictures import Pictures, read_ahead
from tagging.taggers import Context, Tagger
from tagging.thresholds import CHARACTER_DEFAULT, Thresholds
from tagging.words import Word, Words

PICTURES = 16  # seen by a tagger at once
NO_PICTURE = np.empty((0, 0, 3), np.uint8)  # for a tagger that does not look
LEAST = 0.1  # lower scores are not kept

Scores = dict[str, float]  # by tag


@dataclass
class Tally:
    """What a pass over frames did; `dropped` counts scores by the unknown name."""

    frames: int = 0
    changed: int = 0
    suggested: int = 0
    gone: int = 0
    dropped: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Scored:
    """A frame and its scores, by tagger and tag."""

    frame: Frame
    scores: dict[str, Scores]


def tag_frames(
    frames: Iterable[Frame],
    taggers: Sequence[Tagger],
    *,
    run: str,
    retag: bool = False,
    on_progress: Callable[[Tally, Frame], object] = lambda tally, last: None,
    guard: Guard = unguarded,
) -> Tally:
    """Suggest tags for these frames (in order of id, duplicates included).

    What a tagger of the same name and version has already scored is not scored again, unless
    `retag`. `on_progress` hears of each batch that is stored, with its last frame; `guard` may
    refuse it in its own transaction.
    """
    work = Work(taggers, run=run, retag=retag, guard=guard)
    shots: list[list[Scored]] = []
    for _, shot in groupby(work.scored(frames), lambda s: (s.frame.episode_id, s.frame.shot)):
        shots.append(list(shot))
        if sum(map(len, shots)) >= BATCH:
            work.write(shots)
            on_progress(work.tally, shots[-1][-1].frame)
            shots = []
    if shots:
        work.write(shots)
        on_progress(work.tally, shots[-1][-1].frame)
    return work.tally


class Work:
    """What does not change from frame to frame in one pass."""

    def __init__(
        self, taggers: Sequence[Tagger], *, run: str, retag: bool, guard: Guard = unguarded
    ):
        self.taggers, self.run, self.retag, self.guard = taggers, run, retag, guard
        self.tally = Tally()
        self.words = load_words()
        self.thresholds = load_thresholds()

    def scored(self, frames: Iterable[Frame]) -> Iterator[Scored]:
        """Each frame with its scores; one whose picture is gone keeps those it has."""
        planned = ((batch, batch.to_read) for batch in map(self._plan, _batches(frames)))
        for batch, pictures in read_ahead(planned):
            new = [frame for frame in batch.undescribed if frame.pk in pictures]
            batch.vectors |= describe(new, [pictures[frame.pk] for frame in new])
            for tagger in self.taggers:
                self._predict(tagger, batch, pictures)
            self.tally.gone += len(batch.to_read) - len(pictures)
            for frame in batch.frames:
                yield Scored(frame, batch.scores[frame.pk])

    def _plan(self, frames: list[Frame]) -> "Batch":
        scores: dict[int, dict[str, Scores]] = {frame.pk: {} for frame in frames}
        rows = FrameScores.objects.filter(pk__in=scores).values_list("id", "taggers")
        for pk, kept in [] if self.retag else rows:
            for tagger in self.taggers:
                if kept.get(tagger.name, {}).get("version") == tagger.version:
                    scores[pk][tagger.name] = kept[tagger.name]["own"]
        vectors = features_of(frames)
        undescribed = [frame for frame in frames if frame.pk not in vectors]
        looks = {tagger.name for tagger in self.taggers if tagger.looks}
        to_read = [f for f in frames if f.pk not in vectors or looks - scores[f.pk].keys()]
        return Batch(frames, scores, vectors, undescribed, to_read)

    def _predict(self, tagger: Tagger, batch: "Batch", pictures: Pictures) -> None:
        """Add what this tagger says of the frames that it has not scored yet."""
        at_hand = pictures if tagger.looks else batch.vectors
        frames = [
            frame
            for frame in batch.frames
            if tagger.name not in batch.scores[frame.pk] and frame.pk in at_hand
        ]
        if not frames:
            return
        images = [pictures[frame.pk] if tagger.looks else NO_PICTURE for frame in frames]
        contexts = [
            Context(frame.motion, frame.camera, batch.vectors.get(frame.pk)) for frame in frames
        ]
        predicted = tagger.predict(images, contexts)
        for frame, answer in zip(frames, predicted, strict=True):
            batch.scores[frame.pk][tagger.name] = self._translated(tagger, answer)

    def _translated(self, tagger: Tagger, answer: Mapping[str, float]) -> Scores:
        likely = {name: score for name, score in answer.items() if not score < LEAST}
        scores, dropped = self.words.translate(likely, danbooru=tagger.danbooru)
        met = {
            name
            for name in dropped
            if name in tagger.characters and likely[name] >= CHARACTER_DEFAULT
        }
        if met:
            add_characters(met)
            self.words = load_words()
            return self._translated(tagger, answer)
        self.tally.dropped += dropped
        return one_of(scores, RATINGS)

    def write(self, shots: Sequence[Sequence[Scored]]) -> None:
        """Store the scores of whole shots, and the suggestions that follow from them."""
        at = now()
        self.thresholds = load_thresholds()  # a curator may have changed one meanwhile
        self.tally.frames += sum(map(len, shots))
        said: dict[int, list[tuple[Tagger, Scores, set[str]]]] = {}
        rows = []
        for shot in shots:
            for tagger in self.taggers:
                heard = [scored for scored in shot if tagger.name in scored.scores]
                voted = combined([scored.scores[tagger.name] for scored in heard])
                for scored, votes in zip(heard, voted, strict=True):
                    own = scored.scores[tagger.name]
                    answer = self.suggested(tagger, own, votes)
                    self.tally.suggested += len(answer[0])
                    said.setdefault(scored.frame.pk, []).append((tagger, *answer))
                    rows.append(self._kept(tagger, scored.frame, own, votes))
        if rows:
            connection.get_collection(FrameScores._meta.db_table).bulk_write(rows, ordered=False)
        frames = [scored.frame for shot in shots for scored in shot]
        barred = barred_tags(frames)

        def rule(frame: Frame) -> list[TagRow]:
            rows = frame.tag_rows
            for tagger, scores, lone in said.get(frame.pk, ()):
                rows = suggest(
                    rows,
                    scores,
                    tagger=tagger.name,
                    version=tagger.version,
                    at=at,
                    barred=barred[frame.pk],
                    review=lone,
                )
            return rows

        by = ", ".join(f"{tagger.name} {tagger.version}" for tagger in self.taggers)
        self.tally.changed += rewrite(frames, rule, by=by, run=self.run, guard=self.guard)

    def suggested(self, tagger: Tagger, own: Scores, votes: Scores) -> tuple[Scores, set[str]]:
        categories = self.words.categories
        thresholds = {
            tag: self.thresholds.of(tag, categories.get(tag, ""), tagger.thresholds)
            for tag in own.keys() | votes.keys()
        }
        return suggestions(own, votes, thresholds)

    def _kept(self, tagger: Tagger, frame: Frame, own: Scores, votes: Scores) -> UpdateOne:
        kept = {"version": tagger.version, "run": self.run, "own": own, "voted": votes}
        return UpdateOne({"_id": frame.pk}, keeping(tagger.name, kept), upsert=True)


@dataclass
class Batch:
    """Some frames with what is known of them already, and whose pictures have to be read."""

    frames: list[Frame]
    scores: dict[int, dict[str, Scores]]
    vectors: dict[int, np.ndarray]
    undescribed: list[Frame]
    to_read: list[Frame]


def load_words() -> Words:
    rows = Tag.objects.values_list("name", "category", "aliases", "danbooru")
    return Words(Word(name, category, aliases, names) for name, category, aliases, names in rows)


def load_thresholds() -> Thresholds:
    tags = Tag.objects.filter(threshold__isnull=False).values_list("name", "threshold")
    return Thresholds(dict(tags), dict(Threshold.objects.values_list("category", "threshold")))


def add_characters(names: Iterable[str]) -> None:
    """Tags for characters that a tagger has met for the first time."""
    for name in names:
        Tag.objects.get_or_create(
            name=name, defaults={"category": Tag.Category.CHARACTER, "danbooru": [name]}
        )


def _batches(frames: Iterable[Frame]) -> Iterator[list[Frame]]:
    frames = iter(frames)
    while batch := list(islice(frames, PICTURES)):
        yield batch
