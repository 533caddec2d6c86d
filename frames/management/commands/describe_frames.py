"""`manage.py describe_frames`: frames that cannot be found by picture yet are made findable."""

import json
import sys
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from frames.models import Frame, FrameVector
from frames.vector_sync import shared_index
from frames.vectors import describe_frames


class Command(BaseCommand):
    help = "Compute the vectors that are missing, and drop those of frames that are gone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="one JSON object on standard output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        seen = 0
        for seen in describe_frames(Frame.objects.order_by("id")):
            sys.stderr.write(f"\r{seen:,} frames")
        sys.stderr.write("\n")
        removed = self._remove_orphans()
        shared_index.save_if_due()
        figures = {"frames": seen, "vectors": FrameVector.objects.count(), "removed": removed}
        if options["json"]:
            self.stdout.write(json.dumps(figures))
        else:
            self.stdout.write("{frames:,} frames, {removed:,} vectors removed".format(**figures))

    def _remove_orphans(self) -> int:
        """Delete the vectors whose frame is gone."""
        ids = FrameVector.objects.values_list("id", flat=True).iterator()
        removed = 0
        while batch := set(islice(ids, 1000)):
            gone = batch - set(Frame.objects.filter(id__in=batch).values_list("id", flat=True))
            removed += FrameVector.objects.filter(id__in=gone).delete()[0] if gone else 0
        return removed
