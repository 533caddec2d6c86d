"""Workers are killed or stopped at each stage: others take over, and nothing is different."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django_q.brokers import get_broker

from frames import jobs
from frames.ids import held_ids
from frames.lost_jobs import take_over
from frames.models import Episode, Frame
from frames.verdicts import save_verdicts
from ingest.episodes import register
from ingest.media import check
from tests.conftest import draw_clip

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parents[1]
LONG_AGO = timedelta(minutes=1)

# A worker process that sends itself a signal the n-th time that it comes to a function.
WORKER = """
import os, signal, sys
import django
django.setup()
from importlib import import_module
from frames.jobs import process

pk, module, name, after, signal_number = sys.argv[1:]
owner = import_module(module)
*path, name = name.split(".")
for part in path:
    owner = getattr(owner, part)
whole, calls = getattr(owner, name), []

def struck(*args, **kwargs):
    calls.append(1)
    if len(calls) == int(after) + 1:
        os.kill(os.getpid(), int(signal_number))
    result = whole(*args, **kwargs)
    if int(after) < 0:
        os.kill(os.getpid(), int(signal_number))
    return result

setattr(owner, name, struck)
process(pk)
"""

AFTERWARDS = -1
# When the worker dies, or stops: module, function, number of calls of it that go well.
DEATHS = {
    "before the file is opened": ("ingest.stages", "probe", 0),
    "while it decodes": ("ingest.modes", "Cutting._read", 0),
    "with some pictures stored": ("ingest.stages", "_save", 7),
    "before the rows": ("ingest.stages", "write_frames", 0),
    "with ids taken": ("ingest.rows", "_facts", 0),
    "with the rows written": ("ingest.rows", "release_ids", 0),
    "with the ids released": ("frames.jobs", "Progress.save", 0),
    "before duplicates are linked": ("ingest.linking", "link", 0),
    "with duplicates linked": ("ingest.linking", "link", AFTERWARDS),
    "before the tags": ("tagging.stages", "tag", 0),
    "with the tags written": ("tagging.work", "Work.write", AFTERWARDS),
    "before the frames are shown": ("frames.jobs", "_publish", 0),
    "with the frames shown": ("frames.jobs", "_publish", AFTERWARDS),
}


def environment(**more: str) -> dict[str, str]:
    uri = os.environ["MONGODB_URI"].replace("/anipic?", f"/{connection.settings_dict['NAME']}?")
    own = {"MONGODB_URI": uri, "DJANGO_SETTINGS_MODULE": "anipic_site.settings"}
    return os.environ | own | more


def ingest_anew(path: Path) -> Episode:
    """The file's episode in an empty database."""
    for model in (Frame, Episode):
        model.objects.all().delete()
    connection.get_collection("frames_counter").delete_many({})
    episode = register(path)
    Episode.objects.update(claimed_at=None)
    return episode


def outcome() -> list[dict[str, Any]]:
    """All that is known of the frames, and that their files are there."""
    assert check().missing == []
    rows = list(Frame.objects.order_by("id").values())
    for row in rows:
        row.pop("episode_id")
        row.pop("series_id")
        row["tags"] = sorted(
            (tag.tag, tag.state, round(tag.score, 6), tag.tagger) for tag in row["tags"]
        )
        assert default_storage.size(row["image"]) == row["bytes"]
    return rows


@pytest.fixture
def undisturbed(clip: Path) -> list[dict[str, Any]]:
    """What an ingest of the clip comes to in an empty database; found out once."""
    if not known:
        assert jobs.process(str(ingest_anew(clip).pk))
        known.extend(outcome())
    return known


known: list[dict[str, Any]] = []


@pytest.mark.parametrize("death", DEATHS)
def test_a_worker_killed_at_any_stage_leaves_no_trace(
    clip: Path, undisturbed: list[dict[str, Any]], death: str
) -> None:
    assert undisturbed
    episode = ingest_anew(clip)
    command = struck_worker(episode, death, signal.SIGKILL)
    worker = subprocess.run(command, cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True)
    assert worker.returncode == -signal.SIGKILL, worker.stderr
    if death != "with the frames shown":
        assert not Frame.objects.visible().exists()
    replace_worker(episode)
    assert outcome() == undisturbed


