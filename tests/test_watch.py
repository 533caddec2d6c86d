"""What is put into a watched folder is ingested by itself, when it is complete."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from frames.models import Episode
from tests.test_jobs import ROOT, environment

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_file_is_ingested_once_it_has_stopped_growing(clip: Path, tmp_path: Path) -> None:
    folder = tmp_path / "watched"
    folder.mkdir()
    command = [sys.executable, "manage.py", "watch", str(folder), "--settled", "0.5"]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=subprocess.DEVNULL) as watch:
        try:
            target, data = folder / clip.name, clip.read_bytes()
            with target.open("wb") as file:
                for part in range(6):
                    file.write(data[part * len(data) // 6 : (part + 1) * len(data) // 6])
                    file.flush()
                    time.sleep(0.3)
            deadline = time.monotonic() + 60
            while not Episode.objects.filter(state=Episode.State.DONE).exists():
                assert time.monotonic() < deadline
                time.sleep(0.1)
        finally:
            os.kill(watch.pid, signal.SIGINT)
            assert watch.wait(20) == 0
    assert Episode.objects.get().source == str(target)
