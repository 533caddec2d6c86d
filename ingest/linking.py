"""The duplicates stage of an episode: its stored frames come in, repeated ones are linked.

A frame is compared with all others of all episodes and series that look like it. One that is
published already stays what it is; of the new ones the best is kept.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np
from django.core.files.storage import default_storage

from frames.duplicates import Found, kept_apart, record
from frames.jobs import Progress, check_claim
from frames.models import Episode, EpisodeSketches, Frame, Series
from ingest.dedupe import Groups
from ingest.encoder import Encoder
from ingest.image_files import UnreadableImage, read_image
from ingest.judge import Judge, Sketch, Verdict, merit, sketch
from ingest.neighbours import BLOCK, all_pairs, near, nearest
from ingest.stages import in_parallel

logger = logging.getLogger(__name__)

THREADS = 2  # one episode at a time is in a worker, and workers are processes
REMEMBERED = 500  # sketches in memory: 130 MB


@dataclass(frozen=True)
class Sketches:
    """Frames by number: ids int64, vectors float16 (n, 64), merits float32."""

    ids: np.ndarray
    vectors: np.ndarray
    merits: np.ndarray

    def of(self, ids: Iterable[int]) -> "Sketches":
        chosen = np.isin(self.ids, list(ids))
        return Sketches(self.ids[chosen], self.vectors[chosen], self.merits[chosen])


def link(episode: Episode, progress: Progress) -> None:
    """Find what the episode's new frames repeat. Done again, it finds the same again."""
    frames = Frame.objects.filter(episode=episode)
    finder = Finder(progress.update)
    own = finder.sketches(episode, again=True)
    linked = dict(frames.filter(status=Frame.Status.DUPLICATE).values_list("pk", "keeper_id"))
    new = {*linked, *frames.filter(status=Frame.Status.PENDING).values_list("pk", flat=True)}
    found = finder.find(own, new - kept_apart(new))
    check_claim(episode)
    other = linked.items() - {(pair.frame, pair.keeper) for pair in found}
    frames.filter(pk__in=[pk for pk, _ in other], status=Frame.Status.DUPLICATE).update(
        status=Frame.Status.PENDING, keeper_id=None, distance=None, why=""
    )
    record(found, episode.series, episode)
    progress.update(kept=frames.count() - len(found), duplicates=len(found))


def find_in_series(series: Series) -> list[Found]:
    """What is the same among the published frames of a series, or repeats another series."""
    finder = Finder()
    episodes = [
        finder.sketches(episode)
        for episode in Episode.objects.filter(series=series, state=Episode.State.DONE)
    ]
    if not episodes:
        return []
    columns = zip(*((e.ids, e.vectors, e.merits) for e in episodes), strict=True)
    own = Sketches(*(np.concatenate(column) for column in columns))
    shown = set(Frame.objects.visible().filter(series=series).values_list("pk", flat=True))
    return finder.find(own, shown - kept_apart(shown))


