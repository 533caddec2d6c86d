"""A pytest plug-in: a real mongod of the tests' own, started before Django reads its settings."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import pytest


def _start() -> None:
    folder = Path(tempfile.mkdtemp(prefix="anipic-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["VAR_ROOT"] = str(folder)
    os.environ["MEDIA_ROOT"] = str(folder / "media")
    os.environ["SECRET_KEY"] = "only-for-tests"
    from anipic_site.environment import embedded_uri
    from anipic_site.mongod import Mongod, free_port

    mongod = Mongod(folder, free_port())
    mongod.start()
    atexit.register(mongod.stop)
    os.environ["MONGODB_URI"] = embedded_uri(mongod.port)
    import anipic_site.environment as environment

    environment.MONGODB_URI = os.environ["MONGODB_URI"]


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    _start()
