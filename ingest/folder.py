"""A folder of images comes in; it goes out without near-duplicates, with a report of what went.

Chunk by chunk the files are read and encoded, then like pictures are looked for among all of them,
and decided, best first. The journal knows every step, so a run that was killed
goes on where it was.
"""

import json
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from ingest.compare import WORST_BLOCK
from ingest.dedupe import Groups
from ingest.encoder import Encoder
from ingest.folder_deciding import Decisions
from ingest.folder_reading import Pictures
from ingest.folder_run import Options, Run
from ingest.image_files import find_images
from ingest.journal import Journal, Removed
from ingest.neighbours import all_pairs
from ingest.trash import Trash
from ingest.watcher import Watcher


class NoImages(Exception):
    """There is nothing to compare."""


@dataclass
class Report:
    """File names relative to the folder."""

    kept: list[str]
    removed: list[Removed]
    unreadable: list[str]
    seconds: float
    stopped: bool

    def write(self, path: Path) -> None:
        removed = [
            {"file": r.file, "keeper": r.keeper, "mse": r.mse, "why": r.why} for r in self.removed
        ]
        text = json.dumps(
            {
                "kept": self.kept,
                "removed": removed,
                "unreadable": self.unreadable,
                "seconds": round(self.seconds, 3),
                "stopped": self.stopped,
            },
            ensure_ascii=False,
            indent=1,
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.unfinished")
        unfinished.write_text(text, encoding="utf-8", errors="surrogateescape")
        unfinished.replace(path)


def default_trash(folder: Path) -> Path:
    folder = folder.resolve()
    return folder.with_name(f"{folder.name}-trash")


def open_journal(trash: Path) -> Journal:
    trash.mkdir(parents=True, exist_ok=True)
    version = f"{Encoder.load().version} {WORST_BLOCK}"
    return Journal(trash / "journal.sqlite3", version)


def restore(folder: Path, trash: Path) -> tuple[list[str], list[str]]:
    """Undo the latest run that moved something: files put back, files whose place was taken."""
    journal = open_journal(trash)
    try:
        run = journal.last_run("trashed")
        if run is None:
            return [], []
        with Log(trash / "dedupe.log") as log:
            return Trash(folder, trash, journal, run, "trash", log.note).restore()
    finally:
        journal.close()


class Log:
    """The file that names every checked and every deleted file, line by line as it happens."""

    def __init__(self, path: Path):
        self._file = path.open("a", buffering=1, encoding="utf-8", errors="surrogateescape")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()

    def note(self, line: str) -> None:
        self._file.write(f"{datetime.now().isoformat(' ', 'milliseconds')} {line}\n")


def dedupe(options: Options, watcher: Watcher | None = None) -> Report:
    """Remove the near-duplicates of a folder. Raises `NoImages`, `WorkerDied`."""
    folder, trash = options.folder, options.trash
    files = [str(path.relative_to(folder)) for path in find_images(folder, leave_out=trash)]
    journal = open_journal(trash)
    try:
        with Log(trash / "dedupe.log") as log:
            return _dedupe(Run(options, files, journal, log.note, watcher or Watcher()))
    finally:
        journal.close()


def _dedupe(run: Run) -> Report:
    options, journal = run.options, run.journal
    number = journal.start_run(options.mode, datetime.now().isoformat(" ", "seconds"))
    trash = Trash(options.folder, options.trash, journal, number, options.mode, run.note)
    trash.settle()
    if not run.files and not journal.removed(number):
        journal.finish_run(number)
        raise NoImages(f"There are no images in {options.folder}.")
    run.note(f"run {number} on {options.folder}: {len(run.files)} files ({options.mode})")
    with run.working() as workers:
        pictures = Pictures(run)
        numbers, vectors = pictures.read(workers)
        if not run.stopped:
            later, earlier, distance = all_pairs(vectors)
            groups = Groups(pictures.merit, numbers[later], numbers[earlier], distance)
            Decisions(run, pictures, groups, trash).make(workers)
    if not run.stopped:
        journal.finish_run(number)
    return _report(run, journal.removed(number))


def _report(run: Run, removed: list[Removed]) -> Report:
    unreadable = [run.files[number] for number in sorted(run.unreadable)]
    gone = {r.file for r in removed}.union(unreadable)
    kept = [name for name in run.files if name not in gone]
    return Report(kept, removed, unreadable, time.monotonic() - run.state.started, run.stopped)
