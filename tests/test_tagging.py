"""Taggers at work on stored frames: consensus, unknown tags, lost pictures, runs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from PIL import Image

from frames.labels import CONFIRMED, REJECTED
from frames.models import Frame, Tag, TagEvent
from frames.verdicts import save_verdicts
from tagging import active
from tagging.consensus import combined, one_of, suggestions
from tagging.loading import load_vocabulary
from tagging.models import FrameScores, TaggingRun
from tagging.pictures import read_picture
from tagging.taggers import Context
from tagging.taggers.wd import WdTagger
from tagging.work import tag_frames
from tests.makers import make_bare_frame, make_episode, make_frame
from tests.onnx_models import write_model

database = pytest.mark.django_db(transaction=True)


class Told:
    """A tagger that looks at no picture: it says what it was told of the n-th frame's time."""

    name, danbooru, looks = "told", True, False
    characters = frozenset({"rin_(some_series)"})

    def __init__(self, scores: Sequence[Mapping[str, float]], version: str = "1"):
        self.scores, self.version = scores, version
        self.thresholds: dict[str, float] = {}
        self.seen = 0

    def predict(
        self, images: Sequence[np.ndarray], contexts: Sequence[Context] | None = None
    ) -> list[dict[str, float]]:
        self.seen += len(images)
        return [dict(self.scores[round(c.motion or 0) % len(self.scores)]) for c in contexts or ()]