# When a worker before it was killed, if one was, and when the worker stops.
STOPS = [
    (None, "with some pictures stored"),
    (None, "before the rows"),
    (None, "with ids taken"),
    ("with the rows written", "with ids taken"),
    (None, "before duplicates are linked"),
    (None, "before the tags"),
    (None, "before the frames are shown"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("death", "stop"), STOPS)
def test_a_worker_that_sleeps_at_any_stage_does_no_harm_when_it_wakes_up(
    clip: Path, undisturbed: list[dict[str, Any]], death: str | None, stop: str
) -> None:
    episode = ingest_anew(clip)
    if death is not None:
        command = struck_worker(episode, death, signal.SIGKILL)
        subprocess.run(command, cwd=ROOT, env=environment(), stderr=subprocess.DEVNULL)
        Episode.objects.update(claimed_at=jobs.now() - LONG_AGO)
    command = struck_worker(episode, stop, signal.SIGSTOP)
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stderr=subprocess.PIPE) as worker:
        assert os.WIFSTOPPED(os.waitpid(worker.pid, os.WUNTRACED)[1])
        replace_worker(episode)
        assert outcome() == undisturbed
        row = Episode.objects.values().get()
        worker.send_signal(signal.SIGCONT)
        said = worker.communicate(timeout=60)[1].decode()
    assert worker.returncode == 0, said
    assert "was taken over by another worker" in said
    assert Episode.objects.values().get() == row
    assert outcome() == undisturbed
    assert held_ids("frame", str(episode.pk)) == range(0)


def struck_worker(episode: Episode, at: str, strike: signal.Signals) -> list[str]:
    module, function, after = DEATHS[at]
    where = (str(episode.pk), module, function, str(after))
    return [sys.executable, "-c", WORKER, *where, str(int(strike))]


def replace_worker(episode: Episode) -> None:
    episode.refresh_from_db()
    assert episode.state == Episode.State.RUNNING
    assert not jobs.process(str(episode.pk))  # it may be alive still
    Episode.objects.update(claimed_at=jobs.now() - LONG_AGO)
    assert len(take_over()) == 1
    assert jobs.process(str(episode.pk))
    episode.refresh_from_db()
    assert episode.state == Episode.State.DONE


def test_a_worker_that_lives_is_not_taken_over(clip: Path, settings: Any) -> None:
    settings.JOB_SILENT_SECONDS = 1.0
    episode = ingest_anew(clip)
    jobs._claim(str(episode.pk))
    episode.refresh_from_db()
    with jobs._signs_of_life(episode, jobs.Progress(episode)):
        time.sleep(2.5)
        assert not take_over()
        assert not jobs.process(str(episode.pk))


def test_who_was_taken_over_stops_writing(clip: Path) -> None:
    episode = ingest_anew(clip)
    first = jobs._claim(str(episode.pk))
    assert first is not None
    Episode.objects.update(claimed_at=jobs.now() - LONG_AGO)
    assert jobs._claim(str(episode.pk)) is not None
    with pytest.raises(jobs.ClaimLost):
        jobs.Progress(first).save()


def test_an_episode_that_kills_every_worker_fails_by_itself(clip: Path) -> None:
    episode = ingest_anew(clip)
    Episode.objects.update(attempts=jobs.ATTEMPTS, stage="ingest.stages.read")
    assert not jobs.process(str(episode.pk))
    episode.refresh_from_db()
    assert episode.state == Episode.State.FAILED
    assert "ingest.stages.read" in episode.error


def test_a_task_lost_on_its_way_is_handed_out_again(clip: Path) -> None:
    ingest_anew(clip)
    get_broker().purge_queue()
    Episode.objects.update(claimed_at=jobs.now() - LONG_AGO)
    assert len(take_over()) == 1
    assert get_broker().queue_size() == 1
    get_broker().purge_queue()


