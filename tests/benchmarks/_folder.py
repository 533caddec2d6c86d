"""A folder of images comes in; the report of a run on it goes out, with nothing moved."""

import tempfile
from pathlib import Path

from ingest.folder import Report, dedupe
from ingest.folder_run import Options
from ingest.watcher import Watcher


def run_folder(folder: Path, processes: int, watcher: Watcher | None = None) -> Report:
    with tempfile.TemporaryDirectory() as trash:
        return dedupe(Options(folder, Path(trash), "report", processes=processes), watcher)
