"""`manage.py ingest PATH...`: videos become searchable frames."""

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from frames.jobs import enqueue, process
from frames.models import Episode
from ingest.episodes import EpisodeTaken, register
from ingest.library import NoVideos, find_videos

POLL_SECONDS = 0.5


class Command(BaseCommand):
    help = "Ingest video files and folders of them. Safe to repeat: what is done stays done."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="video or folder")
        parser.add_argument("--json", action="store_true", help="print a report on standard output")

    def handle(self, *, paths: list[Path], json: bool, **options: Any) -> None:
        try:
            videos = find_videos(paths)
        except NoVideos as error:
            raise CommandError(str(error)) from error
        started = time.monotonic()
        errors, pks, already = self._register(videos)
        episodes = self._follow(pks)
        errors += [f"{Path(e.source).name}: {e.error}" for e in episodes if e.error]
        if json:
            self._print_report(episodes, errors, time.monotonic() - started)
        else:
            done = sum(episode.state == Episode.State.DONE for episode in episodes) - already
            frames = sum(episode.kept for episode in episodes)
            self.stderr.write(f"{done} ingested, {already} already there; {frames} frames in all.")
        if errors:
            # The reasons name their files; the videos that are fine have been ingested.
            raise CommandError("\n".join(errors))

    def _register(self, videos: list[Path]) -> tuple[list[str], list[Any], int]:
        errors, pks, already = [], [], 0
        for video in videos:
            try:
                episode = register(video)
            except (EpisodeTaken, OSError) as error:
                errors.append(str(error))
                continue
            pks.append(episode.pk)
            if episode.state == Episode.State.DONE:
                already += 1
            elif episode.state != Episode.State.RUNNING:
                enqueue(episode)
        return errors, pks, already

    def _follow(self, pks: list[Any]) -> list[Episode]:
        """Wait until every episode is done or failed, lending the workers a hand.

        Claims decide who works on what, so this is right with any number of workers, also none.
        """
        with tqdm(
            total=1.0,
            file=sys.stderr,
            bar_format="{percentage:3.0f}% |{bar}| {desc} [{elapsed}<{remaining}]",
        ) as bar:
            while True:
                episodes = self._show(bar, pks)
                unfinished = (Episode.State.QUEUED, Episode.State.RUNNING)
                waiting = [e for e in episodes if e.state in unfinished]
                if not waiting:
                    return episodes
                if not any(process(e.pk, on_change=lambda: self._show(bar, pks)) for e in waiting):
                    time.sleep(POLL_SECONDS)

    def _show(self, bar: tqdm, pks: list[Any]) -> list[Episode]:
        episodes = list(Episode.objects.filter(pk__in=pks).select_related("series").order_by("pk"))
        finished = (Episode.State.DONE, Episode.State.FAILED)
        lengths = [(e, e.duration or 1.0) for e in episodes]
        total = sum(length for _, length in lengths) or 1.0
        seen = sum(
            length if e.state in finished else min(length, e.frames_read / (e.fps or 24))
            for e, length in lengths
        )
        counts = [
            f"{sum(getattr(e, field) for e in episodes):,} {word}"
            for field, word in (
                ("frames_read", "frames read"),
                ("kept", "kept"),
                ("duplicates", "duplicates"),
                ("tags", "tags"),
            )
        ]
        bar.n = seen / total
        bar.set_description_str(", ".join(counts))
        return episodes

    def _print_report(self, episodes: list[Episode], errors: list[str], seconds: float) -> None:
        files = [
            {
                "file": e.source,
                "series": e.series.slug,
                "episode": e.number,
                "state": e.state,
                "error": e.error,
                "duration": e.duration,
                "frames_read": e.frames_read,
                "kept": e.kept,
                "duplicates": e.duplicates,
                "tags": e.tags,
            }
            for e in episodes
        ]
        report = {"files": files, "errors": errors, "seconds": round(seconds, 3)}
        self.stdout.write(json.dumps(report, ensure_ascii=False))
