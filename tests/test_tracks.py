"""The text on the screen and the names of chapters go with the frames."""

from fractions import Fraction
from pathlib import Path

import av
import pytest
from av.subtitles.subtitle import SubtitleSet
from django.core.management import call_command
from django.test import Client

from frames.models import Frame
from ingest.tracks import Span, Tracks, chapter_name, plain, read_tracks
from tests.test_video import textures


@pytest.fixture(params=["subrip", "ass"])
def film(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Three shots of two seconds, each a chapter; while the second lasts, somebody speaks."""
    path = tmp_path / "Subtitled - 01.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        lines = container.add_stream(request.param)
        lines.codec_context.subtitle_header = b"[Script Info]\n"
        container.set_chapters(
            [
                {
                    "id": number,
                    "start": 2000 * number,
                    "end": 2000 * (number + 1),
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": title},
                }
                for number, title in enumerate(("OP", "Part A", "Ending Theme"))
            ]
        )
        container.start_encoding()
        text = b"0,0,Default,,0,0,0,,{\\\\i1}Wait, wait for me!{\\\\i0}"
        packet = lines.codec_context.encode_subtitle(SubtitleSet.create(text, 0, 2000, 2000))
        packet.stream, packet.time_base = lines, Fraction(1, 1000)
        packet.pts = packet.dts = 2000
        packet.duration = 2000
        for number, picture in textures():
            if number == 48:
                container.mux(packet)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        container.mux(stream.encode())
    return path


def test_lines_and_chapters_are_read(film: Path) -> None:
    tracks = read_tracks(film)
    assert [line.text for line in tracks.lines] == ["Wait, wait for me!"]
    assert [tracks.text_at(time) for time in (1.0, 2.5, 4.5)] == ["", "Wait, wait for me!", ""]
    assert [tracks.chapter_at(time) for time in (1.0, 3.0, 5.0)] == ["opening", "Part A", "ending"]


@pytest.mark.django_db(transaction=True)
def test_they_are_stored_with_the_frames(film: Path) -> None:
    call_command("ingest", str(film))
    for frame in Frame.objects.all():
        assert frame.text == ("Wait, wait for me!" if 2 <= frame.time < 4 else "")
        assert frame.chapter == {0: "opening", 1: "Part A", 2: "ending"}[frame.shot]


@pytest.mark.django_db(transaction=True)
def test_a_line_on_the_screen_is_found(film: Path, client: Client) -> None:
    call_command("ingest", str(film))
    with_line = set(Frame.objects.visible().exclude(text="").values_list("id", flat=True))
    found = client.get("/api/v1/frames/", {"q": 'text:"wait for me"'}).json()
    assert with_line
    assert {frame["id"] for frame in found["results"]} == with_line
    assert {frame["chapter"] for frame in found["results"]} == {"Part A"}
    chapters = [frame["chapter"] for frame in client.get("/api/v1/frames/").json()["results"]]
    assert {"opening", "ending"} <= set(chapters)
    assert client.get("/api/v1/frames/", {"q": 'text:"wait for him"'}).json()["count"] == 0


def test_markup_is_taken_out() -> None:
    assert plain(b"{\\pos(1,2)}One<i>two</i>\\Nthree") == "Onetwo three"


def test_two_lines_at_once_are_both_there() -> None:
    tracks = Tracks([Span(0, 5, "one"), Span(1, 3, "two")])
    assert tracks.text_at(2) == "one\ntwo"


def test_openings_and_endings_have_one_name() -> None:
    names = {"OP": "opening", "ED 2": "ending", "エンディング": "ending", "Part A": "Part A"}
    assert {title: chapter_name(title) for title in names} == names
