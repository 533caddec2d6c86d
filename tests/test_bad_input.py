"""Files that are no videos, damaged or still being written: each is named, none costs another."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from frames import jobs
from frames.models import Episode, Frame
from ingest.episodes import register
from tests.conftest import draw_clip
from tests.test_video import corrupt, encode, make_sound

pytestmark = pytest.mark.django_db(transaction=True)


def test_bad_files_in_a_folder_are_named_and_the_good_ones_ingested(tmp_path: Path) -> None:
    folder = tmp_path / "Test Clip"
    folder.mkdir()
    draw_clip(folder / "Test Clip - 01.mp4")
    encode(folder / "Test Clip - 02.mkv", options={"g": "24"})
    corrupt(folder / "Test Clip - 02.mkv", 4000)
    (folder / "Test Clip - 03.mp4").touch()
    (folder / "Test Clip - 04.mp4").write_text("no video")
    make_sound(folder / "Test Clip - 05.mkv")
    out = StringIO()
    with pytest.raises(CommandError) as failure:
        call_command("ingest", str(folder), json=True, stdout=out)
    reasons = {3: "is empty", 4: "is not a video", 5: "no video stream"}
    said = str(failure.value).splitlines()
    assert len(said) == len(reasons)
    for line, (number, reason) in zip(said, reasons.items(), strict=True):
        assert f"Test Clip - 0{number}" in line and reason in line
    states = dict(Episode.objects.values_list("number", "state"))
    assert states == {1: "done", 2: "done", 3: "failed", 4: "failed", 5: "failed"}
    report = {file["episode"]: file for file in json.loads(out.getvalue())["files"]}
    assert {number: bool(file["warnings"]) for number, file in report.items()} == {
        number: number == 2 for number in range(1, 6)
    }
    assert {number: len(file["shots"]) for number, file in report.items()} == {
        number: 3 if number < 3 else 0 for number in range(1, 6)
    }
    assert set(Frame.objects.visible().values_list("episode_number", flat=True)) == {1, 2}


@pytest.mark.parametrize("when", ["since it was queued", "while it was read"])
def test_a_file_that_changes_is_ingested_when_it_is_whole(tmp_path: Path, when: str) -> None:
    path = tmp_path / "Test Clip - 01.mp4"
    draw_clip(path)
    whole = path.read_bytes()
    episode = register(path)
    if when == "since it was queued":
        path.write_bytes(whole[:-1000])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(jobs, "_SAVE_EVERY", 0.0)
        jobs.process(str(episode.pk), on_change=lambda: path.write_bytes(whole + b"more"))
    episode.refresh_from_db()
    assert episode.state == Episode.State.FAILED
    assert f"was changed {when}" in episode.error
    assert not Frame.objects.exists()
    path.write_bytes(whole)
    call_command("ingest", str(path))
    episode.refresh_from_db()
    assert episode.state == Episode.State.DONE
    assert Frame.objects.visible().exists()
