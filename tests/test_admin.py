"""Curators put tags right in the admin."""

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from frames.models import Frame

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def curator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("curator"))
    return client


def test_all_models_are_listed_with_thumbnails(curator: Client, clip: object) -> None:
    call_command("ingest", str(clip))
    for model in ("series", "episode", "tag", "frame"):
        assert curator.get(f"/admin/frames/{model}/").status_code == 200
    assert "thumbnails/" in curator.get("/admin/frames/frame/").content.decode()


def test_a_tag_added_is_confirmed_and_taken_away_is_rejected(curator: Client, clip: object) -> None:
    call_command("ingest", str(clip))
    frame = Frame.objects.visible().first()
    for seen, state, labels in (("smile", "confirmed", ["smile"]), ("", "rejected", [])):
        form = {"seen": seen, "status": "visible"}
        answer = curator.post(f"/admin/frames/frame/{frame.pk}/change/", form)
        assert answer.status_code == 302
        frame.refresh_from_db()
        assert frame.labels == labels
        assert {row.tag: row.state for row in frame.tags} == {"smile": state}


def test_an_unknown_tag_is_named(curator: Client, clip: object) -> None:
    call_command("ingest", str(clip))
    frame = Frame.objects.visible().first()
    before = frame.revision
    form = {"seen": "smyle", "status": "visible"}
    answer = curator.post(f"/admin/frames/frame/{frame.pk}/change/", form)
    assert "smyle" in answer.content.decode()
    frame.refresh_from_db()
    assert frame.revision == before
