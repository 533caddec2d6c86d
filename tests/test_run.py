"""The launcher: everything starts, one line tells where, and everything stops again."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from anipic_site import mongod, run
from anipic_site.mongod import free_port

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """As on a machine where nobody has set anything, but for the folder and the port."""
    ours = {"MONGODB_URI", "SECRET_KEY", "MEDIA_ROOT", "DJANGO_SETTINGS_MODULE"}
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return {**kept, "VAR_ROOT": str(tmp_path / "var"), "PORT": str(free_port())}


class Launched:
    """A launcher that has told its address, or has ended."""

    def __init__(self, environment: dict[str, str], *arguments: str):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "anipic_site.run", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.line = self.process.stdout.readline()
        self.url = f"http://127.0.0.1:{environment['PORT']}/"

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return answer.read()

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def interrupt(self) -> str:
        """Ctrl-C; what was said on standard error."""
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=60)[1]


@pytest.fixture
def launch(environment: dict[str, str]) -> Iterator[object]:
    launched: list[Launched] = []

    def start(*arguments: str) -> Launched:
        launched.append(Launched(environment, *arguments))
        return launched[-1]

    yield start
    for one in launched:
        if one.process.poll() is None:
            one.interrupt()


@pytest.mark.slow
def test_videos_become_searchable_and_ctrl_c_stops_everything(
    launch, environment: dict[str, str], clip: Path
) -> None:
    first = launch("--videos", str(clip.parent))
    assert first.line == f"AniPic is running at {first.url} (Ctrl-C stops it)\n"
    assert first.get("healthz")
    found = json.loads(first.get("api/v1/frames/?q=series:test-clip"))
    assert found["count"] > 0
    assert first.get(found["results"][0]["image"].removeprefix(first.url))[:4] == b"RIFF"
    assert (Path(environment["VAR_ROOT"]) / "secret_key").stat().st_mode & 0o77 == 0
    children = first.children()
    assert any("mongod" in child.name() for child in children)
    assert "AniPic has stopped." in first.interrupt()
    assert first.process.returncode == 0
    assert not any(child.is_running() for child in children)

    started = time.monotonic()
    second = launch("--videos", str(clip.parent))
    assert second.line
    again = json.loads(second.get("api/v1/frames/?q=series:test-clip"))
    assert [frame["id"] for frame in again["results"]] == [f["id"] for f in found["results"]]
    assert "1 already there" in second.interrupt()
    assert time.monotonic() - started < 30


def test_a_busy_port_is_said_in_one_line_and_nothing_is_started(
    launch, environment: dict[str, str]
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", int(environment["PORT"])))
        listener.listen()
        launched = launch()
        error = launched.process.communicate(timeout=30)[1]
    assert error.count("\n") == 1
    assert environment["PORT"] in error
    assert launched.process.returncode == 1
    assert not Path(environment["VAR_ROOT"]).exists()


def test_a_setting_of_the_wrong_kind_is_named(launch, environment: dict[str, str]) -> None:
    environment["WEB_WORKERS"] = "many"
    launched = launch()
    assert "WEB_WORKERS" in launched.process.communicate(timeout=30)[1]
    assert launched.process.returncode == 1


def test_a_folder_of_videos_that_is_missing_is_named(launch) -> None:
    launched = launch("--videos", "/no/such/folder")
    assert "/no/such/folder" in launched.process.communicate(timeout=30)[1]


def test_a_server_that_lacks_a_library_is_said_in_one_line(
    launch, environment: dict[str, str], tmp_path: Path
) -> None:
    server = tmp_path / "bin" / "mongod"
    server.parent.mkdir()
    server.write_text(
        "#!/bin/sh\necho 'libcurl.so.4: cannot open shared object file' >&2\nexit 127\n"
    )
    server.chmod(0o755)
    environment["PATH"] = f"{server.parent}:{environment['PATH']}"
    launched = launch()
    error = launched.process.communicate(timeout=30)[1]
    assert error.count("\n") == 1
    assert "libcurl.so.4" in error
    assert "apt-get install" in error


def test_a_platform_without_a_server_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "fiftyone", None)
    with pytest.raises(mongod.MongodUnavailable, match="MONGODB_URI"):
        mongod.find_mongod()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount a small file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_said_in_one_line_and_nothing_is_started(
    launch, environment: dict[str, str], small_disk: Path
) -> None:
    environment["VAR_ROOT"] = str(small_disk)
    launched = launch()
    error = launched.process.communicate(timeout=30)[1]
    assert error.count("\n") == 1
    assert "disk is full" in error
    assert str(small_disk) in error
    assert not (small_disk / "mongo").exists()


def test_a_database_that_does_not_open_is_said_in_one_line_and_nothing_is_left(
    launch, environment: dict[str, str]
) -> None:
    lock = Path(environment["VAR_ROOT"]) / "mongo" / "mongod.lock"
    lock.mkdir(parents=True)  # a folder where the server wants a file
    launched = launch()
    error = launched.process.communicate(timeout=60)[1]
    assert error.count("\n") == 1
    assert "mongod stopped" in error
    assert launched.process.returncode == 1


def test_a_second_anipic_in_the_same_folder_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(run, "VAR_ROOT", tmp_path)
    with run.only_one(), pytest.raises(run.CannotRun, match="already runs"), run.only_one():
        pass
