"""Removes near-duplicates from a folder of images; needs no database and no server."""

import os
from argparse import ArgumentParser, BooleanOptionalAction
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from ingest.folder import NoImages, dedupe, default_trash, restore
from ingest.folder_run import Options, WorkerDied
from ingest.judge import THRESHOLD
from ingest.watcher import State, Watcher
from ingest.window import Window, can_be_shown


class Command(BaseCommand):
    help = "Remove near-duplicate images from a folder, never one in which only a face changed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="IMAGES_FOLDER")
        parser.add_argument(
            "--chunk-size", type=int, default=5000, help="files in each chunk (%(default)s)"
        )
        parser.add_argument(
            "--threshold",
            type=float,
            default=THRESHOLD,
            help="largest mean squared error between the encoded images that counts as the same"
            " (%(default)s), on the scale of pixels with values 0-1; what differs in one place"
            " is kept however small its error",
        )
        parser.add_argument(
            "--num-processes", type=int, default=os.cpu_count() or 1, help="%(default)s"
        )
        parser.add_argument(
            "--show-gui",
            action=BooleanOptionalAction,
            help="a window that shows the work; by default where there is a display",
        )
        parser.add_argument("--dry-run", action="store_true", help="only look")
        parser.add_argument("--report", type=Path, metavar="FILE", help="write a report as JSON")
        parser.add_argument(
            "--trash", type=Path, metavar="FOLDER", help="default: IMAGES_FOLDER-trash beside it"
        )
        parser.add_argument("--delete", action="store_true", help="delete instead: no way back")
        parser.add_argument(
            "--restore", action="store_true", help="put back everything from the latest run"
        )

    def handle(self, *, folder: Path, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        for name in ("chunk_size", "num_processes"):
            if options[name] < 1:
                raise CommandError(f"--{name.replace('_', '-')} must be at least 1.")
        if options["threshold"] < 0:
            raise CommandError("--threshold must not be negative.")
        folder = folder.resolve()
        trash = (options["trash"] or default_trash(folder)).resolve()
        if trash == folder or trash in folder.parents:
            raise CommandError("The trash folder must not be the folder itself or hold it.")
        if options["restore"]:
            self._restore(folder, trash)
        else:
            self._run(folder, trash, options)

    def _restore(self, folder: Path, trash: Path) -> None:
        restored, taken = restore(folder, trash)
        for name in taken:
            self.stderr.write(f"left in the trash, there is another {name} now")
        self.stdout.write(f"{len(restored)} files restored.")

    def _run(self, folder: Path, trash: Path, options: dict[str, Any]) -> None:
        mode = "report" if options["dry_run"] else "delete" if options["delete"] else "trash"
        watcher: Watcher = Bar() if options["verbosity"] else Watcher()
        window = self._window(options["show_gui"], watcher)
        watcher = window or watcher
        wanted = Options(
            folder=folder,
            trash=trash,
            mode=mode,
            chunk_size=options["chunk_size"],
            threshold=options["threshold"],
            processes=options["num_processes"],
        )
        try:
            report = dedupe(wanted, watcher)
        except (NoImages, WorkerDied) as error:
            raise CommandError(str(error)) from None
        except OSError as error:
            raise CommandError(f"{error.filename or trash}: {error.strerror}") from error
        finally:
            if window:
                if window.problem:
                    self.stderr.write(window.problem)
                window.close()
        if options["report"]:
            report.write(options["report"])
        what = {"report": "would be removed", "trash": f"moved to {trash}", "delete": "deleted"}
        self.stdout.write(
            f"{len(report.removed)} duplicates {what[mode]}, {len(report.kept)} pictures kept, "
            f"{len(report.unreadable)} not readable, {report.seconds:.1f} s"
            f"{'; stopped' if report.stopped else ''}. Log: {trash / 'dedupe.log'}"
        )

    def _window(self, wanted: bool | None, watcher: Watcher) -> Window | None:
        """The window, if it is wanted or, without a word on it, there is a display for it."""
        if wanted is False or (wanted is None and not can_be_shown()):
            return None
        if not can_be_shown():
            self.stderr.write("There is no display for a window; the work goes on without it.")
            return None
        return Window(watcher)


class Bar(Watcher):
    """A progress bar on stderr."""

    def __init__(self) -> None:
        self._bar: tqdm | None = None
        self._phase = ""

    def changed(self, state: State) -> None:
        if self._bar is None or self._phase != state.phase:
            if self._bar is not None:
                self._bar.close()
            self._phase = state.phase
            self._bar = tqdm(total=state.total, desc=state.phase, unit=" pictures", mininterval=0.5)
        self._bar.update(state.done - self._bar.n)
        self._bar.set_postfix(
            removed=state.removed, chunk=f"{state.chunk}/{state.chunks}", refresh=False
        )
