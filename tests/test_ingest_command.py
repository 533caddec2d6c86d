"""The command as a user calls it: what it prints, and what it needs and writes."""

import json
import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from anipic_site.mongod import free_port
from frames.models import Episode, Frame
from ingest.modes import MODES
from tests.conftest import draw_clip
from tests.test_jobs import ROOT, environment, outcome

KEYS = {"file", "duration", "frames_decoded", "shots", "frames", "warnings", "seconds"}


def ingest(*arguments: object, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "ingest", *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, timeout=120
    )


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_a_dry_run_needs_no_database_and_writes_nothing(clip: Path, tmp_path: Path) -> None:
    var = tmp_path / "var"
    var.mkdir()
    before = files_below(tmp_path)
    uri = f"mongodb://127.0.0.1:{free_port()}/nobody?directConnection=true"
    places = {"MONGODB_URI": uri, "VAR_ROOT": str(var), "MEDIA_ROOT": str(var / "media")}
    run = ingest(clip, "--dry-run", "--json", **places)
    assert run.returncode == 0, run.stderr
    (report,) = json.loads(run.stdout)["files"]
    assert report.keys() == KEYS
    assert report["file"] == str(clip)
    assert report["duration"] == pytest.approx(6.0)
    assert report["frames_decoded"] == 144
    assert [shot["start"] for shot in report["shots"]] == [0.0, 2.0, 4.0]
    assert all(shot.keys() == {"start", "end"} for shot in report["shots"])
    assert {frame["shot"] for frame in report["frames"]} == {0, 1, 2}
    assert all(frame.keys() == {"time", "shot"} for frame in report["frames"])
    assert report["seconds"].keys() >= {"probe", "decode", "choice"}
    assert files_below(tmp_path) == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("mode", MODES)
def test_an_ingest_reports_what_a_dry_run_foretells(clip: Path, mode: str) -> None:
    out = StringIO()
    call_command("ingest", str(clip), mode=mode, dry_run=True, json=True, stdout=out)
    (foretold,) = json.loads(out.getvalue())["files"]
    out = StringIO()
    call_command("ingest", str(clip), mode=mode, json=True, stdout=out)
    (report,) = json.loads(out.getvalue())["files"]
    assert report["frames"]
    assert report.keys() >= KEYS
    for key in KEYS - {"seconds"}:
        assert report[key] == foretold[key]
    assert report["seconds"].keys() >= {"decode", "choice", "link", "tag"}


@pytest.mark.django_db(transaction=True)
def test_several_workers_share_the_files_of_a_pattern(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        draw_clip(tmp_path / f"Test Clip - 0{number}.mp4", shots=number)
    pattern = tmp_path / "Test Clip - 0[12].mp4"
    reports = [
        json.loads(ingest(pattern, "--workers", "2", "--json", *more, **environment()).stdout)
        for more in (["--dry-run"], [])
    ]
    for report in reports:
        assert [Path(file["file"]).name[-6:-4] for file in report["files"]] == ["01", "02"]
        assert [len(file["shots"]) for file in report["files"]] == [1, 2]
    workers = Episode.objects.values_list("worker", flat=True)
    assert len({worker.partition(".")[0] for worker in workers}) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--mode", "frames"], "invalid choice: 'frames'"),
        (["--workers", "0"], "'0' is not a number of workers"),
        (["--interval", "never"], "'never' is not a number of seconds"),
        (["--episode", "three"], "invalid int value: 'three'"),
    ],
)
def test_an_option_that_makes_no_sense_is_named(
    clip: Path, arguments: list[str], said: str
) -> None:
    run = ingest(clip, "--dry-run", *arguments)
    assert run.returncode == 2
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def test_a_folder_without_videos_is_named(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("no video")
    run = ingest(tmp_path, "--dry-run")
    assert run.returncode == 1
    assert f"{tmp_path}: no video file in this folder" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.django_db(transaction=True)
def test_ctrl_c_leaves_the_rest_to_the_next_call(tmp_path: Path) -> None:
    path = tmp_path / "Long Clip - 01.mp4"
    draw_clip(path, shots=20)
    command = [sys.executable, "manage.py", "ingest", str(path)]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True
    ) as run:
        deadline = time.monotonic() + 60
        while not Episode.objects.filter(frames_read__gt=0).exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        assert run.stderr is not None
        said = run.stderr.read()
        assert run.wait(30) == 130
    assert "Traceback" not in said
    assert "The same command again goes on" in said
    assert Episode.objects.get().state == Episode.State.QUEUED
    assert not Frame.objects.visible().exists()
    call_command("ingest", str(path))
    assert Episode.objects.get().state == Episode.State.DONE
    assert {row["shot"] for row in outcome()} == set(range(20))
