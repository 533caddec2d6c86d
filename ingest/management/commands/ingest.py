"""`manage.py ingest PATH...`: videos become searchable frames."""

import json as json_module
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from ingest.library import NoVideos, find_videos
from ingest.modes import MODES
from ingest.survey import Request, survey

POLL_SECONDS = 0.5


class Command(BaseCommand):
    help = "Ingest video files and folders of them. Safe to repeat: what is done stays done."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths", nargs="+", metavar="PATH", help="video file, folder or pattern (*.mkv)"
        )
        parser.add_argument(
            "--mode", choices=MODES, default="shots", help="how frames are chosen (default: shots)"
        )
        parser.add_argument(
            "--interval",
            type=_seconds,
            default=10.0,
            metavar="SECONDS",
            help="with --mode interval: the time between frames (default: 10)",
        )
        parser.add_argument("--series", help="title of the series, whatever the names say")
        parser.add_argument(
            "--episode", type=int, help="number of the episode (of the first, if there are more)"
        )
        parser.add_argument(
            "--workers", type=_count, default=1, help="videos worked on at a time (default: 1)"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="only look: no database, no picture written"
        )
        parser.add_argument("--json", action="store_true", help="print a report on standard output")

    def handle(self, **options: Any) -> None:
        try:
            self._ingest(**options)
        except KeyboardInterrupt:
            advice = "Stopped. The same command again goes on with what is left."
            raise CommandError(advice, returncode=130) from None

    def _ingest(self, *, paths: list[str], workers: int, json: bool, **options: Any) -> None:
        try:
            videos = find_videos(paths)
        except NoVideos as error:
            raise CommandError(str(error)) from error
        request = Request(options["mode"], options["interval"], settings.HWACCEL)
        started = time.monotonic()
        if options["dry_run"]:
            files = self._survey(videos, request, workers)
            errors = [f"{Path(f['file']).name}: {f['error']}" for f in files if "error" in f]
            said = f"{len(files)} videos, {sum(len(f['frames']) for f in files)} frames chosen."
        else:
            from ingest.queue import Ingest  # needs a database

            run = Ingest(videos, request, options["series"], options["episode"])
            with _Bar() as bar:
                run.follow(workers, bar.show)
            files, errors, said = run.report(), run.errors, run.summary()
        if json:
            seconds = round(time.monotonic() - started, 3)
            report = {"files": files, "errors": errors, "seconds": seconds}
            self.stdout.write(json_module.dumps(report, ensure_ascii=False))
        else:
            self.stderr.write(said)
        if errors:
            # The reasons name their files; the videos that are fine have been ingested.
            raise CommandError("\n".join(errors))

    def _survey(self, videos: list[Path], request: Request, workers: int) -> list[dict[str, Any]]:
        with _Bar() as bar:
            if workers == 1:
                return [
                    survey(video, request, partial(_show_part, bar, index, len(videos)))
                    for index, video in enumerate(videos)
                ]
            context = get_context("spawn")
            with ProcessPoolExecutor(workers, context, initializer=django.setup) as pool:
                files = []
                for report in pool.map(survey, videos, [request] * len(videos)):
                    files.append(report)
                    bar.show(len(files) / len(videos))
                return files


class _Bar(tqdm):
    """A bar from 0 to 1 with the time that is left; it is drawn a few times a second."""

    def __init__(self) -> None:
        super().__init__(
            total=1.0,
            file=sys.stderr,
            bar_format="{percentage:3.0f}% |{bar}| {desc} [{elapsed}<{remaining}]",
        )
        self.drawn = 0.0

    def show(self, done: float, text: str = "") -> None:
        now = time.monotonic()
        if now - self.drawn >= 0.2 or done >= 1:
            self.drawn = now
            self.n = round(min(done, 1.0), 4)
            self.set_description_str(text)


def _show_part(bar: _Bar, index: int, videos: int, part: float) -> None:
    bar.show((index + part) / videos)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.01 <= seconds < float("inf"):
        raise ArgumentTypeError(f"{text!r} is not a number of seconds from 0.01 on")
    return seconds


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is not a number of workers from 1 on")
    return int(text)
