"""`manage.py check_index`: the search index against the database, row by row."""

import json
import sys
from typing import Any

from django.core.management import BaseCommand, CommandParser

from frames.index_check import check, fix
from frames.index_sync import Follower

SHOWN = 20


class Command(BaseCommand):
    help = "Compare the search index with the database, row by row; exit status 1 if they differ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fix", action="store_true", help="put the differing frames right")
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        follower = Follower()
        try:
            report = check(follower)
            if report.differing and options["fix"]:
                fix(follower, report.differing)
        finally:
            follower.close()
        fixed = bool(report.differing) and options["fix"]
        if options["json"]:
            found = {"frames": report.frames, "differing": report.differing, "fixed": fixed}
            self.stdout.write(json.dumps(found))
        else:
            self.stdout.write(f"{report.frames:,} frames, {len(report.differing):,} differ")
            if report.differing:
                shown = ", ".join(map(str, report.differing[:SHOWN]))
                more = ", …" if len(report.differing) > SHOWN else ""
                self.stdout.write(f"{'put right' if fixed else 'differing'}: {shown}{more}")
        if report.differing and not fixed:
            sys.exit(1)
