"""Duplicates among stored frames: found across episodes, linked, undone, split for good."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from frames.duplicates import NoSuchRun, split, undo
from frames.jobs import Progress
from frames.models import DedupeRun, Duplicate, Episode, EpisodeSketches, Frame
from ingest.linking import link
from tests.benchmarks import composites
from tests.benchmarks.faces import Face
from tests.makers import make_episode, make_frame, make_series
from tests.test_compare import painted

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.django_db(transaction=True)

CALM = composites.resized(composites.view(painted(5)), 854)
CRYING = composites.resized(composites.view(painted(5, Face(mouth="shout"))), 854)
HILLS = composites.resized(composites.view(painted(0)), 854)


def coarse(rgb: np.ndarray) -> np.ndarray:
    return composites.resized(composites.jpeg(composites.resized(rgb, 480), 60), 854)


def link_pending(episode: Episode) -> None:
    Episode.objects.filter(pk=episode.pk).update(state=Episode.State.RUNNING)
    episode.refresh_from_db()
    link(episode, Progress(episode))


def pending(rgb: np.ndarray, episode: Episode, time: float) -> Frame:
    return make_frame(rgb, episode, time=time, status=Frame.Status.PENDING)


def test_a_repeated_picture_is_linked_to_the_best_and_a_changed_face_is_not() -> None:
    episode = make_episode()
    worse, best = pending(coarse(CALM), episode, 192.0), pending(CALM, episode, 1120.0)
    crying, hills = pending(CRYING, episode, 3.0), pending(HILLS, episode, 4.0)
    link_pending(episode)
    worse.refresh_from_db()
    assert (worse.status, worse.keeper_id, worse.time) == ("duplicate", best.pk, 192.0)
    assert 0 <= worse.distance < 0.0007
    assert "worst block" in worse.why
    for frame in (best, crying, hills):
        frame.refresh_from_db()
        assert (frame.status, frame.keeper_id) == ("pending", None)


def test_an_opening_is_found_in_another_episode_and_in_another_series() -> None:
    shown = make_frame(coarse(CALM), make_episode(number=1))
    link_pending(make_episode(number=1))
    second, elsewhere = make_episode(number=2), make_episode(make_series("Other Series"))
    copies = [pending(CALM, second, 1.0), pending(CALM, elsewhere, 2.0)]
    link_pending(second)
    link_pending(elsewhere)
    for copy in copies:
        copy.refresh_from_db()
        assert (copy.status, copy.keeper_id) == ("duplicate", shown.pk)
    shown.refresh_from_db()
    assert shown.status == "visible"  # what is published stays, even if the copy is sharper


def test_linking_twice_changes_nothing() -> None:
    episode = make_episode()
    for number, rgb in enumerate([CALM, coarse(CALM), CRYING, HILLS, coarse(HILLS)]):
        pending(rgb, episode, float(number))
    facts = ("id", "status", "keeper_id", "distance", "why")
    link_pending(episode)
    before = list(Frame.objects.order_by("id").values(*facts))
    link_pending(episode)
    assert list(Frame.objects.order_by("id").values(*facts)) == before
    assert sum(frame["status"] == "duplicate" for frame in before) == 2
    assert EpisodeSketches.objects.count() == 1


def test_a_frame_whose_file_is_lost_is_left_alone() -> None:
    episode = make_episode()
    pending(CALM, episode, 1.0)
    lost = pending(coarse(CALM), episode, 2.0)
    Frame.objects.filter(pk=lost.pk).update(image="frames/no/where.webp")
    link_pending(episode)
    lost.refresh_from_db()
    assert lost.status == "pending"


def published() -> tuple[Frame, Frame]:
    """A published frame and a worse copy of it, published too."""
    return make_frame(CALM), make_frame(coarse(CALM), time=5.0)


def test_the_command_links_a_series_and_undoes_it(capsys: pytest.CaptureFixture) -> None:
    best, copy = published()
    call_command("dedupe", series="test-series", dry_run=True, json=True)
    looked = json.loads(capsys.readouterr().out)
    assert [pair["frame"] for pair in looked["duplicates"]] == [copy.pk]
    assert Frame.objects.visible().count() == 2 and looked["run"] is None
    call_command("dedupe", series="test-series", json=True)
    run = json.loads(capsys.readouterr().out)["run"]
    copy.refresh_from_db()
    assert (copy.status, copy.keeper_id) == ("duplicate", best.pk)
    call_command("dedupe", undo=run, json=True)
    assert json.loads(capsys.readouterr().out) == {"restored": 1}
    copy.refresh_from_db()
    assert (copy.status, copy.keeper_id, copy.why) == ("visible", None, "")
    with pytest.raises(NoSuchRun):
        undo(run)
    with pytest.raises(CommandError, match="no series"):
        call_command("dedupe", series="nothing")


def test_a_split_never_comes_back() -> None:
    best, copy = published()
    call_command("dedupe", series="test-series")
    copy.refresh_from_db()
    assert split(copy, by="kim")
    assert not split(copy, by="kim")
    call_command("dedupe", series="test-series")
    Frame.objects.filter(pk__in=[best.pk, copy.pk]).update(status=Frame.Status.PENDING)
    link_pending(copy.episode)
    copy.refresh_from_db()
    assert (copy.status, copy.keeper_id) == ("pending", None)


def test_undoing_a_run_leaves_a_hidden_frame_hidden() -> None:
    published()
    call_command("dedupe", series="test-series")
    run = DedupeRun.objects.get()
    run.links[0].status = "hidden"
    run.save()
    undo(run.pk)
    assert not Frame.objects.filter(status="duplicate").exists()
    assert Frame.objects.filter(status="hidden").count() == 1


def test_a_curator_sees_both_pictures_and_restores_one(client: Client) -> None:
    best, copy = published()
    call_command("dedupe", series="test-series")
    client.force_login(get_user_model().objects.create_superuser("kim", password="x"))
    page = client.get("/admin/frames/duplicate/").content.decode()
    assert best.thumbnails[0]["webp"] in page and copy.thumbnails[0]["webp"] in page
    assert "worst block" in page
    action = {"action": "restore", "_selected_action": [copy.pk]}
    assert client.post("/admin/frames/duplicate/", action).status_code == 302
    assert not Duplicate.objects.filter(status="duplicate").exists()
    assert set(Frame.objects.visible().values_list("pk", flat=True)) == {best.pk, copy.pk}


def test_an_ingested_episode_is_linked_as_one_of_its_stages(clip) -> None:
    call_command("ingest", str(clip))
    run = DedupeRun.objects.get()
    assert run.finished and run.episode_id == Episode.objects.get().pk


# `dedupe --series` in a process that kills itself at its n-th call of a function.
KILLED = """
import os, signal, sys
import django
django.setup()
from importlib import import_module
from django.core.management import call_command

