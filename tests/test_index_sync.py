"""The index follows the database: through edits by several processes, SIGKILL and lost history."""

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.core.management import call_command
from django.db import connection
from pymongo import MongoClient

from anipic_site.mongod import Mongod, free_port
from frames import index_sync, snapshot
from frames.host_lock import held, tell
from frames.index import Index
from frames.index_check import check
from frames.index_sync import Follower, snapshot_path
from frames.models import Frame, Series, Tag
from tests.servers import running_web
from tests.test_search import make_episode, make_frames

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def follower() -> Iterator[Follower]:
    snapshot_path().unlink(missing_ok=True)
    follower = Follower()
    yield follower
    follower.close()


def test_a_snapshot_is_opened_and_what_changed_since_is_read(follower: Follower) -> None:
    frames = make_frames(make_episode(), "rain", "night", "rain night")
    follower.catch_up()
    Frame.objects.filter(pk=frames[0]).update(labels=["snow"])
    Frame.objects.filter(pk=frames[1]).delete()
    later = Follower()
    later.catch_up()
    assert later.index is not None
    assert set(later.index.all) == {frames[0], frames[2]}
    assert later.index.count("tag", "snow") == 1
    assert check(later).differing == []
    later.close()


@pytest.mark.parametrize("fault", ["missing", "damaged", "another database", "lost history"])
def test_without_a_snapshot_that_fits_the_index_is_rebuilt(follower: Follower, fault: str) -> None:
    make_frames(make_episode(), "rain", "night")
    follower.catch_up()
    assert follower.index is not None
    path = snapshot_path()
    about = {"token": follower.token, "collection": follower._collection()}
    follower.index.apply([], [max(follower.index.all)])  # a rebuild puts this right again
    if fault == "missing":
        path.unlink()
    elif fault == "damaged":
        path.write_bytes(path.read_bytes()[:-5])
    elif fault == "another database":
        snapshot.write(path, follower.index, about | {"collection": "other"})
    else:
        # A token of 1970, long before MongoDB's log begins.
        old = {"_data": "82" + "00000001" + about["token"]["_data"][10:]}
        snapshot.write(path, follower.index, about | {"token": old})
    later = Follower()
    later.catch_up()
    assert later.index is not None
    assert len(later.index.all) == 2
    assert check(later).differing == []
    later.close()


def test_one_process_rebuilds_and_the_others_wait_for_it(follower: Follower) -> None:
    make_frames(make_episode(), "rain")
    with held(snapshot_path().with_suffix(".lock")) as lock:
        assert lock is not None
        tell(lock, 0.25)
        thread = threading.Thread(target=follower.open)
        thread.start()
        time.sleep(0.5)
        assert (follower.index, follower.progress) == (None, 0.25)
    thread.join(10)
    assert follower.index is not None


EDITOR = """
import os, random, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "anipic_site.settings"
import django
django.setup()
from frames.models import Frame, FrameTag
seed, edits = int(sys.argv[1]), int(sys.argv[2])
chance = random.Random(seed)
ids = list(Frame.objects.values_list("pk", flat=True))
tags = ["rain", "night", "crying", "hug", "smile"]
print("ready", flush=True)
for number in range(edits):
    frame = Frame.objects.filter(pk=chance.choice(ids))
    kind = chance.randrange(10)
    if kind == 0:
        frame.update(status=chance.choice(["visible", "hidden", "duplicate"]))
    elif kind == 1 and chance.random() < 0.2:
        frame.delete()
    elif kind == 2:
        frame.update(time=chance.random() * 1000, shot=chance.randrange(100), text="you " * number)
    else:
        labels = chance.sample(tags, chance.randrange(5))
        rows = [
            FrameTag(tag=tag, state=chance.choice(["suggested", "confirmed"]),
                     score=chance.random(), tagger=chance.choice("xyz"))
            for tag in labels
        ]
        frame.update(labels=labels, tags=rows)
    print(number, flush=True)
"""
FOLLOWER = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "anipic_site.settings"
import django
django.setup()
from frames.index_sync import Follower
follower = Follower()
follower.open()
print("ready", flush=True)
while True:
    follower.step()
    follower.write()
"""


def start(*scripts: tuple[object, ...]) -> list[subprocess.Popen[str]]:
    """Real processes on the tests' database, all of them at work when this returns."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", *map(str, script)],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        for script in scripts
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    return processes


def environment() -> dict[str, str]:
    uri = os.environ["MONGODB_URI"].replace("/anipic?", f"/{connection.settings_dict['NAME']}?")
    return os.environ | {"MONGODB_URI": uri}


