"""Video files come in; they are registered, handed to workers and followed to their end."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, wait
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import django

from frames.jobs import enqueue, process
from frames.models import Episode, Frame
from ingest.episodes import NotRegistered, register
from ingest.survey import Request, shots

POLL_SECONDS = 0.5
_FINISHED = (Episode.State.DONE, Episode.State.FAILED, Episode.State.UNSURE)
_COUNTS = (
    ("frames_read", "frames read"),
    ("kept", "kept"),
    ("duplicates", "duplicates"),
    ("tags", "tags"),
)

Show = Callable[[float, str], object]


class Ingest:
    """The ingest of some files. `errors` names those that failed, each with its reason."""

    def __init__(
        self, videos: list[Path], request: Request, series: str | None, episode: int | None
    ):
        self.errors: list[str] = []
        self.already = 0
        self.pks: list[Any] = []
        for index, video in enumerate(videos):
            number = None if episode is None else episode + index
            try:
                self._register(video, request, series, number)
            except (NotRegistered, OSError) as error:
                self.errors.append(str(error))

    def _register(
        self, video: Path, request: Request, series: str | None, number: int | None
    ) -> None:
        episode = register(video, series=series, number=number, request=request)
        self.pks.append(episode.pk)
        if episode.state == Episode.State.DONE:
            self.already += 1
        elif episode.state in (Episode.State.QUEUED, Episode.State.FAILED):
            enqueue(episode)

    def follow(self, workers: int, show: Show) -> None:
        """Wait until every episode is through, lending the queue's workers a hand.

        Claims decide who works on what, so this is right with any number of workers, also none.
        """
        if workers == 1:
            self._work(show)
            return
        context = get_context("spawn")
        with ProcessPoolExecutor(workers, context, initializer=django.setup) as pool:
            running: set[Future[bool]] = set()
            while waiting := self._waiting(show):
                running = {future for future in running if not future.done()}
                for episode in waiting[: workers - len(running)]:
                    running.add(pool.submit(process_by_key, str(episode.pk)))
                wait(running, timeout=POLL_SECONDS)
        self.errors += self._failures()

    def _work(self, show: Show) -> None:
        while waiting := self._waiting(show):
            if not any(process(e.pk, on_change=partial(self._waiting, show)) for e in waiting):
                time.sleep(POLL_SECONDS)
        self.errors += self._failures()

    def _episodes(self) -> list[Episode]:
        return list(Episode.objects.filter(pk__in=self.pks).select_related("series").order_by("pk"))

    def _failures(self) -> list[str]:
        failed = (e for e in self._episodes() if e.state == Episode.State.FAILED)
        return [f"{Path(e.source).name}: {e.error}" for e in failed]

    def _waiting(self, show: Show) -> list[Episode]:
        """The episodes that are not through; `show` is told the share of the work that is done."""
        episodes = self._episodes()
        lengths = [(e, e.duration or 1.0) for e in episodes]
        total = sum(length for _, length in lengths) or 1.0
        done = sum(length * (e.state in _FINISHED or e.share_done) for e, length in lengths)
        counts = (f"{sum(getattr(e, name) for e in episodes):,} {word}" for name, word in _COUNTS)
        show(done / total, ", ".join(counts))
        return [episode for episode in episodes if episode.state not in _FINISHED]

    def summary(self) -> str:
        episodes = self._episodes()
        done = sum(episode.state == Episode.State.DONE for episode in episodes) - self.already
        unsure = sum(episode.state == Episode.State.UNSURE for episode in episodes)
        frames = sum(episode.kept for episode in episodes)
        said = f"{done} ingested, {self.already} already there; {frames} frames in all."
        return said + (f" {unsure} wait in the admin to be told who they are." if unsure else "")

    def report(self) -> list[dict[str, Any]]:
        return [describe(episode) for episode in self._episodes()]


def process_by_key(pk: str) -> bool:
    return process(pk)


def describe(episode: Episode) -> dict[str, Any]:
    """The report on one episode, for JSON."""
    frames = Frame.objects.filter(episode=episode).order_by("time").values("time", "shot")
    return {
        "file": episode.source,
        "duration": episode.duration,
        "frames_decoded": episode.frames_read,
        "shots": shots(episode.shot_bounds),
        "frames": list(frames),
        "warnings": episode.warnings,
        "seconds": episode.seconds or {},
        "series": episode.series.slug,
        "season": episode.season,
        "episode": episode.number,
        "title": episode.title,
        "state": episode.state,
        "error": episode.error,
        "kept": episode.kept,
        "duplicates": episode.duplicates,
        "tags": episode.tags,
    }
