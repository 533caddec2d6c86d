"""`manage.py ingest_demo`: draw the demo series, ingest it and teach its tags."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from tqdm import tqdm

from anipic_site.environment import VAR_ROOT
from frames.models import Episode
from ingest.demo import render_demo


class Command(BaseCommand):
    help = "Draw the demo series (kept below var/), ingest it and teach tags by the truth about it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--if-empty", action="store_true", help="only if no episode has been ingested yet"
        )

    def handle(self, *, if_empty: bool, **options: Any) -> None:
        folder = VAR_ROOT / "demo"
        # An unfinished demo is finished, by whatever name it was begun.
        strangers = Episode.objects.exclude(source__startswith=f"{folder}/")
        demo_done = Episode.objects.filter(state=Episode.State.DONE).count() >= 2
        if if_empty and (strangers.exists() or demo_done):
            return
        # The delay keeps the bar away when everything has been drawn before.
        with tqdm(desc="Drawing the demo", unit=" frames", file=sys.stderr, delay=0.1) as bar:

            def show(done: int, total: int) -> None:
                bar.total, bar.n = total, done
                bar.refresh()

            videos = render_demo(folder, show)
        call_command("ingest", *map(str, videos))
        call_command("teach_demo")
