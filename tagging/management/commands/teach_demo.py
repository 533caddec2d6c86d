"""`manage.py teach_demo`: the truth about the demo's first episode teaches `taught`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from frames.models import Episode
from tagging.demo import NoTruth, teach_demo


class Command(BaseCommand):
    help = "Confirm the ground truth of the demo's first episode, learn from it, tag the second."

    def handle(self, **options: Any) -> None:
        episodes = list(
            Episode.objects.filter(series__slug="kazemachi-diary", state=Episode.State.DONE)
            .exclude(season=0)
            .order_by("number")
        )
        if not episodes:
            raise CommandError("the demo series has not been ingested (manage.py ingest_demo)")
        try:
            known = teach_demo(episodes[0], episodes[1:])
        except NoTruth as error:
            raise CommandError(str(error)) from error
        self.stderr.write(f"{known} tags taught by the truth about {episodes[0]}.")