def read_to_the_end(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return len(process.stdout.readlines())


def test_a_thousand_edits_by_several_processes_some_killed_all_reach_the_index(
    follower: Follower,
) -> None:
    chance = random.Random(7)
    for number in range(4):
        make_frames(make_episode(number=number), *["rain"] * 50)
    follower.catch_up()
    # One process keeps writing snapshots and is killed in the middle of it, again and again.
    done = 0
    for turn in range(3):
        writer, victim, *editors = start(
            (FOLLOWER,),
            (EDITOR, 10 * turn, 10_000),
            *((EDITOR, 10 * turn + number, 170) for number in (1, 2)),
        )
        time.sleep(chance.uniform(0.3, 1))
        victim.kill()
        time.sleep(chance.uniform(0, 0.2))
        writer.kill()
        done += sum(read_to_the_end(process) for process in (*editors, victim))
        for process in (writer, victim, *editors):
            process.wait()
    assert done > 1000
    assert check(follower).differing == []  # this one has followed all the time
    reopened = Follower()
    snapshot.read(snapshot_path())  # whole, whenever its writer was killed
    assert check(reopened).differing == []
    assert reopened.index is not None
    assert len(reopened.index.all) == Frame.objects.visible().count() > 0
    reopened.close()


def test_every_worker_of_the_web_server_shows_an_edit_within_two_seconds(
    follower: Follower,
) -> None:
    Tag.objects.create(name="rain", category="weather")
    frames = make_frames(make_episode(), *["rain"] * 6)
    follower.catch_up()
    port = free_port()
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", "--config", "python:anipic_site.gunicorn"),
            *("--bind", f"127.0.0.1:{port}", "--workers", "2"),
            "--no-control-socket",
        ],
        cwd=ROOT,
        env=environment(),
        stderr=subprocess.DEVNULL,
    )

    def counts() -> set[int]:
        """What many connections are told; they reach both workers."""
        address = f"http://127.0.0.1:{port}/api/v1/frames/?q=rain&limit=1"
        with ThreadPoolExecutor(8) as pool:
            answers = pool.map(lambda _: urlopen(address, timeout=5).read(), range(16))
            return {json.loads(answer)["count"] for answer in answers}

    try:
        wait_for(lambda: counts() == {6}, seconds=30)
        for number, frame in enumerate(frames):
            Frame.objects.filter(pk=frame).update(labels=["night"])
            time.sleep(2 if number == 0 else 0.5)
            assert counts() == {5 - number}
    finally:
        server.terminate()
        server.wait()


@pytest.mark.slow
def test_a_server_that_was_away_is_followed_when_it_is_back(tmp_path: Path) -> None:
    make_frames(make_episode(), "rain")
    row = connection.get_collection("frames_frame").find_one()
    mongod = Mongod(tmp_path / "database", free_port())
    mongod.start()
    uri = f"mongodb://127.0.0.1:{mongod.port}/anipic?directConnection=true"
    uri += "&serverSelectionTimeoutMS=500"
    try:
        with running_web(uri, tmp_path / "web", workers=1) as address:

            def count() -> int:
                return json.loads(urlopen(f"{address}/api/v1/frames/?limit=1").read())["count"]

            assert count() == 0
            mongod.stop()
            time.sleep(5)
            mongod.start()
            with MongoClient(uri) as client:
                client["anipic"]["frames_frame"].insert_one(row)
            wait_for(lambda: count() == 1, seconds=15)
    finally:
        mongod.stop()


def test_changes_that_could_not_be_applied_come_once_more(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower.catch_up()
    (frame,) = make_frames(make_episode(), "rain")
    with monkeypatch.context() as fault:
        fault.setattr(follower, "refresh", lambda ids: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            wait_for(lambda: bool(follower.step()), seconds=10)
    wait_for(lambda: follower.step() or frame in index_of(follower).all, seconds=10)


def test_a_rebuild_that_is_cut_short_loses_no_change(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower.catch_up()
    (frame,) = make_frames(make_episode(), "rain")

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as fault:
        fault.setattr(snapshot, "write", full)
        with pytest.raises(OSError, match="No space"):
            follower._rebuild_alone(index_sync.Stale("as if its place were lost"))
    wait_for(lambda: follower.step() or frame in index_of(follower).all, seconds=10)


def index_of(follower: Follower) -> Index:
    assert follower.index is not None
    return follower.index


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        with suppress(OSError):
            if condition():
                return
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_check_index_finds_a_difference_and_puts_it_right_everywhere(
    follower: Follower, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = make_frames(make_episode(), "rain", "rain", "night")
    follower.catch_up()
    assert follower.index is not None
    follower.index.apply([], frames[:1])
    follower.write()
    with pytest.raises(SystemExit):
        call_command("check_index", "--json")
    report = {"frames": 3, "differing": frames[:1], "fixed": False}
    assert json.loads(capsys.readouterr().out) == report
    call_command("check_index", "--fix", "--json")
    assert json.loads(capsys.readouterr().out) == report | {"fixed": True}
    call_command("check_index")
    assert "3 frames, 0 differ" in capsys.readouterr().out
    follower.catch_up()
    assert set(follower.index.all) == set(frames)
    assert "indexed_again" not in connection.get_collection("frames_frame").find_one()
    snapshot_path().unlink()
    assert Series.objects.count() == 1


def test_a_saved_snapshot_is_written_by_a_child_and_reaped(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_sync, "SAVE_AFTER_CHANGES", 2)
    frames = make_frames(make_episode(), "rain", "rain", "night")
    follower.catch_up()
    before = snapshot_path().stat().st_mtime_ns
    Frame.objects.update(labels=["snow"])
    follower.catch_up()
    follower.save()
    assert follower.child is not None
    deadline = time.monotonic() + 10
    while follower.child and time.monotonic() < deadline:
        follower.save()
        time.sleep(0.02)
    assert snapshot_path().stat().st_mtime_ns > before
    saved, _ = snapshot.read(snapshot_path())
    assert set(saved.ids("tag", "snow")) == set(frames)
    assert check(follower).differing == []
