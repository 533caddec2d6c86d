"""Links near-duplicate frames of a series to one keeper, or undoes such a run."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from frames.duplicates import NoSuchRun, record, undo
from frames.models import DedupeRun, Series
from ingest.linking import find_in_series


class Command(BaseCommand):
    help = "Find frames of a series that repeat another frame, and link them to it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--series", metavar="SLUG", help="slug of the series")
        what.add_argument("--undo", type=int, metavar="RUN", help="restore what a run linked")
        what.add_argument("--runs", action="store_true", help="list the runs that were made")
        parser.add_argument("--dry-run", action="store_true", help="only look")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, **options: Any) -> None:
        if options["undo"] is not None:
            try:
                restored = undo(options["undo"])
            except NoSuchRun as error:
                raise CommandError(str(error)) from None
            self._print(options["json"], {"restored": restored}, f"{restored} frames restored.")
        elif options["runs"]:
            self._list_runs(options["json"])
        else:
            self._link(options["series"], options["dry_run"], options["json"])

    def _link(self, slug: str, dry_run: bool, as_json: bool) -> None:
        series = Series.objects.filter(slug=slug).first()
        if series is None:
            raise CommandError(f"There is no series {slug}.")
        found = find_in_series(series)
        number = None if dry_run or not found else record(found, series).pk
        if not as_json:
            for pair in found:
                self.stdout.write(f"{pair.frame} -> {pair.keeper}: {pair.why}")
        done = "would be linked" if dry_run else "linked"
        undoing = f"; undo with: dedupe --undo {number}" if number else ""
        result = {"run": number, "duplicates": [vars(pair) for pair in found]}
        self._print(as_json, result, f"{len(found)} frames {done}{undoing}")

    def _list_runs(self, as_json: bool) -> None:
        runs = DedupeRun.objects.select_related("series", "episode").order_by("id")
        rows = [
            {
                "run": run.pk,
                "on": str(run.episode or run.series),
                "started": run.started.isoformat(timespec="seconds"),
                "frames": len(run.links),
                "undone": run.undone is not None,
            }
            for run in runs
        ]
        lines = (
            f"{row['run']}: {row['started']}, {row['on']}, {row['frames']} frames"
            f"{', undone' if row['undone'] else ''}"
            for row in rows
        )
        self._print(as_json, {"runs": rows}, "\n".join(lines) or "There are no runs.")

    def _print(self, as_json: bool, result: dict[str, Any], text: str) -> None:
        self.stdout.write(json.dumps(result) if as_json else text)
