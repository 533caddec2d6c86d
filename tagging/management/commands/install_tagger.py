"""`manage.py install_tagger NAME`: weights of the WD family are fetched, checked and used."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tagging.active import active_taggers
from tagging.installed import FAILURE, MODELS, CannotInstall, install, installed_model


class Command(BaseCommand):
    help = (
        "Install a tagger of the WD v3 family; the one in use stays until the new one is checked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME", help=", ".join(MODELS))
        parser.add_argument(
            "--from",
            dest="folder",
            type=Path,
            metavar="FOLDER",
            help="a folder with model.onnx and selected_tags.csv, instead of the hub",
        )
        parser.add_argument(
            "--if-missing", action="store_true", help="only if no tagger of the family is installed"
        )

    def handle(self, *, name: str, folder: Path | None, if_missing: bool, **options: Any) -> None:
        if if_missing:
            if installed_model():
                return
            # Nobody waits for this one: `make run` does it beside the ingest, which has a bar.
            os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        try:
            installed = install(name, folder)
        except CannotInstall as error:
            rest = ", ".join(tagger.name for tagger in active_taggers())
            message = f"{error}. Tagging goes on with {rest}."
            FAILURE.parent.mkdir(parents=True, exist_ok=True)
            FAILURE.write_text(message)
            raise CommandError(message) from error
        self.stderr.write(f"{installed.version} is installed (from {installed.source}).")
