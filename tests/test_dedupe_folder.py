"""The command `dedupe_folder`, on real files."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from ingest.folder import dedupe
from ingest.folder_run import Options
from ingest.watcher import State, Watcher
from tests.benchmarks import composites
from tests.benchmarks.faces import Face
from tests.test_compare import painted

ROOT = Path(__file__).resolve().parents[1]


def fill(folder: Path) -> None:
    """Three groups: a face, the same with another mouth, and a landscape; copies of each."""
    groups = {
        "calm": composites.view(painted(5)),
        "cry": composites.view(painted(5, Face(mouth="shout"))),
        "hills": composites.view(painted(0)),
    }
    for name, rgb in groups.items():
        place = folder / "episode 1" / name
        place.mkdir(parents=True)
        Image.fromarray(rgb).save(place / "best.jpg", quality=95)
        coarse = composites.jpeg(composites.resized(rgb, 480), 60)
        Image.fromarray(coarse).save(place / "coarse.png")
        Image.fromarray(composites.resized(rgb, 640)).save(folder / f"{name}-small.webp")


def run(folder: Path, **options: object) -> dict:
    report = folder.parent / "report.json"
    call_command("dedupe_folder", folder, report=report, num_processes=2, verbosity=0, **options)
    return json.loads(report.read_text())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    fill(folder)
    return folder


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


BEST = {f"episode 1/{name}/best.jpg" for name in ("calm", "cry", "hills")}


def test_a_dry_run_reports_and_moves_nothing(folder: Path) -> None:
    before = names(folder)
    report = run(folder, dry_run=True)
    assert names(folder) == before
    assert set(report["kept"]) == BEST
    assert len(report["removed"]) == 6 and report["unreadable"] == []
    for row in report["removed"]:
        group = row["file"].replace("episode 1/", "").split("-")[0].split("/")[0]
        assert group in row["keeper"]
        assert 0 <= row["mse"] < 0.0007
        assert "worst block" in row["why"]


def test_duplicates_move_to_the_trash_are_named_in_the_log_and_come_back(folder: Path) -> None:
    before = names(folder)
    report = run(folder)
    trash = folder.parent / "images-trash"
    assert names(folder) == BEST
    log = (trash / "dedupe.log").read_text()
    for row in report["removed"]:
        assert f"deleted (to the trash) {row['file']}: {row['why']}" in log
    assert all(f"checked {name}" in log for name in before)
    call_command("dedupe_folder", folder, restore=True, verbosity=0)
    assert names(folder) == before


def test_restoring_never_overwrites_a_newer_file(folder: Path) -> None:
    run(folder)
    (folder / "calm-small.webp").write_bytes(b"mine")
    call_command("dedupe_folder", folder, restore=True, verbosity=0)
    assert (folder / "calm-small.webp").read_bytes() == b"mine"
    assert list((folder.parent / "images-trash").rglob("calm-small.webp"))


def test_deleting_leaves_only_the_keepers(folder: Path) -> None:
    run(folder, delete=True)
    assert names(folder) == BEST
    assert not list((folder.parent / "images-trash").rglob("*.webp"))


def test_a_copy_in_another_chunk_is_found(folder: Path) -> None:
    assert set(run(folder, chunk_size=2)["kept"]) == BEST


def test_a_threshold_of_zero_keeps_all_but_equal_encodings(folder: Path) -> None:
    Image.open(folder / "calm-small.webp").save(folder / "equal.png")
    report = run(folder, threshold=1e-9)
    assert {row["file"] for row in report["removed"]} <= {"equal.png", "calm-small.webp"}
    assert len(report["removed"]) == 1


def test_copies_of_every_kind_are_known_for_what_they_show(folder: Path) -> None:
    calm = Image.open(folder / "episode 1/calm/best.jpg")
    calm.convert("CMYK").save(folder / "calm-cmyk.jpg", quality=90)
    calm.convert("RGBA").save(folder / "calm-clear.png")
    calm.resize((9600, 5400)).save(folder / "calm-large.jpg", quality=60)  # 52 megapixels
    exif = Image.Exif()
    exif[0x0112] = 6
    calm.rotate(90, expand=True).save(folder / "calm-turned.jpg", exif=exif, quality=95)
    hills = Image.open(folder / "episode 1/hills/best.jpg").convert("L")
    deep = np.asarray(hills).astype(np.uint16) * 257
    Image.fromarray(deep).save(folder / "grey-sixteen-bits.png")
    hills.save(folder / "grey-eight-bits.png")
    report = run(folder, dry_run=True)
    assert report["unreadable"] == []
    kept = sorted(name.replace("episode 1/", "").split("/")[0] for name in report["kept"])
    assert [name.partition("-")[0] for name in kept] == ["calm", "cry", "grey", "hills"]


def test_bad_files_are_reported_and_the_rest_goes_on(folder: Path) -> None:
    (folder / "empty.jpg").touch()
    (folder / "text.png").write_text("no picture")
    (folder / "gone.jpg").symlink_to(folder / "nowhere.jpg")
    still = [Image.fromarray(np.full((20, 20, 3), n, np.uint8)) for n in (0, 255)]
    still[0].save(folder / "moving.gif", save_all=True, append_images=still[1:])
    report = run(folder)
    assert set(report["unreadable"]) == {"empty.jpg", "text.png", "gone.jpg", "moving.gif"}
    assert set(report["kept"]) == BEST
    log = (folder.parent / "images-trash" / "dedupe.log").read_text()
    assert "unreadable empty.jpg: the file is empty" in log
    assert (folder / "text.png").exists()


def test_a_folder_without_images_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no images"):
        call_command("dedupe_folder", tmp_path, trash=tmp_path.parent / "t", verbosity=0)
    with pytest.raises(CommandError, match="no folder"):
        call_command("dedupe_folder", tmp_path / "nowhere", verbosity=0)


def test_it_needs_no_database_and_no_place_for_a_secret(folder: Path) -> None:
    environment = os.environ | {
        "MONGODB_URI": "mongodb://127.0.0.1:1/none?serverSelectionTimeoutMS=300",
        "VAR_ROOT": "/proc/nowhere",
        "SECRET_KEY": "",
    }
    command = [sys.executable, "manage.py", "dedupe_folder", str(folder), "--num-processes", "2"]
    done = subprocess.run(
        [*command, "--no-show-gui", "--dry-run"], cwd=ROOT, env=environment, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    assert b"6 duplicates" in done.stdout


class Meanwhile(Watcher):
    """Does something to the folder when the run comes to a phase."""

    def __init__(self, phase: str, act: Callable[[], object]):
        self._phase, self._act, self._done = phase, act, False
        self._state = State()

    def changed(self, state: State) -> None:
        self._state = state

    def go_on(self) -> bool:
        if not self._done and (self._phase == "reading" or self._state.phase == self._phase):
            self._done = True
            self._act()
        return True


@pytest.mark.parametrize("phase", ["reading", "comparing"])
@pytest.mark.parametrize("file", ["episode 1/calm/best.jpg", "calm-small.webp"])
def test_a_file_that_vanishes_meanwhile_takes_no_other_along(
    folder: Path, phase: str, file: str
) -> None:
    before = names(folder)
    trash = folder.parent / "trash"
    watcher = Meanwhile(phase, (folder / file).unlink)
    report = dedupe(Options(folder, trash, processes=1), watcher)
    assert file in report.unreadable
    assert f"unreadable {file}: the file has vanished" in (trash / "dedupe.log").read_text()
    left = {name for name in report.kept if "calm" in name}
    assert len(left) == 1 and names(folder) == set(report.kept)
    assert {row.file for row in report.removed} == before - names(folder) - {file}


def test_of_two_equal_files_one_stays(folder: Path) -> None:
    best = folder / "episode 1/hills/best.jpg"
    (folder / "hills again.jpg").write_bytes(best.read_bytes())
    report = run(folder)
    hills = {name for name in report["kept"] if "hills" in name}
    assert len(hills) == 1 and hills <= {"hills again.jpg", "episode 1/hills/best.jpg"}
    assert names(folder) == set(report["kept"])
    equal = next(
        row for row in report["removed"] if row["file"].endswith(("again.jpg", "s/best.jpg"))
    )
    assert equal["mse"] == 0 and {equal["keeper"]} == hills


def kill_when(folder: Path, word: str) -> str:
    """Start the command, kill it as soon as its log has the word; the log until then."""
    log = folder.parent / "images-trash" / "dedupe.log"
    command = [sys.executable, "manage.py", "dedupe_folder", str(folder), "--num-processes", "1"]
    process = subprocess.Popen(
        [*command, "--no-show-gui"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (log.exists() and word in log.read_text()):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return log.read_text()


def compared(log: str) -> list[tuple[str, str]]:
    """The pairs of files that were compared, one after the other."""
    pairs = re.findall(r"deleted \(to the trash\) (.*?): .*\), (.*)", log)
    for name, others in re.findall(r"checked (.*?): .*?(; not .*)", log):
        pairs += [(name, other) for other in re.findall(r"; not (.*?): ", others)]
    return pairs


def test_a_run_killed_while_it_reads_does_not_read_a_file_again(folder: Path) -> None:
    tiles = np.random.default_rng(1).integers(0, 256, (150, 9, 16, 3), np.uint8)
    for number, tile in enumerate(tiles):
        Image.fromarray(np.kron(tile, np.ones((40, 40, 1), np.uint8))).save(
            folder / f"{number}.png"
        )
    before = names(folder)
    first = kill_when(folder, " read ").count(" read ")
    assert 0 < first < len(before)
    report = run(folder)
    assert set(report["kept"]) | {row["file"] for row in report["removed"]} == before
    read = re.findall(r" read (.*)", (folder.parent / "images-trash" / "dedupe.log").read_text())
    assert len(read) == len(set(read)) and len(read) - first < len(before)


def test_a_run_killed_while_it_removes_goes_on_and_compares_nothing_twice(folder: Path) -> None:
    before = names(folder)
    trash = folder.parent / "images-trash"
    first = kill_when(folder, "deleted")
    moved = {"/".join(path.parts[-3:]) for path in trash.rglob("run 1/**/*") if path.is_file()}
    assert len(names(folder)) + len(moved) == len(before)
    report = run(folder)
    assert len(report["removed"]) == 6 and set(report["kept"]) == BEST
    text = (trash / "dedupe.log").read_text()
    assert text.count(" read ") == first.count(" read ") == len(before)
    pairs = compared(text)
    assert len(pairs) == len(set(pairs)) and len(pairs) > len(compared(first)) > 0
    for row in report["removed"]:
        assert text.count(f"deleted (to the trash) {row['file']}:") == 1
    call_command("dedupe_folder", folder, restore=True, verbosity=0)
    assert names(folder) == before
