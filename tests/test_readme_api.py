"""The README's examples of clients do what they say, run as they stand."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
from PIL import Image

from tests.live import LiveSite
from tests.test_readme import section


def example(language: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", section("The API"), re.DOTALL)
    assert len(blocks) == 1
    return blocks[0]


def run(command: list[str], live: LiveSite, folder: Path) -> str:
    Image.open(live.picture).save(folder / "screenshot.png")
    environment = os.environ | {"ANIPIC": live.address}
    ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def wait_until_searchable(live: LiveSite, count: int) -> None:
    """Both processes' indexes follow the database within two seconds."""
    agreed, deadline = 0, time.monotonic() + 10
    while agreed < 20 and time.monotonic() < deadline:
        with urlopen(f"{live.address}/api/v1/frames/?q=night&limit=1") as answer:
            agreed = agreed + 1 if json.load(answer)["count"] == count else 0


def test_the_curl_example(live: LiveSite, tmp_path: Path) -> None:
    out = run(["sh", "-ec", example("sh")], live, tmp_path)
    found, pictured = (
        json.JSONDecoder().raw_decode(out)[0],
        json.loads(out[out.index('{"verdict') :]),
    )
    assert set(found) == {"count", "next", "previous", "results"}
    assert pictured["verdict"] == "certain"


def test_the_python_example(live: LiveSite, tmp_path: Path) -> None:
    live.database.frames_frame.update_many(
        {"_id": {"$lt": 1251, "$gt": 1000}}, {"$addToSet": {"labels": "night"}}
    )
    wait_until_searchable(live, 250)
    lines = run([sys.executable, "-c", example("python")], live, tmp_path).splitlines()
    assert len(lines) == 250
    assert lines[0].startswith("Series 0 1 ")


@pytest.mark.skipif(shutil.which("node") is None, reason="Node is not here")
def test_the_javascript_example(live: LiveSite, tmp_path: Path) -> None:
    (tmp_path / "example.mjs").write_text(example("javascript"))
    verdict, first, *_ = run(["node", "example.mjs"], live, tmp_path).splitlines()
    assert verdict == "certain"
    assert first.startswith("Test Clip 2 ")
