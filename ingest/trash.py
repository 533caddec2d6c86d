"""Duplicates come in; they go to the trash folder, away for good, or back, and the journal knows.

Each move is written down before it is made and again when it is done, so that whoever comes after
a killed run finds every file either where it was or in the trash.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ingest.journal import Journal, Removed

DONE = {"trash": "trashed", "delete": "deleted", "report": "reported"}
WORDS = {"trash": "deleted (to the trash)", "delete": "deleted", "report": "would delete"}


class Trash:
    def __init__(
        self,
        folder: Path,
        trash: Path,
        journal: Journal,
        run: int,
        mode: str,
        note: Callable[[str], object],
    ):
        """`mode` is "trash", "delete" or "report" (nothing is moved); `note` writes to the log."""
        self.folder, self.trash, self.journal = folder, trash, journal
        self.run, self.mode, self.note = run, mode, note

    def take(self, removed: Removed) -> bool:
        """Remove one duplicate; False, with nothing done, if it or its keeper has vanished."""
        source = self.folder / removed.file
        if not source.exists() or not (self.folder / removed.keeper).exists():
            return False
        self.journal.add_removed(self.run, replace(removed, state="planned"))
        self._act(removed.file)
        self._done(removed)
        return True

    def _done(self, removed: Removed) -> None:
        self.note(f"{WORDS[self.mode]} {removed.file}: {removed.why}, {removed.keeper}")
        self.journal.set_state(self.run, removed.file, DONE[self.mode])

    def settle(self) -> None:
        """Finish the moves that a killed run had planned, or forget those that it had not begun."""
        for removed in self.journal.removed(self.run):
            if removed.state != "planned":
                continue
            gone = not (self.folder / removed.file).exists()
            if gone or (self.folder / removed.keeper).exists():
                if not gone:
                    self._act(removed.file)
                self._done(removed)
            else:
                self.journal.forget_removed(self.run, removed.file)

    def restore(self) -> tuple[list[str], list[str]]:
        """Put back what the run moved: the files restored, and those whose place is taken."""
        restored, taken = [], []
        for removed in self.journal.removed(self.run):
            source, target = self._place(removed.file), self.folder / removed.file
            if removed.state not in ("trashed", "planned") or not source.exists():
                continue
            if target.exists():
                taken.append(removed.file)
                continue
            move(source, target)
            self.note(f"restored {removed.file}")
            self.journal.set_state(self.run, removed.file, "restored")
            restored.append(removed.file)
        return restored, taken

    def where(self, file: str) -> Path:
        """Where a duplicate is after `take`."""
        return self._place(file) if self.mode == "trash" else self.folder / file

    def _place(self, file: str) -> Path:
        return self.trash / f"run {self.run}" / file

    def _act(self, file: str) -> None:
        source = self.folder / file
        if self.mode == "trash":
            move(source, self._place(file))
        elif self.mode == "delete":
            source.unlink()


def move(source: Path, target: Path) -> None:
    """Rename, or across file systems copy and then unlink: at no time is there no whole copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.rename(target)
    except OSError:
        unfinished = target.with_name(f".{target.name}.unfinished")
        shutil.copy2(source, unfinished)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.replace(target)
        source.unlink()
