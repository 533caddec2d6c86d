"""`manage.py tag PATH | --series SLUG | --all`: frames are tagged by the taggers named."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from tagging.active import NoSuchTagger, active_taggers
from tagging.models import TaggingRun
from tagging.runs import NothingToTag, enqueue, go, plan, undo

REPORTED = ("state", "frames", "done", "changed", "gone", "dropped", "error")


class Command(BaseCommand):
    help = "Tag frames that are there already. Interrupted, it goes on where it stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("path", nargs="?", type=Path, metavar="PATH", help="video or folder")
        what.add_argument("--series", metavar="SLUG", default="", help="the frames of a series")
        what.add_argument("--all", action="store_true", help="every frame")
        what.add_argument("--undo", metavar="RUN", help="take a whole run back")
        parser.add_argument(
            "--tagger", action="append", metavar="NAME", help="basic, taught, wd; else all of them"
        )
        parser.add_argument(
            "--retag", action="store_true", help="also what this version has scored before"
        )
        parser.add_argument(
            "--background", action="store_true", help="leave it to the workers of the queue"
        )
        parser.add_argument("--json", action="store_true", help="print a report on standard output")

    def handle(self, **options: Any) -> None:
        if options["undo"]:
            self._undo(options["undo"])
            return
        try:
            run = plan(
                options["tagger"] or [tagger.name for tagger in active_taggers()],
                path=options["path"],
                series=options["series"],
                retag=options["retag"],
            )
        except (NothingToTag, NoSuchTagger) as error:
            raise CommandError(str(error)) from error
        if options["background"]:
            enqueue(run)
        else:
            self._go(run)
            run.refresh_from_db()
        if options["json"]:
            report = {"run": run.pk, "taggers": run.taggers}
            report |= {name: getattr(run, name) for name in REPORTED}
            self.stdout.write(json.dumps(report))
        else:
            self.stderr.write(
                f"{run.done} of {run.frames} frames, {run.changed} changed, {run.gone} pictures "
                f"gone, {run.dropped} scores of unknown tags."
            )
            self.stderr.write(f"To undo it: manage.py tag --undo {run.pk}")
        if run.error:
            raise CommandError(run.error)

    def _go(self, run: TaggingRun) -> None:
        with tqdm(total=run.frames, initial=run.done, unit=" frames", file=sys.stderr) as bar:

            def show(run: TaggingRun) -> None:
                bar.update(run.done - bar.n)

            if not go(run.pk, show):
                raise CommandError(f"somebody else is doing this run ({run.pk})")

    def _undo(self, pk: str) -> None:
        if not TaggingRun.objects.filter(pk=pk).exists():
            raise CommandError(f"there is no run {pk}")
        self.stderr.write(f"{undo(pk, by='manage.py')} frames are as they were before.")
