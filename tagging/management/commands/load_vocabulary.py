"""`manage.py load_vocabulary`: the shipped tags go into the database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from frames.implications import TagCycle
from tagging.loading import load_vocabulary
from tagging.vocabulary import BadVocabulary


class Command(BaseCommand):
    help = "Load the shipped vocabulary. Safe to repeat: what curators edited stays."

    def handle(self, **options: Any) -> None:
        try:
            counts = load_vocabulary()
        except (BadVocabulary, TagCycle) as error:
            raise CommandError(str(error)) from error
        self.stderr.write(
            "{made} tags made, {updated} updated, {kept} kept as curators left them.".format(
                **counts
            )
        )
