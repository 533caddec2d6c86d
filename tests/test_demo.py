"""The demo series: what its storyboards promise, and that the film keeps it frame by frame."""

import json
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from django.core.management import call_command

from anipic_site.environment import VAR_ROOT
from frames.models import Episode, Frame
from ingest.demo import source_version
from ingest.demo.series import ALTERNATIVE_TITLES, EPISODES, TITLE, YEAR, file_name, series_json
from ingest.demo.shots import HEIGHT, WIDTH, Shot
from ingest.demo.stage import Stage
from ingest.demo.truth import ground_truth
from ingest.names import identify
from tests.conftest import draw_clip

EXPRESSIONS = ("neutral", "smile", "laugh", "crying", "angry", "surprised")
ACTIONS = ("fight", "walking", "running", "talking")
WEATHER = ("rain", "snow", "sunny", "cloudy", "night", "sunset")

both = pytest.mark.parametrize("number", EPISODES)


def shots_by_tag(number: int) -> dict[str, list[Shot]]:
    by_tag = defaultdict(list)
    for shot in EPISODES[number].shots:
        for tag in set(shot.tags()) | set(shot.tags(late=True)):
            by_tag[tag].append(shot)
    return by_tag


@both
def test_an_episode_is_long_enough_to_measure_by(number: int) -> None:
    assert len(EPISODES[number].shots) >= 30
    assert 70 <= EPISODES[number].frames / 24 <= 82


@both
def test_everything_is_seen_four_times_in_different_places_by_different_people(number: int) -> None:
    by_tag = shots_by_tag(number)
    for tag in (*EXPRESSIONS, *ACTIONS, *WEATHER):
        shots = by_tag[tag]
        assert len(shots) >= 4, tag
        assert len({shot.place for shot in shots}) >= 3, tag
        assert len({actor.name for shot in shots for actor in shot.actors}) >= 3, tag


def test_three_people_are_neutral_smile_cry_and_rage() -> None:
    wanted = {"neutral", "smile", "crying", "angry"}
    seen: dict[str, set[str]] = defaultdict(set)
    for episode in EPISODES.values():
        for actor in (actor for shot in episode.shots for actor in shot.actors):
            seen[actor.name] |= actor.tags(late=False) | actor.tags(late=True)
    assert sum(moods >= wanted for moods in seen.values()) >= 3


@both
def test_the_truth_covers_every_frame_once(number: int) -> None:
    truth = ground_truth(number, [])
    edges = [edge for shot in truth["shots"] for edge in (shot["start"], shot["end"])]
    assert (edges[0], edges[-1]) == (0, truth["frames"])
    assert edges[1:-1:2] == edges[2::2]
    for shot in truth["shots"]:
        phases = shot["phases"]
        assert (phases[0]["start"], phases[-1]["end"]) == (shot["start"], shot["end"])
        assert all(a["end"] == b["start"] for a, b in pairwise(phases))
        assert {tag for phase in phases for tag in phase["tags"]} >= set(shot["tags"])
    soft = {t["start"] + (t["end"] - t["start"]) // 2 for t in truth["transitions"]}
    assert not soft & set(truth["cuts"])


def test_series_json_names_the_files_as_their_names_do() -> None:
    contract = series_json()
    for name, episode in contract["episodes"].items():
        identity = identify(Path(name))
        assert (identity.series, identity.number) == (contract["title"], episode["number"])


@both
def test_every_shot_can_be_drawn(number: int) -> None:
    for shot in EPISODES[number].shots:
        picture = Stage(shot).picture(shot.frames // 3)
        assert (picture.shape, picture.dtype) == ((HEIGHT, WIDTH, 3), np.uint8)
        assert picture.std() > 3  # not empty


def test_a_held_drawing_is_the_same_array_and_a_lip_flap_moves_only_the_mouth() -> None:
    shot = next(shot for shot in EPISODES[1].shots if shot.motion == "lip_flap")
    stage = Stage(shot)
    drawings = {id(stage.picture(n)): stage.picture(n) for n in range(shot.frames)}
    pictures = [stage.picture(n) for n in range(24)]
    assert pictures[0] is pictures[1] is pictures[2]
    assert 3 < len(drawings) < shot.frames
    changed = [np.any(a != b, axis=2) for a, b in pairwise(pictures) if a is not b]
    assert changed
    assert all(0 < area.mean() < 0.02 for area in changed)


@both
def test_an_expression_changes_in_the_middle_of_a_held_shot(number: int) -> None:
    changing = [s for s in EPISODES[number].shots if s.changes and s.motion in ("held", "lip_flap")]
    assert changing
    for shot in changing:
        stage = Stage(shot)
        before, after = stage.picture(shot.middle - 1), stage.picture(shot.middle)
        assert 0.001 < np.any(before != after, axis=2).mean() < 0.1


@pytest.mark.slow
@both
def test_the_rendered_film_is_what_the_truth_says(demo_series: list[Path], number: int) -> None:
    video = demo_series[number - 1]
    assert video.name == file_name(number)
    truth = json.loads(video.with_suffix(".json").read_text())
    lumas = []
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (WIDTH, HEIGHT, 24)
        for frame in container.decode(stream):
            luma = frame.reformat(width=320, height=180, format="gray").to_ndarray()
            lumas.append(luma.astype(np.int16))
    assert len(lumas) == truth["frames"]
    change = np.array([0, *(np.abs(b - a).mean() for a, b in pairwise(lumas))])
    assert change[truth["cuts"]].min() > 8
    starts = [first for first, _ in truth["drawings"]]
    held = sorted(set(range(truth["frames"])) - set(starts))
    assert len(held) > truth["frames"] / 3
    assert change[held].max() < 2
    for start, _ in truth["flashes"]:
        assert change[start] > 8


@pytest.mark.django_db(transaction=True)
def test_ingest_demo_if_empty_leaves_a_users_own_videos_alone(clip: Path) -> None:
    call_command("ingest", str(clip))
    call_command("ingest_demo", "--if-empty")
    assert [episode.source for episode in Episode.objects.all()] == [str(clip)]


@pytest.mark.django_db(transaction=True)
def test_ingest_demo_takes_in_what_was_drawn_before_and_may_be_repeated() -> None:
    folder = VAR_ROOT / "demo"
    folder.mkdir()
    for number in EPISODES:  # short films in the place of the drawn ones
        draw_clip(folder / file_name(number), shots=1 + number)
        truth = (folder / file_name(number)).with_suffix(".json")
        nothing = {"series": TITLE, "fps": 24, "shots": [], "transitions": []}
        truth.write_text(json.dumps({"version": source_version(), **nothing}))
    call_command("ingest_demo")
    episodes = Episode.objects.order_by("number")
    assert [(e.number, e.state) for e in episodes] == [(1, "done"), (2, "done")]
    assert [e.title for e in episodes] == [EPISODES[1].title, EPISODES[2].title]
    series = episodes[0].series
    assert (series.title, series.year) == (TITLE, YEAR)
    assert series.alternative_titles == list(ALTERNATIVE_TITLES)
    frames = list(Frame.objects.order_by("id").values_list("id", "sha256", "status"))
    call_command("ingest_demo", "--if-empty")
    call_command("ingest_demo")
    assert list(Frame.objects.order_by("id").values_list("id", "sha256", "status")) == frames
