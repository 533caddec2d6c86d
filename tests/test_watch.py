"""What is put into a watched folder is ingested by itself, when it is complete."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from frames.models import Episode
from tests.test_jobs import ROOT, environment

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_file_is_ingested_once_it_has_stopped_growing_and_a_bad_one_stops_nothing(
    clip: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "watched"
    folder.mkdir()
    command = [sys.executable, "manage.py", "watch", str(folder), "--settled", "0.5"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True
    ) as watch:
        try:
            (folder / "Bad - 01.mp4").write_text("no video")
            wait_for(Episode.State.FAILED)
            target, data = folder / clip.name, clip.read_bytes()
            with target.open("wb") as file:
                for part in range(6):
                    file.write(data[part * len(data) // 6 : (part + 1) * len(data) // 6])
                    file.flush()
                    time.sleep(0.3)
            assert wait_for(Episode.State.DONE).source == str(target)
        finally:
            watch.send_signal(signal.SIGINT)
            said = watch.communicate(timeout=20)[1]
            assert watch.returncode == 0
    assert "Bad - 01.mp4: is not a video" in said
    assert "Traceback" not in said
    assert Episode.objects.count() == 2


def wait_for(state: str) -> Episode:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if found := Episode.objects.filter(state=state).first():
            return found
        time.sleep(0.1)
    raise AssertionError(f"no episode became {state}")


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"gone: no such folder"):
        call_command("watch", str(tmp_path / "gone"))
