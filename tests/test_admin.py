"""Curators put tags right in the admin."""

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from frames.admin import FrameAdmin
from frames.models import Frame, Tag
from tests.makers import make_bare_frame

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
        assert {row.tag: row.state for row in frame.tags}["smile"] == state


def test_an_unknown_tag_is_named(curator: Client, clip: object) -> None:
    call_command("ingest", str(clip))
    frame = Frame.objects.visible().first()
    before = frame.revision
    form = {"seen": "smyle", "status": "visible"}
    answer = curator.post(f"/admin/frames/frame/{frame.pk}/change/", form)
    assert "smyle" in answer.content.decode()
    frame.refresh_from_db()
    assert frame.revision == before


@pytest.fixture
def weather() -> None:
    """Frames 1 and 2 with rain, 2 and 3 with crying, 3 of them hidden, 4 a duplicate with rain."""
    Tag.objects.bulk_create(Tag(name=name, category="weather") for name in ("rain", "crying"))
    for id, labels, status in (
        (1, ["rain"], "visible"),
        (2, ["crying", "rain"], "visible"),
        (3, ["crying"], "hidden"),
        (4, ["rain"], "duplicate"),
    ):
        make_bare_frame(id, labels=labels, status=status)


def found(curator: Client, **asked: str) -> list[int]:
    page = curator.get("/admin/frames/frame/", asked)
    assert page.status_code == 200
    assert not list(page.context["messages"])
    assert page.context["cl"].result_count == len(page.context["cl"].result_list)
    return [frame.pk for frame in page.context["cl"].result_list]


@pytest.mark.usefixtures("weather")
def test_the_search_box_speaks_the_language_of_the_site(curator: Client) -> None:
    assert found(curator, q="rain") == [2, 1]
    assert found(curator, q="rain -crying") == [1]
    assert found(curator, q="similar:99999999999999999999") == []
    assert found(curator, q="(rain | crying) order:old") == [1, 2]


@pytest.mark.usefixtures("weather")
def test_curators_search_hidden_frames_and_duplicates_by_status(curator: Client) -> None:
    assert found(curator, q="crying", status__exact="hidden") == [3]
    assert found(curator, q="cry* -rain", status__exact="hidden") == [3]
    assert found(curator, q="rain", status__exact="duplicate") == [4]
    assert found(curator, q="rain", status__exact="hidden") == []
    assert found(curator) == [4, 3, 2, 1]


@pytest.mark.usefixtures("weather")
def test_a_mistake_in_the_search_box_is_named_with_its_place_and_what_was_meant(
    curator: Client,
) -> None:
    for query in ("rain cyring", "(rain", "width:x", "*"):
        for status in ("", "hidden"):
            page = curator.get("/admin/frames/frame/", {"q": query, "status__exact": status})
            assert page.status_code == 200
            (said,) = page.context["messages"]
            assert str(said), query
    page = curator.get("/admin/frames/frame/", {"q": "rain cyring"})
    (said,) = page.context["messages"]
    assert "At character 6" in str(said)
    assert "?q=rain+crying" in str(said)
    assert len(page.context["cl"].result_list) == 4


def test_pages_of_a_search_follow_each_other(
    curator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    Tag.objects.create(name="rain", category="weather")
    for id in range(1, 6):
        make_bare_frame(id, labels=["rain"])
    monkeypatch.setattr(FrameAdmin, "list_per_page", 2)
    pages = [curator.get("/admin/frames/frame/", {"q": "rain", "p": p}) for p in (1, 2, 3)]
    ids = [[frame.pk for frame in page.context["cl"].result_list] for page in pages]
    assert ids == [[5, 4], [3, 2], [1]]
    assert pages[0].context["cl"].result_count == 5
