"""A site as `make run` serves it, with a clip and some thousand frames, for tests over HTTP."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pymongo.database import Database

from tests.benchmarks.filling import database_of, fill
from tests.conftest import draw_clip
from tests.servers import ROOT, running_web

FRAMES = 1500


@dataclass(frozen=True)
class LiveSite:
    """`address` without a slash at the end; `picture` is the file of a frame of the clip."""

    address: str
    database: Database
    picture: Path


@contextmanager
def live_site(folder: Path, **settings: str) -> Iterator[LiveSite]:
    uri = os.environ["MONGODB_URI"].replace("/anipic?", f"/live_{folder.name}?")
    database = database_of(uri)
    environment = os.environ | {"MONGODB_URI": uri, "VAR_ROOT": str(folder), "SECRET_KEY": "-"}
    environment["MEDIA_ROOT"] = str(folder / "media")
    clip = folder / "Test Clip - 02.mp4"
    draw_clip(clip)
    for command in (
        ["migrate", "--verbosity=0"],
        ["collectstatic", "--noinput", "--verbosity=0"],
        ["ingest", str(clip)],
    ):
        subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=environment,
            check=True,
            capture_output=True,
        )
    fill(database, FRAMES, first_id=1001)
    try:
        with running_web(uri, folder, **settings) as address:
            picture = next((folder / "media" / "frames").rglob("*.webp"))
            yield LiveSite(address, database, picture)
    finally:
        database.client.drop_database(database.name)
