"""Real servers for tests and benchmarks: a database and gunicorn, each on a port of its own."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anipic_site.mongod import Mongod, free_port, stop_process

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def running_mongod(folder: Path) -> Iterator[str]:
    """The URI of a MongoDB of its own, without a database name."""
    mongod = Mongod(folder, free_port())
    mongod.start()
    try:
        yield f"mongodb://127.0.0.1:{mongod.port}/{{}}?directConnection=true"
    finally:
        mongod.stop()


@contextmanager
def running_web(
    uri: str, var_root: Path, *, workers: int = 2, timeout: float = 120, **settings: str
) -> Iterator[str]:
    """The address of the site as `make run` serves it, once it answers a search."""
    port = free_port()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "anipic_site.settings",
        "MONGODB_URI": uri,
        "VAR_ROOT": str(var_root),
        "MEDIA_ROOT": str(var_root / "media"),
        "SECRET_KEY": "only-for-tests",
        **settings,
    }
    var_root.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "gunicorn", "--config", "anipic_site/gunicorn.py"]
    command += ["--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    command += ["--workers", str(workers)]
    log = var_root / "web.log"
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/api/v1/frames/?limit=1", process, timeout, log)
        yield address
    finally:
        stop_process(process, 30)


def wait_for(url: str, process: subprocess.Popen, timeout: float, log: Path) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError(f"{url} does not answer: {log.read_text()[-2000:]}")
