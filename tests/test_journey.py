"""Video in, search result out over HTTP, image bytes fetched and decoded."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from PIL import Image

from frames.models import Episode, Frame, Tag
from tests.conftest import MEDIA

pytestmark = pytest.mark.django_db(transaction=True)


def assert_searchable(client: Client, series: str) -> None:
    answer = client.get("/api/v1/frames/", {"q": f"series:{series}", "limit": 2}).json()
    assert answer["count"] == Frame.objects.visible().of_series(series).count() > 0
    ids = []
    while True:
        ids += [result["id"] for result in answer["results"]]
        if answer["next"] is None:
            break
        answer = client.get(answer["next"]).json()
    assert len(ids) == len(set(ids)) == answer["count"]
    assert ids == sorted(ids, reverse=True)
    result = answer["results"][-1]
    image = client.get(result["image"])
    assert image.status_code == 200
    picture = Image.open(io.BytesIO(b"".join(image.streaming_content)))
    picture.load()
    assert picture.size == (result["width"], result["height"])
    assert "sessionid" not in client.cookies


def test_a_clip_becomes_searchable_frames(client: Client, clip: Path) -> None:
    call_command("ingest", str(clip))
    episode = Episode.objects.get()
    assert (episode.series.title, episode.number, episode.state) == ("Test Clip", 2, "done")
    assert episode.frames_read == 144
    assert {frame.shot for frame in Frame.objects.all()} == {0, 1, 2}
    assert_searchable(client, "test-clip")


def test_ingesting_again_changes_nothing(clip: Path) -> None:
    call_command("ingest", str(clip))
    before = list(Frame.objects.order_by("id").values("id", "sha256", "time", "labels"))
    call_command("ingest", str(clip))
    assert list(Frame.objects.order_by("id").values("id", "sha256", "time", "labels")) == before


@pytest.mark.parametrize("name", ["sintel_trailer.mp4", "big_buck_bunny_0_30.webm"])
def test_a_real_clip_becomes_searchable_frames(client: Client, name: str) -> None:
    if not (MEDIA / name).exists():
        pytest.skip(f"the clip {MEDIA / name} is not here")
    call_command("ingest", str(MEDIA / name))
    assert Tag.objects.count() > 0
    assert_searchable(client, Episode.objects.get().series.slug)


@pytest.mark.slow
def test_the_demo_becomes_searchable_frames(client: Client, demo_series: list[Path]) -> None:
    call_command("ingest", str(demo_series[0]))
    episode = Episode.objects.get()
    truth = json.loads(demo_series[0].with_suffix(".json").read_text())
    assert (episode.series.title, episode.number) == (truth["series"], truth["episode"])
    assert episode.frames_read == truth["frames"]
    assert episode.kept >= len(truth["shots"])
    assert_searchable(client, episode.series.slug)


def test_pages_answer_to_anybody(client: Client, clip: Path) -> None:
    call_command("ingest", str(clip))
    assert client.get("/").status_code == 200
    frame = Frame.objects.visible().first()
    assert client.get(frame.get_absolute_url()).status_code == 200
    assert client.get("/frames/9223372036854775808/").status_code == 404
    assert client.get("/healthz").status_code == 200


def test_an_unknown_field_is_named(client: Client) -> None:
    answer = client.get("/api/v1/frames/", {"q": "colour:red"})
    assert answer.status_code == 400
    assert "colour" in answer.json()["detail"]
    assert client.get("/", {"q": "colour:red"}).status_code == 400
    assert client.get("/api/v1/frames/", {"limit": "many"}).status_code == 400


def test_bad_files_fail_by_name_and_the_good_one_is_ingested(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "text.mp4").write_text("no video")
    (tmp_path / "cut.mp4").write_bytes(clip.read_bytes()[:5000])
    with pytest.raises(CommandError) as caught:
        call_command("ingest", str(tmp_path))
    for name in ("empty.mp4", "text.mp4", "cut.mp4"):
        assert name in str(caught.value)
        failed = Episode.objects.get(source__endswith=f"/{name}")
        assert failed.state == "failed"
        assert failed.error
    assert Episode.objects.get(series__slug="test-clip").state == "done"


def test_a_folder_without_videos_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=str(tmp_path)):
        call_command("ingest", str(tmp_path))