@pytest.fixture(autouse=True)
def no_features(monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors stand ready, so that no picture is read for them."""

    def ready(frames: Sequence[Frame]) -> dict[int, np.ndarray]:
        return {frame.pk: np.zeros(1, np.float32) for frame in frames}

    monkeypatch.setattr("tagging.work.features_of", ready)


def frames_of_one_shot(count: int) -> None:
    for id in range(1, count + 1):
        make_bare_frame(id, motion=id - 1)


def labels() -> list[list[str]]:
    return list(Frame.objects.order_by("id").values_list("labels", flat=True))


def tag(told: Told, run: str = "run", **options: bool) -> None:
    tag_frames(Frame.objects.order_by("id"), [told], run=run, **options)


def test_an_odd_score_is_voted_down_and_a_gap_is_filled_but_a_change_keeps_its_edge() -> None:
    shot = [
        {"a": a, "b": b, "c": c}
        for a, b, c in zip(
            (0.1, 0.9, 0.1, 0.1, 0.1),
            (0.9, 0.9, 0.1, 0.9, 0.9),
            (0.1, 0.1, 0.9, 0.9, 0.9),
            strict=True,
        )
    ]
    voted = combined(shot)
    assert [row["a"] for row in voted] == [0.1] * 5
    assert [row["b"] for row in voted] == [0.9] * 5
    assert [row["c"] for row in voted] == [0.1, 0.1, 0.9, 0.9, 0.9]


def test_of_two_frames_a_strong_score_stands_and_a_weak_one_needs_support() -> None:
    strong, weak, both = {"a": 0.9, "b": 0.4, "c": 0.4}, {"a": 0.1, "c": 0.5}, ["a", "b", "c"]
    first, second = combined([strong, weak])
    assert {tag: round(first[tag], 2) for tag in both} == {"a": 0.63, "b": 0.27, "c": 0.4}
    assert {tag: round(score, 2) for tag, score in second.items()} == {"a": 0.1, "c": 0.47}
    assert combined([strong]) == [strong]


@database
def test_a_weak_lone_score_of_two_frames_is_marked_and_not_shown() -> None:
    load_vocabulary()
    frames_of_one_shot(2)
    tag(Told([{"rain": 0.4, "snow": 0.9}, {"snow": 0.1}]))
    assert labels() == [["snow"], []]
    assert {row.tag: row.review for row in Frame.objects.get(pk=1).tag_rows} == {
        "rain": True,
        "snow": False,
    }


def test_a_score_that_the_shot_speaks_against_is_for_review() -> None:
    own, voted = {"rain": 0.9, "snow": 0.2}, {"rain": 0.1, "snow": 0.6}
    thresholds = {"rain": 0.35, "snow": 0.35}
    assert suggestions(own, voted, thresholds) == ({"rain": 0.9, "snow": 0.6}, {"rain"})


def test_a_picture_has_one_rating() -> None:
    scores = {"general": 0.5, "sensitive": 0.4, "rain": 0.1}
    assert one_of(scores, ("general", "sensitive")) == {"general": 0.5, "rain": 0.1}


@database
def test_a_lone_outlier_is_marked_and_not_shown() -> None:
    load_vocabulary()
    frames_of_one_shot(4)
    tag(Told([{"rain": 0.1}, {"rain": 0.9}, {"rain": 0.1}, {"rain": 0.1}]))
    assert labels() == [[], [], [], []]
    (row,) = Frame.objects.get(pk=2).tag_rows
    assert (row.review, row.score) == (True, 0.9)


@database
def test_tags_go_by_the_names_of_the_vocabulary_and_unknown_ones_are_counted() -> None:
    load_vocabulary()
    frames_of_one_shot(1)
    told = Told([{"light_smile": 0.9, "1girl": 0.8, "unheard_of": 0.9, "rain": float("nan")}])
    tally = tag_frames(Frame.objects.all(), [told], run="run")
    assert labels() == [["gentle_smile", "girl", "smile"]]
    assert tally.dropped == {"unheard_of": 1, "NaN": 1}


@database
def test_a_character_is_met_above_its_higher_threshold() -> None:
    load_vocabulary()
    frames_of_one_shot(2)
    for frame, score in ((1, 0.8), (2, 0.9)):
        Frame.objects.filter(pk=frame).update(shot=frame)
        told = Told([{"rin_(some_series)": score}], version=str(frame))
        tag_frames(Frame.objects.filter(pk=frame), [told], run="run")
    assert labels() == [[], ["rin_(some_series)"]]
    assert Tag.objects.get(name="rin_(some_series)").category == "character"


@database
def test_what_was_scored_before_is_not_scored_again_unless_asked() -> None:
    load_vocabulary()
    frames_of_one_shot(3)
    told = Told([{"rain": 0.9}])
    tag(told)
    tag(told)
    assert told.seen == 3
    assert TagEvent.objects.count() == 3
    tag(told, retag=True)
    assert told.seen == 6
    tag(Told([{"snow": 0.9}], version="2"))
    assert labels() == [["snow"]] * 3


@database
def test_a_picture_that_is_gone_loses_nothing_and_stops_nobody(tmp_path: Path) -> None:
    load_vocabulary()
    tagger = WdTagger(write_model(tmp_path, names=("rain", *"abcde"), categories=(0,) * 6))
    for shade in (100, 200):
        make_frame(np.full((36, 64, 3), shade, np.uint8), time=float(shade))
    first, second = Frame.objects.order_by("id")
    save_verdicts(first, {"snow": CONFIRMED}, by="mika")
    default_storage.delete(first.image)
    tally = tag_frames(Frame.objects.order_by("id"), [tagger], run="run")
    assert (tally.frames, tally.gone) == (2, 1)
    assert labels() == [["snow"], ["rain"]]
    assert [row.pk for row in FrameScores.objects.all()] == [second.pk]


@database
def test_a_stored_picture_with_an_alpha_channel_shows_white_where_it_is_clear() -> None:
    frame = make_frame(np.full((36, 64, 3), 100, np.uint8))
    clear = np.zeros((36, 64, 4), np.uint8)
    clear[:, :32] = (200, 100, 50, 255)
    with default_storage.open(frame.image, "wb") as file:
        Image.fromarray(clear).save(file, "PNG")
    picture = read_picture(frame)
    assert picture is not None
    assert picture.shape == (36, 64, 3)
    assert (picture[:, :32] == (200, 100, 50)).all()
    assert (picture[:, 32:] == 255).all()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    tagger = Told([{"rain": 0.9}])
    monkeypatch.setattr(active, "active_taggers", lambda: [tagger])
    return tagger


@database
def test_a_run_is_resumed_where_it_stopped_and_undone_as_a_whole(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_vocabulary()
    for id in range(1, 251):
        make_bare_frame(id, shot=id // 2)
    predict = told.predict

    def stumble(images: Sequence[np.ndarray], contexts: Sequence[Context]) -> list:
        if told.seen > 150:
            raise KeyboardInterrupt
        return predict(images, contexts)

    monkeypatch.setattr(told, "predict", stumble)
    with pytest.raises(KeyboardInterrupt):
        call_command("tag", all=True, tagger=["told"], retag=True)
    run = TaggingRun.objects.get()
    assert (run.state, run.frames) == ("queued", 250)
    assert 0 < run.done < 250
    monkeypatch.setattr(told, "predict", predict)
    seen = told.seen
    call_command("tag", all=True, tagger=["told"], retag=True)
    run.refresh_from_db()
    assert (run.state, run.done, run.changed) == ("done", 250, 250)
    assert told.seen < seen + 250
    assert labels() == [["rain"]] * 250

    save_verdicts(Frame.objects.get(pk=7), {"rain": CONFIRMED}, by="mika")
    save_verdicts(Frame.objects.get(pk=8), {"rain": REJECTED}, by="mika")
    call_command("tag", undo=run.pk)
    assert Frame.objects.filter(labels__contains=["rain"]).count() == 1
    run.refresh_from_db()
    assert run.state == "undone"


@database
def test_a_series_or_a_path_is_tagged_and_nothing_else(
    told: Told, capsys: pytest.CaptureFixture[str]
) -> None:
    load_vocabulary()
    one, two = make_episode(number=1), make_episode(number=2)
    make_bare_frame(1, one)
    make_bare_frame(2, two)
    two.source = "/videos/two.mkv"
    two.save()
    call_command("tag", "/videos", "--json")
    report = json.loads(capsys.readouterr().out)
    assert (report["state"], report["frames"], report["changed"]) == ("done", 1, 1)
    assert labels() == [[], ["rain"]]
    call_command("tag", "--series", one.series.slug)
    assert labels() == [["rain"], ["rain"]]


@database
def test_what_cannot_be_tagged_is_named(told: Told) -> None:
    for arguments, problem in (
        (["--all", "--tagger", "who"], "no tagger who here; there is told"),
        (["--series", "nothing"], "no series nothing"),
        (["/nowhere"], "/nowhere: no episode"),
        (["--undo", "x"], "no run x"),
    ):
        with pytest.raises(CommandError, match=problem):
            call_command("tag", *arguments)
