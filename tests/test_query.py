"""The search language."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from frames.query import MAX_TERMS, BadQuery, Query, parse, render
from frames.scores import UNSCORED, levels_of
from frames.terms import And, Field, Interval, Not, Or, Tag, Within, level

RAIN, NIGHT, SMILE, LAUGH = Tag("rain"), Tag("night"), Tag("smile"), Tag("laugh")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", None),
        ("rain", RAIN),
        ("Rain NIGHT rain", And((RAIN, NIGHT))),
        ('"rainy weather"', Tag("rainy_weather")),
        ("-night", Not(NIGHT)),
        ("--night", NIGHT),
        ("(smile | laugh) -rain", And((Or((SMILE, LAUGH)), Not(RAIN)))),
        ("rain night | smile", Or((And((RAIN, NIGHT)), SMILE))),
        ("-(smile|laugh)", Not(Or((SMILE, LAUGH)))),
        ("sun*", Tag("sun*")),
        ("saber_(fate)", Tag("saber_(fate)")),
        (":d >_<", And((Tag(":d"), Tag(">_<")))),
        ("series:kazemachi-diary", Field("series", "kazemachi-diary")),
        ("episode:3..5", Field("episode", "3..5", Interval(3, 5))),
        ("width:>=1280", Field("width", ">=1280", Interval(1280, 2**40))),
        ("character:Hatsune_Miku", Tag("hatsune_miku", "character")),
        ("time:5:00..6:30", Field("time", "5:00..6:30", Interval(300_000, 390_000))),
        ("time:1:02:03", Field("time", "1:02:03", Interval(3_723_000, 3_723_999))),
        ("date:2026-11", Field("date", "2026-11", Interval(1793491200, 1796083199))),
        ("smile:>0.9", Tag("smile", levels=Interval(181, 2**40), value=">0.9")),
        ('"rainy weather":>.5', Tag("rainy_weather", levels=Interval(101, 2**40), value=">.5")),
        ("smile:confirmed", Tag("smile", state="confirmed")),
        ("object:umbrella", Tag("umbrella", "object")),
        ("time:night", Tag("night", "time")),
        ("character:miku:>0.5", Tag("miku", "character", Interval(101, 2**40), value=">0.5")),
        ("smile rain score:>=.5", parse("smile:>=.5 rain:>=.5").where),
        ("rain then:10s smile", Within(RAIN, SMILE, 10_000, later=True)),
        ("rain near:99:59:59.999 smile", Within(RAIN, SMILE, 359_999_999, later=False)),
        ("rain near:1:30 smile night", And((Within(RAIN, SMILE, 90_000, later=False), NIGHT))),
        (
            "rain then:5s smile then:2m laugh",
            Within(RAIN, Within(SMILE, LAUGH, 120_000, later=True), 5000, later=True),
        ),
    ],
)
def test_a_text_means(text: str, where: object) -> None:
    query = parse(text)
    assert query.where == where
    assert parse(render(query)) == query


WRITTEN = {
    **{name: name for name in ("rain", "smile", "cherry", "night", "sky")},
    **{name: f'"{name}"' for name in ("rainy weather", "cherry blossom", "night sky")},
    "kaze no uta": "series:kaze-no-uta",
    "frieren": "series:frieren",
}


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("rainy weather", '"rainy weather"'),
        ("smile rainy weather night", 'smile "rainy weather" night'),
        ("-rainy weather (cherry blossom|smile)", '-"rainy weather" ("cherry blossom"|smile)'),
        ("night sky", "night sky"),  # each is a tag: both are asked for
        ("frieren rain", "series:frieren rain"),
        ("kaze no uta then:5s rainy weather", 'series:kaze-no-uta then:5s "rainy weather"'),
        ("rainy -weather", "rainy -weather"),
        ("rainy* weather", "rainy* weather"),
        ("rainy weather:>0.5", "rainy weather:>0.5"),
        ("kaze no", "kaze no"),
    ],
)
def test_words_that_mean_something_only_together_are_one_term(text: str, meant: str) -> None:
    query = parse(text, lambda name: WRITTEN.get(name, ""))
    assert query.text == meant
    assert query == parse(meant)


def test_an_order_may_stand_anywhere_outside_of_parentheses() -> None:
    assert parse("order:old rain") == parse("rain order:old") == Query(RAIN, "old")
    assert parse("order:random:7") == Query(None, "random", 7)


@pytest.mark.parametrize(
    ("text", "term", "position"),
    [
        ("rain colour:red", "colour:red", 5),
        ('rain "night', '"night', 5),
        ("rain (night", "(", 5),
        ("rain) night", ")", 4),
        ("rain | ", "|", 5),
        ("rain -", "-", 5),
        ("rain -()", "-", 5),
        ("then:5s rain", "then:5s", 0),
        ("rain then:5s", "then:5s", 5),
        ("rain then:soon night", "then:soon", 5),
        ("order:best", "order:best", 0),
        ("(order:new rain)", "order:new", 1),
        ("order:new order:old", "order:old", 10),
        ("-order:new", "order:new", 1),
        ("episode:five", "episode:five", 0),
        ("episode:5..3", "episode:5..3", 0),
        ("smile:>0.999", "smile:>0.999", 0),
        ("rain | score:>0.5", "score:>0.5", 7),
        ("series:x score:>0.5", "score:>0.5", 9),
        ("similar:me", "similar:me", 0),
        ("state:sure", "state:sure", 0),
        ('series:""', 'series:""', 0),
        ("time:5:00 date:2026-13", "date:2026-13", 10),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, term: str, position: int) -> None:
    with pytest.raises(BadQuery) as caught:
        parse(text)
    assert (caught.value.term, caught.value.position) == (term, position)


@pytest.mark.parametrize("text", ["a " * (MAX_TERMS + 1), "(" * 400, "-" * 500 + "a", "x" * 2001])
def test_too_much_is_refused_with_the_limit(text: str) -> None:
    with pytest.raises(BadQuery, match=r"may (have|be)"):
        parse(text)


def test_levels_compare_as_scores_do() -> None:
    scores = [number / 1000 for number in range(1001)]
    for hundredths in range(101):
        bound = hundredths / 100
        assert [level(score) > level(bound) for score in scores] == [s > bound for s in scores]
        assert [level(score) < level(bound) for score in scores] == [s < bound for s in scores]
    assert list(levels_of([*scores, None])) == [*map(level, scores), UNSCORED]


@contextmanager
def within_fifty_milliseconds() -> Iterator[None]:
    """CPU time; to collect what other tests left behind may take longer than that."""
    gc.disable()
    try:
        started = time.process_time()
        yield
        assert time.process_time() - started < 0.05
    finally:
        gc.enable()


PIECES = st.sampled_from(
    [
        *'()|-"*:. \x00é泣',
        *("..", "a", "rain:>.5", "score:>0.5", "then:5s", "near:", "order:random:1", "text:"),
        *("series:", "time:5:00", "date:2026", "similar:5", "episode:", "-score:1", "rating:"),
    ]
)


@settings(max_examples=1000, deadline=None)
@given(st.one_of(st.text(max_size=1000), st.lists(PIECES, max_size=300).map("".join)))
@example("a " * 500)
@example("(a|" * 330)
@example("a then:5s " * 99 + "a")
@example('"' * 1000)
@example("a(b" * 300)
def test_any_text_is_a_query_or_a_mistake_within_fifty_milliseconds(text: str) -> None:
    with within_fifty_milliseconds():
        try:
            query = parse(text[:1000])
        except BadQuery as bad:
            assert str(bad)
            assert bad.position is None or text.startswith(bad.term, bad.position)
        else:
            assert parse(render(query)) == query