module, name, calls = import_module(sys.argv[1]), sys.argv[2], []
owner = module
*path, name = name.split(".")
for part in path:
    owner = getattr(owner, part)
whole = getattr(owner, name)

def struck(*args, **kwargs):
    calls.append(1)
    if len(calls) == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(*args, **kwargs)

setattr(owner, name, struck)
call_command("dedupe", series="test-series")
"""


def facts() -> list[dict]:
    return list(Frame.objects.order_by("id").values("id", "status", "keeper_id", "distance", "why"))


@pytest.mark.parametrize(
    ("module", "function", "call"),
    [
        ("ingest.judge", "Judge.verdict", 2),
        ("frames.duplicates", "_link", 1),
        ("frames.duplicates", "_link", 2),
    ],
    ids=["comparing", "before linking", "half linked"],
)
def test_a_run_killed_while_it_links_is_completed_by_the_next_and_undone(
    module: str, function: str, call: int
) -> None:
    for rgb in (CALM, CRYING, HILLS):
        make_frame(rgb)
        make_frame(coarse(rgb))
    before = facts()
    call_command("dedupe", series="test-series")
    undisturbed = facts()
    assert sum(frame["status"] == "duplicate" for frame in undisturbed) == 3
    undo(DedupeRun.objects.get().pk)
    assert facts() == before

    uri = os.environ["MONGODB_URI"].replace("/anipic?", f"/{connection.settings_dict['NAME']}?")
    own = {"MONGODB_URI": uri, "DJANGO_SETTINGS_MODULE": "anipic_site.settings"}
    command = [sys.executable, "-c", KILLED, module, function, str(call)]
    killed = subprocess.run(
        command, cwd=ROOT, env=os.environ | own, stderr=subprocess.PIPE, text=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    linked = sum(frame["status"] == "duplicate" for frame in facts())
    assert linked == (1 if (function, call) == ("_link", 2) else 0)

    call_command("dedupe", series="test-series")
    assert facts() == undisturbed
    for run in DedupeRun.objects.filter(undone=None):
        undo(run.pk)
    assert facts() == before
