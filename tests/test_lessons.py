"""Curators' verdicts teach `taught`; only what it has learnt well does it suggest."""

import json

import numpy as np
import pytest
from django.core.management import call_command

from frames.labels import CONFIRMED, REJECTED, TagRow, judge
from frames.models import Frame, Tag, TagEvent
from frames.verdicts import rewrite
from tagging.features import active_features, features_of, model_name, pack
from tagging.lessons import read_verdicts, taught_tagger, teach
from tagging.models import FrameFeatures
from tagging.taggers.taught import packed
from tagging.work import tag_frames
from tests.makers import make_bare_frame, make_episode

pytestmark = pytest.mark.django_db(transaction=True)


def describe(frame: Frame, rains: bool) -> None:
    """Give a frame a vector that shows whether it rains."""
    vector = np.zeros(active_features().size, np.float32)
    vector[:8] = np.random.default_rng(frame.pk).normal(0, 0.2, 8)
    vector[0] += rains
    FrameFeatures.objects.create(
        id=frame.pk,
        model=model_name(active_features()),
        sha256=frame.sha256,
        vector=pack(vector),
    )


def make_judged(count: int = 36) -> None:
    episode = make_episode(number=1)
    for id in range(1, count + 1):
        describe(make_bare_frame(id, episode, shot=id // 3), rains=id // 3 % 2 == 0)

    def rule(frame: Frame) -> list[TagRow]:
        state = CONFIRMED if frame.shot % 2 == 0 else REJECTED
        return judge(frame.tag_rows, {"rain": state}, by="mika")

    rewrite(Frame.objects.all(), rule, by="mika")


def test_it_suggests_what_it_has_learnt_and_nothing_it_knows_too_little_of() -> None:
    Tag.objects.create(name="rain", category="weather")
    Tag.objects.create(name="snow", category="weather")
    make_judged()
    rewrite(
        Frame.objects.filter(pk__in=[1, 2]),
        lambda frame: judge(frame.tag_rows, {"snow": CONFIRMED}, by="mika"),
        by="mika",
    )
    lesson = teach()
    assert lesson.suggested == ["rain"]
    measured = Tag.objects.get(name="rain").measured
    assert measured.suggests
    assert measured.precision_low <= measured.precision <= measured.precision_high
    assert not Tag.objects.get(name="snow").measured.suggests

    other = make_episode(number=2)
    for id in range(101, 111):
        describe(make_bare_frame(id, other, shot=id), rains=id % 2 == 0)
    tagger = taught_tagger()
    assert tagger is not None
    frames = Frame.objects.filter(episode=other).order_by("id")
    tag_frames(frames, [tagger], run="run")
    found = [frame.pk for frame in frames.all() if frame.labels == ["rain"]]
    assert len(set(found) ^ {102, 104, 106, 108, 110}) <= 1
    row = Frame.objects.get(pk=found[0]).tag_rows[0]
    assert (row.state, row.tagger, row.version) == ("suggested", "taught", tagger.version)


def test_it_never_learns_from_suggestions() -> None:
    Tag.objects.create(name="rain", category="weather")
    make_judged()
    before = packed(teach().learnt["rain"])
    for id in range(101, 121):
        describe(make_bare_frame(id, shot=id), rains=False)
    tagger = taught_tagger()
    tag_frames(Frame.objects.filter(pk__gt=100).order_by("id"), [tagger], run="run")
    _, verdicts = read_verdicts(lambda frames: None)
    assert len(verdicts.vectors) == 36
    assert np.array_equal(packed(teach().learnt["rain"]), before)


def test_the_lesson_of_a_picture_that_changed_is_not_kept() -> None:
    frame = make_bare_frame(1)
    describe(frame, rains=True)
    assert list(features_of([frame])) == [1]
    frame.sha256 = "other"
    assert features_of([frame]) == {}


def test_teach_says_what_every_tag_is_worth(capsys: pytest.CaptureFixture[str]) -> None:
    Tag.objects.create(name="rain", category="weather")
    make_judged()
    call_command("teach", json=True)
    report = json.loads(capsys.readouterr().out)
    assert report["frames"] == 36
    assert report["tags"]["rain"]["suggests"]
    assert report["tags"]["rain"]["precision"]["value"] >= 0.8


def test_without_verdicts_there_is_no_tagger() -> None:
    assert teach().suggested == []
    assert taught_tagger() is None
    assert TagEvent.objects.count() == 0
