"""`manage.py teach`: `taught` learns from all verdicts."""

import json
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from tqdm import tqdm

from tagging.lessons import teach


class Command(BaseCommand):
    help = "Learn tags from curators' verdicts, and say how well each is known."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print a report on standard output")

    def handle(self, *, json: bool, **options: Any) -> None:
        started = time.monotonic()
        with tqdm(desc="Reading verdicts", unit=" frames", file=sys.stderr) as bar:
            lesson = teach(lambda frames: bar.update(frames - bar.n))
        seconds = time.monotonic() - started
        if json:
            self._print_report(lesson, seconds)
            return
        for tag, learnt in lesson.learnt.items():
            known = "suggested" if learnt.suggests else "not yet"
            found = " ".join(
                f"{name} {share.value:.2f} ({share.low:.2f} to {share.high:.2f})"
                for name, share in (("precision", learnt.precision), ("recall", learnt.recall))
                if share
            )
            verdicts = f"{learnt.confirmed} confirmed, {learnt.rejected} rejected"
            self.stderr.write(f"{tag:24} {known:10} {verdicts}; {found}")
        self.stderr.write(
            f"{len(lesson.suggested)} of {len(lesson.learnt)} tags learnt from {lesson.frames} "
            f"frames in {seconds:.1f} s."
        )

    def _print_report(self, lesson: Any, seconds: float) -> None:
        tags = {
            tag: {
                "suggests": learnt.suggests,
                "confirmed": learnt.confirmed,
                "rejected": learnt.rejected,
                "shots": learnt.shots,
                "threshold": round(learnt.threshold, 4),
                "precision": learnt.precision and vars(learnt.precision),
                "recall": learnt.recall and vars(learnt.recall),
            }
            for tag, learnt in lesson.learnt.items()
        }
        report = {"frames": lesson.frames, "seconds": round(seconds, 3), "tags": tags}
        self.stdout.write(json.dumps(report))
