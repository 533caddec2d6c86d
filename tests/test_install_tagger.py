"""Weights from a folder and from a stand-in for the hub; whatever fails leaves what was there."""

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tagging import installed
from tagging.installed import MODELS, installed_model, last_failure, wd_tagger
from tests.onnx_models import write_model
from tests.servers import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The place where taggers are installed, empty."""
    place = tmp_path / "taggers"
    monkeypatch.setattr(installed, "FOLDER", place)
    monkeypatch.setattr(installed, "IN_USE", place / "wd.json")
    monkeypatch.setattr(installed, "FAILURE", place / "wd.failure")
    monkeypatch.setattr("tagging.management.commands.install_tagger.FAILURE", place / "wd.failure")
    monkeypatch.setattr(installed, "DOWNLOADS", place / "downloads")
    return place


def install(source: Path) -> None:
    call_command("install_tagger", "wd-vit-v3", "--from", str(source))


def test_a_folder_is_installed_and_its_hash_is_the_version(tmp_path: Path) -> None:
    source = write_model(tmp_path / "model")
    install(source)
    digest = hashlib.sha256((source / "model.onnx").read_bytes()).hexdigest()
    now = installed_model()
    assert now is not None
    assert (now.model_sha256, now.version) == (digest, f"wd-vit-v3 {digest[:8]}")
    tagger = wd_tagger()
    assert tagger is not None
    assert (tagger.name, tagger.version) == ("wd", now.version)
    tagger.check()


@pytest.mark.parametrize("fault", ["half", "labels", "absent"])
def test_what_cannot_be_used_leaves_the_old_tagger(tmp_path: Path, fault: str) -> None:
    install(write_model(tmp_path / "old"))
    before = installed_model()
    bad = write_model(tmp_path / "bad", side=12)
    if fault == "half":
        (bad / "model.onnx").write_bytes((bad / "model.onnx").read_bytes()[:300])
    elif fault == "labels":
        text = (bad / "selected_tags.csv").read_text()
        (bad / "selected_tags.csv").write_text(text.rsplit("\n", 2)[0] + "\n")
    else:
        (bad / "model.onnx").unlink()
    with pytest.raises(CommandError, match=r"wd-vit-v3: .*model\.onnx.* goes on with basic, wd"):
        install(bad)
    assert installed_model() == before
    wd_tagger().check()
    assert "goes on with basic" in last_failure()


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(CommandError, match="no model wd-v9; there is wd-vit-v3, wd-swinv2-v3"):
        call_command("install_tagger", "wd-v9")


class Hub(BaseHTTPRequestHandler):
    """What of the hub's HTTP interface a download needs; it breaks down after `left` bytes."""

    files: dict[str, bytes] = {}
    left = 10**9
    asked: list[tuple[str, str]] = []

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        wanted = self.headers.get("Range", "")
        if body:
            self.asked.append((self.path, wanted))
        content = self.files.get(self.path)
        if content is None or (body and not Hub.left):
            self.send_error(404 if content is None else 503)
            return
        start = int(wanted.removeprefix("bytes=").partition("-")[0]) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("ETag", '"' + hashlib.sha256(content).hexdigest() + '"')
        self.send_header("X-Repo-Commit", self.path.split("/")[4])
        self.send_header("Content-Length", str(len(content) - start))
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if body:
            given = content[start:][: Hub.left]
            Hub.left -= len(given)
            self.wfile.write(given)
            self.close_connection = start + len(given) < len(content)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[str]:
    """The address of a hub that has wd-vit-v3 at the pinned revision."""
    source = write_model(tmp_path / "hub", ballast=25_000_000)
    model = MODELS["wd-vit-v3"]
    prefix = f"/{model.repository}/resolve/{model.revision}/"
    names = ("model.onnx", "selected_tags.csv")
    Hub.files = {prefix + name: (source / name).read_bytes() for name in names}
    Hub.left, Hub.asked = 10**9, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def command(endpoint: str, var_root: Path, *arguments: str) -> subprocess.CompletedProcess:
    """The command in a process of its own: the hub's library reads its address once."""
    environment = os.environ | {"HF_ENDPOINT": endpoint, "VAR_ROOT": str(var_root)}
    return subprocess.run(
        [sys.executable, "manage.py", "install_tagger", "wd-vit-v3", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_download_that_was_cut_off_goes_on_where_it_stopped(hub: str, tmp_path: Path) -> None:
    Hub.left = 15_000_000  # the client writes pieces of 10 MB
    first = command(hub, tmp_path / "var")
    assert first.returncode == 1
    assert "did not give" in first.stderr
    assert "Tagging goes on with basic" in first.stderr
    assert "Traceback" not in first.stderr
    assert not (tmp_path / "var/taggers/wd.json").exists()
    Hub.left, Hub.asked = 10**9, []
    second = command(hub, tmp_path / "var")
    assert second.returncode == 0, second.stderr
    (wanted,) = [wanted for path, wanted in Hub.asked if path.endswith("model.onnx")]
    assert wanted.startswith("bytes=")
    assert wanted != "bytes=0-"
    assert (tmp_path / "var/taggers/wd.json").exists()
    assert "is installed" in second.stderr
    again = len(Hub.asked)
    assert command(hub, tmp_path / "var", "--if-missing").returncode == 0
    assert len(Hub.asked) == again


def test_a_hub_out_of_reach_is_said_in_one_line(tmp_path: Path) -> None:
    answer = command("http://127.0.0.1:9", tmp_path / "var")
    assert answer.returncode == 1
    assert len(answer.stderr.strip().splitlines()) == 1
    assert "http://127.0.0.1:9 did not give" in answer.stderr


def test_a_hub_that_lacks_the_revision_is_told_so(hub: str, tmp_path: Path) -> None:
    Hub.files = {}
    answer = command(hub, tmp_path / "var")
    assert answer.returncode == 1
    assert "did not give selected_tags.csv: " in answer.stderr
