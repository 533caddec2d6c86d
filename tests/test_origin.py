"""An unknown episode is known by its pictures."""

from pathlib import Path

import av
import numpy as np
import pytest
from django.contrib.auth.models import User
from django.test import Client

from frames.models import Episode, Frame
from frames.origin import Sighting, likely_origins
from frames.vectors import describe_frames
from ingest.episodes import register
from ingest.origin import NotBetter, accept, identify, look_up
from ingest.video import read_pictures
from tests.conftest import MEDIA
from tests.makers import make_episode, make_frame, make_series, pictures_of

database = pytest.mark.django_db(transaction=True)


def seen(time: float, their_time: float, number: int = 1, distance: float = 0.02) -> Sighting:
    return Sighting(time, round(their_time), distance, "kazemachi-diary", 1, number, their_time)


def test_pictures_in_step_with_an_episode_tell_it() -> None:
    pictures = [[seen(t, t + 30), seen(t, 5, number=2)] for t in range(0, 100, 10)]
    first, *others = likely_origins(pictures)
    assert (first.number, first.share, first.offset) == (1, 1.0, 30.0)
    assert not others
    assert len(first.evidence) == 10


def test_look_alikes_out_of_step_tell_only_the_series() -> None:
    order = np.random.default_rng(1).permutation(40) * 25.0
    (origin,) = likely_origins([[seen(t, float(order[t]))] for t in range(40)])
    assert (origin.series, origin.number) == ("kazemachi-diary", None)


def test_few_or_distant_look_alikes_tell_nothing() -> None:
    assert likely_origins([[seen(t, t, distance=0.3)] for t in range(20)]) == []
    assert likely_origins([[seen(t, t)] if t < 3 else [] for t in range(40)]) == []
    assert likely_origins([]) == []


def again(source: Path, target: Path, size: tuple[int, int], first: float, last: float) -> Path:
    """The film once more: smaller, coarser, from `first` to `last` second."""
    with av.open(str(target), "w") as container:
        stream = container.add_stream(
            "libx264", rate=24, options={"crf": "30", "preset": "ultrafast"}
        )
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for picture in read_pictures(source):
            if picture.time > last:
                break
            if picture.time >= first:
                frame = av.VideoFrame.from_ndarray(picture.image(), format="rgb24")
                container.mux(stream.encode(frame.reformat(*size)))
        container.mux(stream.encode())
    return target


@pytest.fixture
def archive(demo_series: list[Path]) -> list[Episode]:
    """Both episodes of the demo, a frame every second of the first fifty: one or two a shot."""
    series = make_series("Kazemachi Diary")
    episodes = []
    for number, video in enumerate(demo_series, 1):
        episode = make_episode(series, number)
        for time, picture in pictures_of(video, every=1.0, most=50):
            make_frame(picture[::2, ::2], episode, time=time)
        episodes.append(episode)
    assert list(describe_frames(Frame.objects.order_by("id")))
    return episodes


@database
def test_an_episode_under_a_meaningless_name_is_known_and_a_foreign_clip_is_not(
    archive: list[Episode], demo_series: list[Path], tmp_path: Path, client: Client
) -> None:
    again(demo_series[0], tmp_path / "xq.mp4", (640, 360), first=3.0, last=50.0)
    unknown = register(tmp_path / "xq.mp4")
    assert unknown.series.slug not in archive[0].series.slug
    identify(str(unknown.pk))
    unknown.refresh_from_db()
    first = unknown.origins[0]
    assert (first["series"], first["number"]) == ("kazemachi-diary", 1)
    assert first["offset"] == pytest.approx(3.0, abs=1.0)
    # A curator sees why, and says yes with one click.
    client.force_login(User.objects.create_superuser("curator"))
    page = client.get(f"/admin/frames/episode/{unknown.pk}/change/").content.decode()
    assert "Kazemachi Diary, episode 1" in page
    assert page.count("thumbnails/") >= 4
    Episode.objects.filter(pk=archive[0].pk).update(width=320, height=180)
    client.post(f"/admin/frames/episode/{unknown.pk}/origin/0/")
    known = Episode.objects.get(pk=archive[0].pk)
    assert (known.sha256, known.state, known.number) == (unknown.sha256, "queued", 1)
    assert not Episode.objects.filter(pk=unknown.pk).exists()

    if not MEDIA.exists():
        pytest.skip(f"no clips in {MEDIA}")
    for clip in sorted(MEDIA.glob("*_*.*"))[:2]:
        found = look_up(clip)
        assert likely_origins(found) == []


@database
def test_a_file_that_is_no_better_does_not_replace_what_is_there() -> None:
    series = make_series()
    there = make_episode(series, 1)
    Episode.objects.filter(pk=there.pk).update(width=1920, height=1080)
    unsure = make_episode(series, 9)
    Episode.objects.filter(pk=unsure.pk).update(state=Episode.State.UNSURE)
    unsure.refresh_from_db()
    origin = {"series": series.slug, "season": 1, "number": 1}
    with pytest.raises(NotBetter, match="episode 1 is there already"):
        accept(unsure, origin)
    assert accept(unsure, origin | {"number": None}).state == Episode.State.UNSURE
    assert accept(unsure, origin | {"number": 4}).pk == unsure.pk
    unsure.refresh_from_db()
    assert (unsure.number, unsure.state) == (4, "queued")
