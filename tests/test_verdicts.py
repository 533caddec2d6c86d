"""Tags are written in one place, with an event for each change."""

import pytest
from django.db import connection
from django_q.brokers import get_broker
from pymongo.errors import PyMongoError

from frames.labels import CONFIRMED, REJECTED, TagRow, suggest
from frames.models import Frame, Tag, TagEvent
from frames.verdicts import (
    barred_tags,
    implied_tags,
    now,
    rewrite,
    save_verdicts,
    undo_event,
    undo_run,
)
from tests.makers import make_bare_frame as make_frame

pytestmark = pytest.mark.django_db(transaction=True)


def tag_all(run: str = "run", version: str = "1", **scores: float) -> int:
    frames = list(Frame.objects.order_by("id"))
    barred = barred_tags(frames)

    def rule(frame: Frame) -> list[TagRow]:
        return suggest(
            frame.tag_rows,
            scores,
            tagger="wd",
            version=version,
            at=now(),
            barred=barred[frame.pk],
        )

    return rewrite(frames, rule, by="wd", run=run)


def labels() -> dict[int, list[str]]:
    return dict(Frame.objects.order_by("id").values_list("id", "labels"))


def test_every_change_is_an_event_that_can_be_undone() -> None:
    frame = make_frame(1)
    tag_all(rain=0.6)
    frame.refresh_from_db()
    save_verdicts(frame, {"rain": REJECTED, "snow": CONFIRMED}, by="mika")
    assert labels() == {1: ["snow"]}
    verdict, tagging = TagEvent.objects.all()
    assert (verdict.by, verdict.run, tagging.by, tagging.run) == ("mika", "", "wd", "run")
    assert [(c.tag, c.before and c.before.state, c.after.state) for c in verdict.done] == [
        ("rain", "suggested", "rejected"),
        ("snow", None, "confirmed"),
    ]
    row = next(row for row in Frame.objects.get().tag_rows if row.tag == "rain")
    assert (row.tagger, row.score, row.by) == ("wd", 0.6, "mika")
    assert row.at is not None

    assert undo_event(verdict, by="mika")
    assert labels() == {1: ["rain"]}
    undoing = TagEvent.objects.first()
    assert undo_event(undoing, by="mika")
    assert labels() == {1: ["snow"]}
    save_verdicts(Frame.objects.get(), {"rain": CONFIRMED, "snow": REJECTED}, by="mika")
    assert not undo_event(verdict, by="mika"), "something newer has been said"


def test_a_run_is_undone_as_a_whole_and_verdicts_given_since_stand() -> None:
    for id in (1, 2, 3):
        make_frame(id)
    tag_all("first", rain=0.6)
    tag_all("second", "2", snow=0.7, cloudy=0.5)
    save_verdicts(Frame.objects.get(pk=2), {"snow": CONFIRMED}, by="mika")
    assert undo_run("second", by="mika") == 3
    assert labels() == {1: ["rain"], 2: ["rain", "snow"], 3: ["rain"]}
    assert undo_run("second", by="mika") == 0


def test_a_rejected_tag_comes_back_neither_on_the_frame_nor_on_its_duplicates() -> None:
    make_frame(1)
    make_frame(2, keeper_id=1, status="duplicate")
    make_frame(3, keeper_id=1, status="duplicate")
    make_frame(4)
    tag_all(rain=0.6)
    save_verdicts(Frame.objects.get(pk=2), {"rain": REJECTED}, by="mika")
    assert labels() == {1: [], 2: [], 3: [], 4: ["rain"]}
    tag_all(version="2", rain=0.9)
    assert labels() == {1: [], 2: [], 3: [], 4: ["rain"]}


