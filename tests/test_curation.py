"""Curators change thresholds, go through queues and have `taught` learn, in the admin."""

from collections.abc import Sequence

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django_q.brokers import get_broker

from frames.labels import CONFIRMED, REJECTED
from frames.models import Frame, Tag, TagEvent, TagSuggestion, Threshold
from frames.verdicts import save_verdicts
from tagging import active, installed
from tagging.loading import load_vocabulary
from tagging.marks import ascending
from tagging.models import FrameScores, TaggingRun
from tagging.preview import preview
from tagging.rethreshold import Setting
from tagging.review import marked, unsure
from tagging.runs import change_threshold, go, undo
from tagging.work import tag_frames
from tests.makers import make_bare_frame
from tests.test_tagging import Told, labels, no_features  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)
RAIN = (0.2, 0.36, 0.5, 0.5, 0.7, 0.9)


@pytest.fixture(autouse=True)
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """The only tagger: rain on six frames, each in a shot of its own, and snow on none."""
    load_vocabulary()
    told = Told([{"rain": score, "snow": 0.15} for score in RAIN])
    monkeypatch.setattr(active, "active_taggers", lambda: [told])
    for module in ("rethreshold", "review", "state"):
        monkeypatch.setattr(f"tagging.{module}.active_taggers", lambda: [told], raising=False)
    for id in range(1, 7):
        make_bare_frame(id, motion=id - 1, shot=id)
    tag_frames(Frame.objects.order_by("id"), [told], run="first")
    return told


@pytest.fixture
def curator(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("curator"))
    return client


def rainy() -> list[int]:
    return list(
        Frame.objects.filter(labels__contains=["rain"]).order_by("id").values_list("id", flat=True)
    )


def work_off() -> None:
    for run in TaggingRun.objects.all():
        go(run.pk)


@pytest.mark.parametrize("threshold", [0.2, 0.36, 0.5, 0.51, 0.9, 1.0, None])
def test_the_preview_tells_exactly_what_the_change_does(threshold: float | None) -> None:
    change_threshold(Setting(tag="rain", threshold=0.45), by="mika")
    work_off()
    before = set(rainy())
    told = preview(Setting(tag="rain", threshold=threshold))
    change_threshold(Setting(tag="rain", threshold=threshold), by="mika")
    work_off()
    after = set(rainy())
    effect = told.effects.get("rain")
    gains, losses = (effect.gains, effect.losses) if effect else (0, 0)
    assert (gains, losses) == (len(after - before), len(before - after))
    limit = 0.35 if threshold is None else threshold
    assert after == {id for id, score in enumerate(RAIN, 1) if score >= limit}