class Finder:
    """Compares frames of the library; what it has read of pictures it remembers for a while."""

    def __init__(self, on_step: Callable[[], object] = lambda: None) -> None:
        """`on_step` hears, every few pictures, that it gets on."""
        self._on_step = on_step
        self.encoder = Encoder.load()
        self._judge = Judge(self.encoder)
        self._remembered: OrderedDict[int, Sketch] = OrderedDict()
        self._lock = Lock()

    def sketches(self, episode: Episode, *, again: bool = False) -> Sketches:
        """Those stored of an episode; made and stored first if there are none, or `again`."""
        version = self.encoder.version
        stored = EpisodeSketches.objects.filter(episode=episode, version=version).first()
        if stored is None or again:
            made = self._make(Frame.objects.filter(episode=episode).order_by("id"))
            EpisodeSketches.objects.update_or_create(
                episode=episode,
                defaults={
                    "version": version,
                    "ids": made.ids.tobytes(),
                    "vectors": made.vectors.tobytes(),
                    "merits": made.merits.tobytes(),
                },
            )
            return made
        return _unpacked(stored)

    def _make(self, frames: Iterable[Frame]) -> Sketches:
        def look(frame: Frame) -> tuple[int, np.ndarray, float] | None:
            try:
                found = self._sketch(frame.pk, frame.image)
            except UnreadableImage as error:
                logger.warning("frame %s is not compared: %s", frame.pk, error.reason)
                return None
            vector = self.encoder.vectors(found.rgb[None])[0]
            return frame.pk, vector, merit(found.luma, (frame.width, frame.height))

        rows = []
        for row in in_parallel(look, frames, workers=THREADS):
            self._on_step()
            rows += [row] if row else []
        ids, vectors, merits = zip(*rows, strict=True) if rows else ((), (), ())
        return Sketches(
            np.array(ids, np.int64),
            np.array(vectors, np.float16).reshape(len(rows), -1),
            np.array(merits, np.float32),
        )

    def find(self, own: Sketches, undecided: set[int]) -> list[Found]:
        """Which of the undecided frames (ids, among `own`) are duplicates of which others."""
        movable = own.of(undecided)
        if not len(movable.ids):
            return []
        first, second, distance = _candidates(own, movable, self.encoder.version)
        established = _published(set(second.tolist()) - undecided)
        known = np.isin(second, [*undecided, *established])
        first, second, distance = first[known], second[known], distance[known]

        ids = np.concatenate([movable.ids, np.array(sorted(established), np.int64)])
        number = {int(pk): place for place, pk in enumerate(ids)}
        merits = np.full(len(ids), np.inf)
        merits[: len(movable.ids)] = movable.merits
        pairs = [np.array([number[int(pk)] for pk in side], np.int64) for side in (first, second)]
        groups = Groups(merits, pairs[0], pairs[1], distance)
        images = dict(Frame.objects.filter(pk__in=ids.tolist()).values_list("pk", "image"))
        return list(self._decide(groups, ids, images))

    def _decide(self, groups: Groups, ids: np.ndarray, images: dict[int, str]) -> Iterator[Found]:
        def judged(place: int) -> tuple[int, int, Verdict] | None:
            frame = int(ids[place])
            for keeper in groups.keepers(place):
                try:
                    other = int(ids[keeper])
                    asked = self._sketch(frame, images[frame])
                    verdict = self._judge.verdict(self._sketch(other, images[other]), asked)
                except (UnreadableImage, KeyError):
                    continue
                if verdict.same:
                    return place, keeper, verdict
            return None

        with ThreadPoolExecutor(THREADS) as pool:
            while groups.ready:
                places = list(groups.ready)
                groups.ready.clear()
                for place, answer in zip(places, pool.map(judged, places), strict=True):
                    self._on_step()
                    groups.decide(place, answer[1] if answer else None)
                    if answer:
                        _, keeper, verdict = answer
                        yield Found(int(ids[place]), int(ids[keeper]), verdict.mse, verdict.why)

    def _sketch(self, pk: int, image: str) -> Sketch:
        with self._lock:
            if pk in self._remembered:
                self._remembered.move_to_end(pk)
                return self._remembered[pk]
        try:
            with default_storage.open(image) as file:
                found = sketch(read_image(Path(image), file)[0])
        except OSError as error:
            raise UnreadableImage(Path(image), error.strerror or str(error)) from error
        with self._lock:
            self._remembered[pk] = found
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return found


def _candidates(
    own: Sketches, movable: Sketches, version: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ids of movable frames and of frames like them, anywhere, and their distances."""
    later, earlier, distance = all_pairs(own.vectors)
    first, second = own.ids[later], own.ids[earlier]
    turn = ~np.isin(first, movable.ids)  # the movable one comes first
    first, second = np.where(turn, second, first), np.where(turn, first, second)
    kept = np.isin(first, movable.ids)
    parts = [(first[kept], second[kept], distance[kept])]
    for others in _blocks(version):
        query, place, away = near(movable.vectors, others.vectors)
        foreign = ~np.isin(others.ids[place], own.ids)
        parts.append((movable.ids[query[foreign]], others.ids[place[foreign]], away[foreign]))
    firsts, seconds, distances = (np.concatenate(part) for part in zip(*parts, strict=True))
    return nearest(firsts, seconds, distances)


def _blocks(version: str) -> Iterator[Sketches]:
    """All stored sketches, some thousand at a time: memory does not grow with the library."""
    waiting: list[Sketches] = []
    for stored in EpisodeSketches.objects.filter(version=version).iterator(chunk_size=16):
        waiting.append(_unpacked(stored))
        if sum(len(part.ids) for part in waiting) >= BLOCK:
            yield _joined(waiting)
            waiting = []
    if waiting:
        yield _joined(waiting)


def _joined(parts: Sequence[Sketches]) -> Sketches:
    columns = zip(*((part.ids, part.vectors, part.merits) for part in parts), strict=True)
    return Sketches(*(np.concatenate(column) for column in columns))


def _unpacked(stored: EpisodeSketches) -> Sketches:
    ids = np.frombuffer(stored.ids, np.int64)
    vectors = np.frombuffer(stored.vectors, np.float16)
    return Sketches(ids, vectors.reshape(len(ids), -1), np.frombuffer(stored.merits, np.float32))


def _published(ids: Iterable[int]) -> set[int]:
    """Those that stay what they are: shown, or hidden for what they show."""
    statuses = [Frame.Status.VISIBLE, Frame.Status.HIDDEN]
    return set(
        Frame.objects.filter(pk__in=list(ids), status__in=statuses).values_list("pk", flat=True)
    )
