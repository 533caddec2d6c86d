"""`make run`: the settings come in, a running site goes out, until Ctrl-C stops it in order.

Starts, one after the other, the embedded MongoDB (unless `MONGODB_URI` is set), migrations, the
queue's worker, ingest and the web server. What cannot be started is said in one line, and what was
started before it is stopped again.
"""

import argparse
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import IO

from anipic_site import environment
from anipic_site.environment import BASE_DIR, HOST, MEDIA_ROOT, PORT, VAR_ROOT
from anipic_site.mongod import (
    Mongod,
    MongodUnavailable,
    free_port,
    stop_process,
    stop_with_parent,
)

MINIMUM_FREE_BYTES = 500_000_000
LOG = VAR_ROOT / "log"


class CannotRun(Exception):
    """Something that has to be there is not; the message is the one line for the user."""


def main() -> None:
    parser = argparse.ArgumentParser(description="Run AniPic on this machine.")
    parser.add_argument("--videos", type=Path, help="ingest this folder instead of the demo series")
    videos = parser.parse_args().videos
    for number in (signal.SIGINT, signal.SIGTERM):  # SIGINT, too: a shell's `&` has it ignored
        signal.signal(number, _interrupt)
    try:
        with ExitStack() as stack:
            run(stack, videos)
    except KeyboardInterrupt:
        print("AniPic has stopped.", file=sys.stderr)
    except (CannotRun, MongodUnavailable, OSError) as error:
        sys.exit(f"AniPic cannot run: {error}")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def run(stack: ExitStack, videos: Path | None) -> None:
    """Start everything, print the address, and wait until a part of it ends or Ctrl-C.

    `stack` is given what stops each part; leaving it stops them, last started first.
    """
    if videos is not None and not videos.exists():
        raise CannotRun(f"VIDEOS={videos}: no such file or folder")
    check_port()
    check_disk()
    stack.enter_context(only_one())
    parts: dict[str, subprocess.Popen] = {}
    if not environment.MONGODB_URI:
        mongod = start_mongod()
        stack.callback(mongod.stop)
        assert mongod.process is not None
        parts["mongod"] = mongod.process
    manage("migrate", "--verbosity=0", "--noinput", log="migrate.log")
    manage("load_vocabulary", log="vocabulary.log")
    manage("collectstatic", "--verbosity=0", "--noinput", log="collectstatic.log")
    parts["worker"] = start(stack, "worker", "manage.py", "qcluster")
    parts["web server"] = start(
        stack,
        "web",
        *("-m", "gunicorn", "--config", "python:anipic_site.gunicorn", "--bind", f"{HOST}:{PORT}"),
        *("--workers", str(environment.WEB_WORKERS), "--no-control-socket"),
    )
    wait_until_healthy(parts["web server"])
    # One attempt, beside the ingest; it says in one line what came of it.
    tagger = start_child("manage.py", "install_tagger", "wd-vit-v3", "--if-missing")
    stack.callback(stop_process, tagger, 5)
    ingest(stack, videos)
    print(f"AniPic is running at {address()} (Ctrl-C stops it)", flush=True)
    while True:
        for name, process in parts.items():
            if process.poll() is not None:
                raise CannotRun(f"the {name} stopped by itself; see {LOG}")
        time.sleep(0.5)


def address() -> str:
    host = "127.0.0.1" if HOST in ("0.0.0.0", "::") else HOST
    return f"http://{host}:{PORT}/"


def check_port() -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, PORT))
        except OSError as error:
            raise CannotRun(
                f"port {PORT} on {HOST} is not free ({error.strerror}); choose another: "
                "make run PORT=8001"
            ) from error


def check_disk() -> None:
    for folder in {VAR_ROOT, MEDIA_ROOT}:
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
        if free < MINIMUM_FREE_BYTES:
            raise CannotRun(
                f"the disk is full: {folder} has {free // 10**6} MB free, "
                f"{MINIMUM_FREE_BYTES // 10**6} MB are needed"
            )


@contextmanager
def only_one() -> Iterator[None]:
    """Hold the lock that keeps a second AniPic out of this folder."""
    with (VAR_ROOT / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotRun(f"another AniPic already runs in {VAR_ROOT}") from error
        yield


def start_mongod() -> Mongod:
    """On the port it had the last time if that is free; the port is kept for other commands."""
    port_file = environment.MONGOD_PORT_FILE
    mongod = Mongod(VAR_ROOT, free_port(int(port_file.read_text()) if port_file.exists() else 0))
    mongod.start()
    port_file.write_text(str(mongod.port))
    return mongod


def ingest(stack: ExitStack, videos: Path | None) -> None:
    """The user's videos, or the demo series if there is nothing yet.

    The site is open meanwhile: a library may take hours, and its first frames are there to be
    searched.
    """
    if videos:
        print(f"Ingesting {videos}; what is done can be searched at {address()}", file=sys.stderr)
    arguments = ["ingest", str(videos)] if videos else ["ingest_demo", "--if-empty"]
    process = start_child("manage.py", *arguments)
    stack.callback(stop_process, process, 30)
    # A video that cannot be read is named above; the others are there to be searched.
    if process.wait() and not videos:
        raise CannotRun("the demo series could not be ingested")


def manage(*arguments: str, log: str) -> None:
    """Run a management command whose output matters only when it fails."""
    LOG.mkdir(exist_ok=True)
    with (LOG / log).open("w") as output:
        command = [sys.executable, "manage.py", *arguments]
        if subprocess.run(command, cwd=BASE_DIR, stdout=output, stderr=output).returncode:
            last = (LOG / log).read_text().strip().splitlines()[-1:]
            raise CannotRun(f"{arguments[0]} failed: {''.join(last)}")


def start(stack: ExitStack, name: str, *arguments: str) -> subprocess.Popen:
    """A part that runs until we stop it; what it prints goes to its log."""
    LOG.mkdir(exist_ok=True)
    with (LOG / f"{name}.log").open("a") as output:
        process = start_child(*arguments, output=output)
    stack.callback(stop_process, process, 30)
    return process


def start_child(*arguments: str, output: IO[str] | None = None) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=BASE_DIR,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,  # Ctrl-C is for us: we stop the parts in order
        preexec_fn=stop_with_parent,
    )


def wait_until_healthy(web: subprocess.Popen, timeout: float = 60) -> None:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if web.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{address()}healthz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise CannotRun(f"the web server does not answer; see {LOG / 'web.log'}")


if __name__ == "__main__":
    os.chdir(BASE_DIR)
    main()
