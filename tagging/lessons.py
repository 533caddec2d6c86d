"""`taught` learns: curators' verdicts in the database come in, heads and what they are worth go
back into it, and the tagger that listens to the good ones goes out.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import connection
from pymongo.client_session import ClientSession

from frames.labels import CONFIRMED, CURATOR, REJECTED, SUGGESTED, TagRow
from frames.models import Frame, Measured, Tag, TagEvent
from frames.verdicts import implied_tags, now
from tagging.features import active_features, describe, features_of, model_name
from tagging.models import Head
from tagging.pictures import read_ahead
from tagging.taggers.learning import Learnt, Verdicts, learn
from tagging.taggers.measure import Share
from tagging.taggers.taught import TaughtTagger, packed

BATCH = 64
GROUND_TRUTH = "ground truth"  # what knows the demo, because it drew it
OWN_WORD = (CURATOR, GROUND_TRUTH)  # rows that no tagger had suggested

Vectors = dict[int, np.ndarray]


@dataclass(frozen=True)
class Lesson:
    """What a lesson came to, by tag."""

    frames: int
    learnt: dict[str, Learnt]

    @property
    def suggested(self) -> list[str]:
        return [tag for tag, learnt in self.learnt.items() if learnt.suggests]


def teach(on_progress: Callable[[int], object] = lambda frames: None) -> Lesson:
    """Learn every tag that has verdicts, from all verdicts there are."""
    tags, verdicts = read_verdicts(on_progress)
    learnt = dict(zip(tags, learn(verdicts), strict=True)) if tags else {}
    lesson = Lesson(len(verdicts.vectors), learnt)
    _keep(lesson)
    count_verdicts()
    return lesson


def read_verdicts(on_progress: Callable[[int], object]) -> tuple[list[str], Verdicts]:
    """The tags that were judged, and every judged frame with its vector.

    A confirmed tag confirms what it implies. Frames whose picture is gone teach nothing.
    """
    implied = implied_tags()
    states: list[dict[str, int]] = []
    vectors: list[np.ndarray] = []
    places: list[tuple[str, int]] = []  # episode, shot
    for frame, vector in _described(judged_frames()):
        on_progress(len(vectors) + 1)
        states.append(_states(frame.tag_rows, implied))
        vectors.append(vector)
        places.append((str(frame.episode_id), frame.shot))
    tags = sorted({tag for judged in states for tag in judged})
    columns = {tag: column for column, tag in enumerate(tags)}
    matrix = np.zeros((len(states), len(tags)), np.int8)
    for row, judged in enumerate(states):
        for tag, state in judged.items():
            matrix[row, columns[tag]] = state
    episodes = np.unique([episode for episode, _ in places], return_inverse=True)[1]
    shots = np.array([shot for _, shot in places], np.int64)
    features = active_features()
    table = np.stack(vectors) if vectors else np.empty((0, features.size), np.float32)
    return tags, Verdicts(table, matrix, shots, episodes, features.layout)


def judged_frames() -> Iterator[list[Frame]]:
    """Frames with verdicts, a batch at a time; the journal knows them, no frame is searched."""
    ids = TagEvent.objects.filter(run="").order_by().values_list("frame_id", flat=True).distinct()
    ordered = sorted(ids)
    for start in range(0, len(ordered), BATCH):
        frames = Frame.objects.filter(pk__in=ordered[start : start + BATCH]).order_by("id")
        yield [frame for frame in frames if any(row.state != SUGGESTED for row in frame.tag_rows)]


def _states(rows: list[TagRow], implied: Mapping[str, Collection[str]]) -> dict[str, int]:
    confirmed = {row.tag for row in rows if row.state == CONFIRMED}
    confirmed = confirmed.union(*(implied.get(tag, ()) for tag in confirmed))
    rejected = {row.tag for row in rows if row.state == REJECTED}
    return dict.fromkeys(confirmed, 1) | dict.fromkeys(rejected, -1)


def _described(batches: Iterable[list[Frame]]) -> Iterator[tuple[Frame, np.ndarray]]:
    """Each frame with its vector, computed where it is not there yet."""

    def missing(frames: list[Frame]) -> tuple[tuple[list[Frame], Vectors], list[Frame]]:
        known = features_of(frames)
        return (frames, known), [frame for frame in frames if frame.pk not in known]

    for (frames, known), pictures in read_ahead(map(missing, batches)):
        new = [frame for frame in frames if frame.pk in pictures]
        vectors = known | describe(new, [pictures[frame.pk] for frame in new])
        for frame in frames:
            if frame.pk in vectors:
                yield frame, vectors[frame.pk]


def _keep(lesson: Lesson) -> None:
    """Replace the heads by those of this lesson, and write on each tag what it is worth."""
    good = {tag: learnt for tag, learnt in lesson.learnt.items() if learnt.suggests}
    tables = {tag: packed(head).astype("<f4").tobytes() for tag, head in good.items()}
    digest = hashlib.sha256(repr([(tag, good[tag].threshold) for tag in good]).encode())
    for table in tables.values():
        digest.update(table)
    heads = [
        {
            "tag": tag,
            "model": model_name(active_features()),
            "version": digest.hexdigest()[:8],
            "weights": tables[tag],
            "threshold": good[tag].threshold,
        }
        for tag in good
    ]

    def replace(session: ClientSession) -> None:
        collection = connection.get_collection(Head._meta.db_table)
        collection.delete_many({}, session=session)
        if heads:
            collection.insert_many(heads, session=session)

    with connection.connection.start_session() as session:
        session.with_transaction(replace)
    at = now()
    for tag, learnt in lesson.learnt.items():
        Tag.objects.filter(name=tag).update(measured=_measured(learnt, at))


def _measured(learnt: Learnt, at: datetime) -> Measured:
    def bounds(name: str, share: Share | None) -> dict[str, float]:
        if share is None:
            return {}
        return {name: share.value, f"{name}_low": share.low, f"{name}_high": share.high}

    return Measured(
        examples=learnt.confirmed,
        counterexamples=learnt.rejected,
        shots=learnt.shots,
        suggests=learnt.suggests,
        at=at,
        **bounds("precision", learnt.precision),
        **bounds("recall", learnt.recall),
    )


def taught_tagger() -> TaughtTagger | None:
    """The tagger of the last lesson, or None if no tag is known well enough."""
    features = active_features()
    heads = list(Head.objects.filter(model=model_name(features)).order_by("tag"))
    if not heads:
        return None
    return TaughtTagger(
        features,
        {head.tag: head.threshold for head in heads},
        {head.tag: np.frombuffer(head.weights, "<f4") for head in heads},
        version=heads[0].version,
    )


def count_verdicts() -> None:
    """Note on each tag how many suggestions of taggers curators have confirmed and rejected."""
    counts: dict[str, Counter[str]] = {}
    for frames in judged_frames():
        for frame in frames:
            for row in frame.tag_rows:
                if row.state != SUGGESTED and row.tagger not in OWN_WORD:
                    counts.setdefault(row.tag, Counter())[row.state] += 1
    for tag, count in counts.items():
        Tag.objects.filter(name=tag).update(confirmed=count[CONFIRMED], rejected=count[REJECTED])