def test_a_rejection_that_is_undone_and_brought_back_holds_on_the_duplicates_again() -> None:
    make_frame(1)
    make_frame(2, keeper_id=1, status="duplicate")
    save_verdicts(Frame.objects.get(pk=2), {"rain": REJECTED}, by="mika")
    assert undo_event(TagEvent.objects.get(), by="mika")
    undoing = TagEvent.objects.first()
    rain = [TagRow("rain", "suggested", 0.6, "wd", "1")]
    assert rewrite([Frame.objects.get(pk=1)], lambda frame: rain, by="wd", run="run") == 1
    assert labels() == {1: ["rain"], 2: []}
    assert undo_event(undoing, by="mika")
    assert Frame.objects.get(pk=2).tag_rows[0].state == REJECTED
    assert labels() == {1: [], 2: []}


def test_a_verdict_given_meanwhile_is_not_written_over() -> None:
    make_frame(1)
    make_frame(2)
    stale = list(Frame.objects.order_by("id"))
    save_verdicts(Frame.objects.get(pk=1), {"rain": REJECTED}, by="mika")

    def rule(frame: Frame) -> list[TagRow]:
        return suggest(frame.tag_rows, {"rain": 0.9}, tagger="wd", version="1")

    assert rewrite(stale, rule, by="wd", run="run") == 1
    assert labels() == {1: [], 2: ["rain"]}
    assert Frame.objects.get(pk=1).tag_rows[0].state == REJECTED


def test_rows_and_events_are_stored_together_or_not_at_all() -> None:
    make_frame(1)
    megabytes = "x" * 9_000_000  # with the row before and after, the event is one that cannot be

    def rule(frame: Frame) -> list[TagRow]:
        score = 0.5 if frame.revision == 0 else 0.6
        return [TagRow("rain", "suggested", score, "wd", megabytes)]

    assert rewrite([Frame.objects.get()], rule, by="wd", run="run") == 1
    with pytest.raises(PyMongoError):
        rewrite([Frame.objects.get()], rule, by="wd", run="run")
    assert Frame.objects.get().revision == 1
    assert Frame.objects.get().tag_rows[0].score == 0.5
    assert TagEvent.objects.count() == 1


def test_labels_have_what_the_vocabulary_implies() -> None:
    Tag.objects.create(name="downpour", category="weather", implies=["rain"])
    make_frame(1)
    tag_all(downpour=0.6)
    assert labels() == {1: ["downpour", "rain"]}
    assert implied_tags() == {"downpour": {"rain"}}


def test_a_rating_hides_a_frame_until_a_curator_clears_it() -> None:
    make_frame(1)
    tag_all(questionable=0.8)
    assert Frame.objects.get().status == "hidden"
    tag_all(version="2", general=0.9)
    assert Frame.objects.get().status == "hidden", "a tagger does not clear it"
    tag_all(version="3", questionable=0.7)
    save_verdicts(Frame.objects.get(), {"general": CONFIRMED}, by="mika")
    frame = Frame.objects.get()
    assert (frame.status, frame.labels) == ("visible", ["general"])
    tag_all(version="4", explicit=0.9)
    assert Frame.objects.get().status == "visible", "the curator has rejected all other ratings"


def test_frames_without_a_rating_are_shown_if_the_setting_says_so(settings: object) -> None:
    make_frame(1)
    make_frame(2, labels=["general"])
    make_frame(3, labels=["explicit", "general"])
    assert [f.pk for f in Frame.objects.rated_public().order_by("id")] == [1, 2]
    settings.SHOW_UNRATED = False
    assert [f.pk for f in Frame.objects.rated_public().order_by("id")] == [2]


def test_fifty_verdicts_make_a_lesson() -> None:
    connection.get_collection("frames_counter").delete_one({"_id": "verdict"})
    queue = get_broker()
    queue.purge_queue()
    make_frame(1)
    for _ in range(24):
        save_verdicts(Frame.objects.get(), {"rain": REJECTED, "snow": CONFIRMED}, by="mika")
    assert queue.queue_size() == 0
    save_verdicts(Frame.objects.get(), {"rain": REJECTED, "snow": CONFIRMED}, by="mika")
    assert queue.queue_size() == 1
