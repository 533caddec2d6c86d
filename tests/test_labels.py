"""Tags in three states: what is true after any sequence of tagging, verdicts and undoing."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from frames.implications import TagCycle, all_implied
from frames.labels import (
    CONFIRMED,
    REJECTED,
    SUGGESTED,
    Change,
    TagRow,
    changes,
    judge,
    rejected_again,
    rejected_tags,
    renamed,
    suggest,
    undo,
    visible_labels,
    without_suggestions,
)

TAGS = ["crying", "rain", "smile"]
tags = st.sampled_from(TAGS)
scores = st.dictionaries(tags, st.floats(0, 1))
taggers = st.sampled_from([("wd", "1"), ("wd", "2"), ("taught", "1")])


def row(tag: str, state: str = SUGGESTED, score: float = 0.5, tagger: str = "wd") -> TagRow:
    return TagRow(tag, state, score, tagger, "1")


class TwoCopies(RuleBasedStateMachine):
    """Two frames that are duplicates of each other, as `frames.verdicts` treats them."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[TagRow]] = [[], []]
        self.done: list[tuple[int, list[Change]]] = []
        self.verdicts: list[dict[str, str]] = [{}, {}]

    def write(self, frame: int, rows: list[TagRow]) -> None:
        self.done.append((frame, changes(self.rows[frame], rows)))
        self.rows[frame] = rows

    @rule(frame=st.integers(0, 1), tagger=taggers, scores=scores, lone=st.sets(tags))
    def tag(self, frame: int, tagger: tuple[str, str], scores: dict, lone: set[str]) -> None:
        name, version = tagger
        barred = rejected_tags(self.rows[1 - frame])
        before = self.rows[frame]
        rows = suggest(before, scores, tagger=name, version=version, barred=barred, review=lone)
        assert [r for r in rows if r.state != SUGGESTED] == [
            r for r in before if r.state != SUGGESTED
        ]
        assert (
            suggest(rows, scores, tagger=name, version=version, barred=barred, review=lone) == rows
        )
        self.write(frame, rows)

    @rule(frame=st.integers(0, 1), tag=tags, state=st.sampled_from([CONFIRMED, REJECTED]))
    def give_verdict(self, frame: int, tag: str, state: str) -> None:
        self.write(frame, judge(self.rows[frame], {tag: state}, by="mika"))
        self.verdicts[frame][tag] = state
        if state == REJECTED:
            self.write(1 - frame, without_suggestions(self.rows[1 - frame], {tag}))

    @rule(back=st.integers(1, 5))
    def undo_one_of_the_last(self, back: int) -> None:
        if len(self.done) < back:
            return
        frame, changed = self.done[-back]
        barred = rejected_tags(self.rows[1 - frame])
        self.write(frame, undo(self.rows[frame], changed, barred=barred))
        again = rejected_again(self.rows[frame], changed)
        if again:
            self.write(1 - frame, without_suggestions(self.rows[1 - frame], again))
        # Only an undo may take a verdict away or bring one back.
        self.verdicts[frame] = {r.tag: r.state for r in self.rows[frame] if r.state != SUGGESTED}

    @invariant()
    def verdicts_stand(self) -> None:
        for rows, verdicts in zip(self.rows, self.verdicts, strict=True):
            assert {r.tag: r.state for r in rows if r.state != SUGGESTED} == verdicts

    @invariant()
    def what_is_rejected_is_neither_shown_nor_suggested_on_a_copy(self) -> None:
        for frame, rows in enumerate(self.rows):
            assert not rejected_tags(rows) & set(visible_labels(rows, {"crying": {"rain"}}))
            suggested = {r.tag for r in rows if r.state == SUGGESTED}
            assert not suggested & rejected_tags(self.rows[1 - frame])

    @invariant()
    def a_tag_has_one_row(self) -> None:
        for rows in self.rows:
            names = [r.tag for r in rows]
            assert names == sorted(set(names))


TestTwoCopies = TwoCopies.TestCase


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("tag"), taggers, scores),
            st.tuples(st.just("judge"), tags, st.sampled_from([CONFIRMED, REJECTED])),
        ),
        max_size=8,
    )
)
def test_everything_undone_from_the_last_to_the_first_is_as_it_was(steps: list) -> None:
    before = [row("crying", CONFIRMED), row("rain")]
    rows, done = before, []
    for kind, what, value in steps:
        if kind == "tag":
            after = suggest(rows, value, tagger=what[0], version=what[1])
        else:
            after = judge(rows, {what: value}, by="mika")
        done.append(changes(rows, after))
        rows = after
    for changed in reversed(done):
        rows = undo(rows, changed)
    assert rows == before


def test_a_new_version_replaces_its_own_suggestions_and_nothing_else() -> None:
    rows = [row("crying", CONFIRMED), row("rain"), row("smile", tagger="taught")]
    after = suggest(rows, {"snow": 0.9, "crying": 0.1}, tagger="wd", version="2")
    assert after == [
        row("crying", CONFIRMED),
        row("smile", tagger="taught"),
        TagRow("snow", SUGGESTED, 0.9, "wd", "2"),
    ]


def test_a_suggestion_for_review_is_not_shown_and_gives_way_to_one_that_is() -> None:
    lone = suggest([], {"rain": 0.9}, tagger="wd", version="1", review={"rain"})
    assert visible_labels(lone) == []
    rows = suggest(lone, {"rain": 0.4}, tagger="taught", version="1")
    assert visible_labels(rows) == ["rain"]
    assert suggest(rows, {"rain": 0.9}, tagger="wd", version="1", review={"rain"}) == rows


def test_a_verdict_keeps_who_suggested_the_tag() -> None:
    (judged,) = judge([row("rain", score=0.7)], {"rain": CONFIRMED}, by="mika")
    assert judged == replace(row("rain", score=0.7), state=CONFIRMED, by="mika")


def test_what_is_undone_late_leaves_what_was_said_since() -> None:
    rows = suggest([], {"rain": 0.7, "snow": 0.7}, tagger="wd", version="1")
    tagging = changes([], rows)
    rows = judge(rows, {"rain": CONFIRMED}, by="mika")
    assert [r.tag for r in undo(rows, tagging)] == ["rain"]


def test_labels_have_what_is_implied_unless_it_was_rejected() -> None:
    implied = all_implied({"downpour": ["heavy_rain"], "heavy_rain": ["rain"]})
    assert visible_labels([row("downpour")], implied) == ["downpour", "heavy_rain", "rain"]
    rows = [row("downpour"), row("rain", REJECTED)]
    assert visible_labels(rows, implied) == ["downpour", "heavy_rain"]


def test_tags_that_imply_each_other_are_named() -> None:
    with pytest.raises(TagCycle, match="a -> b -> c -> a"):
        all_implied({"a": ["b"], "b": ["c"], "c": ["a"]})


def test_renamed_rows_become_one_and_a_verdict_wins() -> None:
    rows = [row("rain", CONFIRMED, 0.4), row("raining", score=0.9), row("snow")]
    assert renamed(rows, {"raining": "rain"}) == [row("rain", CONFIRMED, 0.4), row("snow")]
