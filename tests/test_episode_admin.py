"""Curators see how the ingest goes, and tell it who an unsure episode is."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from frames.jobs import process
from frames.models import Episode, Frame
from ingest.episodes import register

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def curator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("curator"))
    return client


def test_saving_an_unsure_episode_is_the_answer(curator: Client, clip: Path) -> None:
    episode = register(clip.rename(clip.with_name("Paper Comet - NCOP1.mp4")))
    assert "NCOP" in curator.get("/admin/frames/episode/").content.decode()
    form = {"series": str(episode.series_id), "season": 0, "number": 4, "title": "Creditless"}
    answer = curator.post(f"/admin/frames/episode/{episode.pk}/change/", form)
    assert answer.status_code == 302
    assert process(str(episode.pk))
    episode.refresh_from_db()
    assert (episode.state, episode.season, episode.number) == ("done", 0, 4)


def test_renaming_reaches_the_frames_and_ingesting_again_keeps_them(
    curator: Client, clip: Path
) -> None:
    episode = register(clip)
    assert process(str(episode.pk))
    before = list(Frame.objects.order_by("id").values_list("id", "sha256", "status"))
    form = {"series": str(episode.series_id), "season": 3, "number": 8, "title": ""}
    curator.post(f"/admin/frames/episode/{episode.pk}/change/", form)
    assert set(Frame.objects.values_list("season", "episode_number")) == {(3, 8)}
    action = {"action": "ingest_again", "_selected_action": [str(episode.pk)]}
    curator.post("/admin/frames/episode/", action)
    assert process(str(episode.pk))
    assert list(Frame.objects.order_by("id").values_list("id", "sha256", "status")) == before


def test_progress_is_shown_while_it_runs(curator: Client, clip: Path) -> None:
    episode = register(clip)
    Episode.objects.filter(pk=episode.pk).update(
        state=Episode.State.RUNNING, stage="ingest.stages.read", frames_read=72
    )
    page = curator.get("/admin/frames/episode/").content.decode()
    assert "read, 30%" in page
    assert "data-follow" in page
