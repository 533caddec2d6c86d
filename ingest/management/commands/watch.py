"""`manage.py watch FOLDER`: what is put into a folder becomes searchable frames."""

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from frames.lost_jobs import take_over
from ingest.library import NoVideos, find_videos
from ingest.modes import MODES
from ingest.queue import Ingest
from ingest.survey import Request

Stamp = tuple[int, int]  # size and time of change


class Command(BaseCommand):
    help = "Ingest every video that appears in a folder, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--mode", choices=MODES, default="shots", help="see `ingest`")
        parser.add_argument(
            "--settled",
            type=float,
            default=5.0,
            metavar="SECONDS",
            help="a file that has not changed for so long is complete (default: 5)",
        )

    def handle(self, *, folder: Path, mode: str, settled: float, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder}: no such folder")
        request = Request(mode, hwaccel=settings.HWACCEL)
        seen: dict[Path, Stamp] = {}  # as they were when they were ingested
        before: dict[Path, Stamp] = {}  # as they were a moment ago
        self.stderr.write(f"Watching {folder} (Ctrl-C stops it)")
        try:
            while True:
                now = stamps(folder)
                ready = [path for path in now if now[path] == before.get(path) != seen.get(path)]
                seen |= {path: now[path] for path in ready}
                self._ingest(ready, request)
                take_over()
                before = now
                time.sleep(settled)
        except KeyboardInterrupt:
            sys.exit(0)

    def _ingest(self, ready: list[Path], request: Request) -> None:
        if not ready:
            return
        run = Ingest(ready, request, None, None)
        run.follow(1, lambda done, text: None)
        for line in (*run.errors, run.summary()):
            self.stderr.write(line)


def stamps(folder: Path) -> dict[Path, Stamp]:
    """The videos in the folder as they are now; empty files are still to be written."""
    found = {}
    try:
        videos = find_videos([folder])
    except NoVideos:
        return {}
    for path in videos:
        try:
            status = path.stat()
        except OSError:  # gone again
            continue
        if status.st_size:
            found[path] = (status.st_size, status.st_mtime_ns)
    return found