def test_a_preview_of_many_frames_looks_at_some_and_says_how_far_off_it_may_be(
    told: Told, curator: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every third of the frames between the thresholds has been judged, so it gains nothing."""
    scores = [0.12 + 0.2 * number / 300 for number in range(300)]
    told.scores = [{"rain": score} for score in scores]
    for id in range(101, 401):
        make_bare_frame(id, motion=id - 101, shot=id)
    tag_frames(Frame.objects.filter(pk__gt=100).order_by("id"), [told], run="many")
    for frame in Frame.objects.filter(pk__in=range(102, 401, 3)):
        save_verdicts(frame, {"rain": REJECTED}, by="mika")
    setting = Setting(tag="rain", threshold=0.11)
    exact = preview(setting)
    assert exact.exact
    assert (exact.effects["rain"].gains, exact.effects["rain"].error) == (201, 0)

    monkeypatch.setattr("tagging.preview.EXAMINED", 100)
    estimate = preview(setting)
    effect = estimate.effects["rain"]
    assert (estimate.exact, estimate.examined, estimate.candidates) == (False, 100, 301)
    assert 0 < effect.error < 50
    assert abs(effect.gains - 201) <= effect.error
    page = curator.get("/admin/frames/tag/thresholds/?tag=rain&threshold=0.11").content.decode()
    assert "100 of 301 frames" in page
    assert f"off by {effect.error} (95%)" in page


def test_verdicts_outlive_a_threshold_and_a_rejected_tag_does_not_come_back() -> None:
    save_verdicts(Frame.objects.get(pk=2), {"rain": CONFIRMED}, by="mika")
    save_verdicts(Frame.objects.get(pk=3), {"rain": REJECTED}, by="mika")
    Frame.objects.filter(pk=4).update(keeper=3, status="duplicate")
    change_threshold(Setting(tag="rain", threshold=0.8), by="mika")
    work_off()
    assert rainy() == [2, 6]
    assert preview(Setting(tag="rain", threshold=0.15)).effects["rain"].gained == [1, 5]
    change_threshold(Setting(tag="rain", threshold=0.15), by="mika")
    work_off()
    assert rainy() == [1, 2, 5, 6]


def test_a_category_counts_for_tags_without_a_threshold_of_their_own() -> None:
    Tag.objects.filter(name="snow").update(threshold=0.5)
    told = preview(Setting(category="weather", threshold=0.12))
    assert {tag: (e.gains, e.losses) for tag, e in told.effects.items()} == {"rain": (1, 0)}
    change_threshold(Setting(category="weather", threshold=0.12), by="mika")
    work_off()
    assert rainy() == [1, 2, 3, 4, 5, 6]
    assert Threshold.objects.get().threshold == 0.12


def test_a_change_cut_short_goes_on_and_is_undone_as_a_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tagging.rethreshold.BATCH", 2)
    run = change_threshold(Setting(tag="rain", threshold=1.0), by="mika")

    def pull_the_plug(run: TaggingRun) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        go(run.pk, pull_the_plug)
    assert rainy() == [4, 5, 6]
    assert go(run.pk)
    assert rainy() == []
    run.refresh_from_db()
    assert (run.state, run.done, run.frames, run.changed) == ("done", 5, 5, 5)
    assert undo(run.pk, by="mika") == 5
    assert rainy() == [2, 3, 4, 5, 6]
    assert Tag.objects.get(name="rain").threshold is None


def test_a_run_undone_while_it_goes_on_writes_nothing_more(told: Told) -> None:
    told.version = "2"
    run = TaggingRun.objects.create(id="r", taggers=["told"], frames=6)

    def take_back(session: object) -> None:
        undo("r", by="mika")

    with pytest.MonkeyPatch.context() as patch:
        from tagging import work

        first = work.Work.write

        def write_after_undo(self: work.Work, shots: Sequence) -> None:  # type: ignore[type-arg]
            undo("r", by="mika")
            first(self, shots)

        patch.setattr(work.Work, "write", write_after_undo)
        go(run.pk)
    run.refresh_from_db()
    assert run.state == "undone"
    assert not TagEvent.objects.filter(run="r", undone=False).exists()
    assert {row.version for frame in Frame.objects.all() for row in frame.tags} == {"1"}


def test_what_was_undone_does_not_come_back_by_a_threshold() -> None:
    TaggingRun.objects.create(id="first", taggers=["told"], frames=6)
    undo("first", by="mika")
    assert rainy() == []
    assert not list(ascending("told", "rain", 0))
    assert preview(Setting(tag="rain", threshold=0.15)).frames == 0


def test_marks_follow_a_tagger_that_scores_again_and_leave_the_others_alone(told: Told) -> None:
    other = Told([{"rain": 0.3}], version="1")
    other.name = "other"
    tag_frames(Frame.objects.filter(pk=1), [other], run="other")
    told.scores, told.version = [{"rain": 0.6}], "2"
    tag_frames(Frame.objects.filter(pk=1), [told], run="again")
    assert FrameScores.objects.get(pk=1).marks == ["other rain 0.3000", "told rain 0.6000"]


def test_the_least_certain_come_first_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tagging.review.PAGE", 2)
    save_verdicts(Frame.objects.get(pk=5), {"rain": CONFIRMED}, by="mika")
    cards, after = unsure("rain")
    assert [card.frame.pk for card in cards] == [2, 3, 4]  # two of one score stay together
    assert after is not None
    cards, after = unsure("rain", after)
    assert ([card.frame.pk for card in cards], after) == ([6], None)


def test_suggestions_that_their_shot_speaks_against_are_a_queue(told: Told) -> None:
    Frame.objects.update(shot=0)
    told.scores, told.version = [{"rain": 0.1}, {"rain": 0.9}, *[{"rain": 0.1}] * 4], "2"
    tag_frames(Frame.objects.order_by("id"), [told], run="again")
    assert rainy() == []
    assert [card.frame.pk for card in marked("rain")] == [2]


def test_answers_become_verdicts_and_can_be_taken_back(curator: Client) -> None:
    Frame.objects.filter(pk=4).update(keeper=3, status="duplicate")
    before = {frame.pk: frame.tag_rows for frame in Frame.objects.all()}
    for said, state in (("confirm", CONFIRMED), ("reject", REJECTED)):
        assert curator.post("/admin/frames/tag/verdict/", {said: "frame:3:rain"}).status_code == 302
        row = Frame.objects.get(pk=3).tag_rows[0]
        assert (row.state, row.by) == (state, "curator")
        assert (4 in rainy()) == (said == "confirm")
        curator.post("/admin/frames/tag/verdict/", {"undo": "frame:3:rain"})
        assert {frame.pk: frame.tag_rows for frame in Frame.objects.all()} == before
    answer = curator.post(
        "/admin/frames/tag/verdict/",
        {"confirm": "frame:2:rain"},
        headers={"accept": "application/json"},
    )
    assert answer.json() == {"said": "confirm"}
    assert "frame:2:rain" not in curator.get("/admin/frames/tag/review/?tag=rain").content.decode()
    for wrong in ("frame:99:rain", "frame:2:nothing", "frame:x:rain"):
        assert curator.post("/admin/frames/tag/verdict/", {"confirm": wrong}).status_code == 404


def test_readers_suggestions_are_answered_and_reopened(curator: Client) -> None:
    said = TagSuggestion.objects.create(frame_id=1, tag="night", kind="missing", sender="x")
    page = curator.get("/admin/frames/tag/review/?queue=readers").content.decode()
    assert f"reader:{said.pk}" in page
    curator.post("/admin/frames/tag/verdict/", {"confirm": f"reader:{said.pk}"})
    said.refresh_from_db()
    assert (said.state, Frame.objects.get(pk=1).labels) == ("accepted", ["night"])
    curator.post("/admin/frames/tag/verdict/", {"undo": f"reader:{said.pk}"})
    said.refresh_from_db()
    assert (said.state, Frame.objects.get(pk=1).labels) == ("open", [])


def test_the_threshold_page_previews_and_applies(curator: Client) -> None:
    address = "/admin/frames/tag/thresholds/"
    page = curator.get(address, {"tag": "rain", "category": "", "threshold": "0.6"})
    assert (page.context["gains"], page.context["losses"]) == (0, 3)
    assert Tag.objects.get(name="rain").threshold is None
    form = {"tag": "rain", "category": "", "threshold": "0.6"}
    assert curator.post(address, form).status_code == 302
    assert get_broker().queue_size() > 0
    work_off()
    assert rainy() == [5, 6]
    for wrong in (
        {"tag": "rayn"},
        {"category": "weather", "tag": "rain"},
        {},
        {"tag": "rain", "threshold": "2"},
    ):
        page = curator.post(address, {"threshold": "0.5"} | wrong)
        assert page.status_code == 200
        assert "errorlist" in page.content.decode()
    assert Tag.objects.get(name="rain").threshold == 0.6


def test_the_first_page_says_which_taggers_work_and_why_one_does_not(
    curator: Client, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    get_broker().delete_queue()
    reason = tmp_path / "failure"  # type: ignore[operator]
    reason.write_text("the hub cannot be reached")
    monkeypatch.setattr(installed, "FAILURE", reason)
    page = curator.get("/admin/").content.decode()
    assert "told" in page
    assert "the hub cannot be reached" in page
    assert "install_tagger wd-vit-v3" in page
    assert "disabled" not in page
    curator.post("/admin/frames/tag/teach/")
    assert "A lesson is queued or running" in curator.get("/admin/").content.decode()


def test_who_is_no_curator_changes_nothing(client: Client) -> None:
    client.force_login(User.objects.create_user("guest", is_staff=True))
    for address in ("verdict/", "teach/", "thresholds/"):
        assert (
            client.post(f"/admin/frames/tag/{address}", {"confirm": "frame:2:rain"}).status_code
            == 403
        )
    assert not TagEvent.objects.filter(run="").exists()


def test_an_implication_added_in_the_admin_reaches_frames_that_are_there(curator: Client) -> None:
    rain = Tag.objects.get(name="rain")
    form = {"category": "weather", "description": "Wet.", "aliases": "", "danbooru": "rain"}
    for implies, expected in (("snow", ["rain", "snow"]), ("", ["rain"])):
        answer = curator.post(f"/admin/frames/tag/{rain.pk}/change/", form | {"implies": implies})
        assert answer.status_code == 302
        from tagging.relabel import relabel

        assert relabel() == 5
        assert labels()[5] == expected


def test_the_vocabulary_file_with_another_implication_reaches_frames_that_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dataclasses import replace

    from tagging import loading

    shipped = loading.read_vocabulary()
    changed = [replace(t, implies=("snow",)) if t.name == "rain" else t for t in shipped]
    monkeypatch.setattr(loading, "read_vocabulary", lambda: changed)
    loading.load_vocabulary()
    assert labels()[5] == ["rain", "snow"]
    monkeypatch.setattr(loading, "read_vocabulary", lambda: shipped)
    loading.load_vocabulary()
    assert labels()[5] == ["rain"]


def test_precision_is_shown_with_its_uncertainty(curator: Client) -> None:
    from django.utils import timezone

    from frames.models import Measured

    measured = Measured(
        examples=30,
        counterexamples=20,
        shots=9,
        suggests=True,
        at=timezone.now(),
        precision=0.9,
        precision_low=0.8,
        precision_high=0.95,
        recall=0.7,
        recall_low=0.5,
        recall_high=0.8,
    )
    Tag.objects.filter(name="rain").update(measured=measured, confirmed=9, rejected=1)
    page = curator.get("/admin/frames/tag/?q=rain").content.decode()
    for text in ("0.90 (0.80 to 0.95)", "0.70 (0.50 to 0.80)", "9 of 10"):
        assert text in page