def test_a_worker_that_does_not_get_on_is_taken_over(
    clip: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.JOB_SILENT_SECONDS = 0.6
    monkeypatch.setattr(jobs, "HANGS_AFTER", 1.0)
    episode = ingest_anew(clip)
    jobs._claim(str(episode.pk))
    episode.refresh_from_db()
    progress = jobs.Progress(episode)
    with jobs._signs_of_life(episode, progress):
        for _ in range(15):
            time.sleep(0.1)
            progress.update(frames_read=1)
        assert not take_over()
        time.sleep(2)
        assert len(take_over()) == 1


def test_only_a_silent_worker_of_the_same_queue_is_ended(clip: Path) -> None:
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(sleeper) as child:  # no sibling of this process
        try:
            episode = ingest_anew(clip)
            name = f"{child.pid}.0.{jobs.this_host()}"
            Episode.objects.update(state=Episode.State.RUNNING, worker=name, claimed_at=jobs.now())
            episode.refresh_from_db()
            jobs.end_silent(episode)
            assert child.poll() is None
            parent = os.getpid()
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(os, "getppid", lambda: parent)  # now it is one
                episode.state = Episode.State.QUEUED
                jobs.end_silent(episode)
                episode.state, episode.worker = Episode.State.RUNNING, f"{child.pid}.0.elsewhere"
                jobs.end_silent(episode)
                assert child.poll() is None
                episode.worker = name
                jobs.end_silent(episode)
                assert child.wait(10) == -signal.SIGKILL
        finally:
            child.kill()


@pytest.mark.slow
@pytest.mark.parametrize(("strike", "silent"), [(signal.SIGKILL, "30"), (signal.SIGSTOP, "3")])
def test_the_queue_replaces_a_worker_within_a_minute(
    tmp_path: Path, strike: signal.Signals, silent: str
) -> None:
    """Killed, with the settings as they are by default; stopped, with a shorter silence."""
    path = tmp_path / "Long Clip - 01.mp4"
    draw_clip(path, shots=12)
    episode = ingest_anew(path)
    with subprocess.Popen(
        [sys.executable, "manage.py", "qcluster"],
        cwd=ROOT,
        env=environment(JOB_SILENT_SECONDS=silent),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as queue:
        try:
            jobs.enqueue(episode)
            killed = wait_for(episode, lambda e: e.state == Episode.State.RUNNING)
            worker = killed.worker
            struck = psutil.Process(int(worker.partition(".")[0]))
            struck.send_signal(strike)
            started = time.monotonic()
            wait_for(episode, lambda e: e.worker != worker)
            took = time.monotonic() - started
            print(f"{strike.name}: taken over after {took:.1f} s")
            assert took < 60
            done = wait_for(episode, lambda e: e.state == Episode.State.DONE)
            assert not struck.is_running()  # the queue has another in its place
        finally:
            queue.terminate()
    assert done.attempts == 2
    assert {frame.shot for frame in Frame.objects.visible()} == set(range(12))


def wait_for(episode: Episode, condition: Any, seconds: float = 90) -> Episode:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        episode.refresh_from_db()
        if condition(episode):
            return episode
        time.sleep(0.05)
    raise AssertionError(f"{episode} is still {episode.state} in {episode.stage}")


def test_ingesting_the_same_content_again_changes_nothing(clip: Path, tmp_path: Path) -> None:
    call_command("ingest", str(clip))
    before = outcome()
    copy = tmp_path / "Another Name - 09.mp4"
    copy.write_bytes(clip.read_bytes())
    call_command("ingest", str(clip), str(copy))
    assert outcome() == before
    assert Episode.objects.count() == 1


def test_a_better_version_keeps_the_ids_where_the_picture_is_the_same(tmp_path: Path) -> None:
    worse, better = tmp_path / "a" / "Clip - 01.mp4", tmp_path / "b" / "Clip - 01.mp4"
    for path, size in ((worse, (320, 180)), (better, (640, 360))):
        path.parent.mkdir()
        draw_clip(path, size=size)
    call_command("ingest", str(worse))
    before = {frame.id: frame for frame in Frame.objects.all()}
    call_command("ingest", str(better))
    after = {frame.id: frame for frame in Frame.objects.all()}
    assert before.keys() == after.keys()
    assert {frame.width for frame in before.values()} == {320}
    assert {frame.width for frame in after.values()} == {640}
    assert {f.id: f.labels for f in before.values()} == {f.id: f.labels for f in after.values()}
    assert check().missing == []
    # The worse one, once more, is refused by name and changes nothing.
    with pytest.raises(Exception, match="no better"):
        call_command("ingest", str(worse))
    assert {frame.width for frame in Frame.objects.all()} == {640}


def test_a_frame_with_verdicts_that_a_better_version_lacks_is_hidden_and_kept(
    tmp_path: Path,
) -> None:
    worse, better = tmp_path / "a" / "Clip - 01.mp4", tmp_path / "b" / "Clip - 01.mp4"
    for path, size, shots in ((worse, (320, 180), 3), (better, (640, 360), 1)):
        path.parent.mkdir()
        draw_clip(path, shots=shots, size=size)
    call_command("ingest", str(worse))
    *_, second, last = Frame.objects.visible().order_by("time")
    save_verdicts(last, {"rain": "confirmed"}, by="mika")
    call_command("ingest", str(better))
    assert not Frame.objects.filter(pk=second.pk).exists()
    last.refresh_from_db()
    assert last.status == Frame.Status.HIDDEN
    assert "rain" in last.labels
