"""`manage.py check_media`: are the pictures' files there, and is there nothing else?"""

import json as json_module
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ingest.media import Busy, check, fix


class Command(BaseCommand):
    help = "Find files that no frame uses, and frames whose files are missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--fix", action="store_true", help="remove the former, make the latter again"
        )
        parser.add_argument("--json", action="store_true", help="print a report on standard output")

    def handle(self, *, fix: bool, json: bool, **options: Any) -> None:
        found = check()
        done: list[str] = []
        if fix:
            try:
                done = _fix(found)
            except Busy as error:
                raise CommandError(str(error)) from error
        if json:
            report = {"orphans": found.orphans, "missing": found.missing, "fixed": done}
            self.stdout.write(json_module.dumps(report))
        else:
            for name in found.orphans:
                self.stderr.write(f"no frame uses {name}")
            for name in found.missing:
                self.stderr.write(f"missing: {name}")
            for line in done:
                self.stderr.write(line)
            self.stderr.write(f"{len(found.orphans)} orphans, {len(found.missing)} missing files.")
        if found.missing and not fix:
            raise CommandError(f"{len(found.missing)} files are missing")


_fix = fix
