"""The index answers as a plain walk through all rows would."""

import random
import threading
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from frames.evaluate import evaluate
from frames.facets import facets, related
from frames.index import Index, Row
from frames.pages import page
from frames.query import BadQuery, parse
from frames.terms import And, Node, Not, Or, Tag, Within
from frames.vocabulary import SeriesInfo, TagInfo, Vocabulary
from frames.words import words
from tests.test_query import within_fifty_milliseconds

TAGS = ["crying", "smile", "rain", "night", "hug", "running"]
TAGGERS = ["basic", "wd"]
VOCABULARY = Vocabulary(
    [
        *(TagInfo(tag, "action" if tag in ("hug", "running") else "emotion") for tag in TAGS),
        TagInfo("sunset", "setting", ("sundown", "dusk")),
        TagInfo("sunrise", "setting"),
        *(TagInfo(f"many_{number}", "meta") for number in range(101)),
        TagInfo("general", "rating"),
    ],
    [
        SeriesInfo("s0", "first-show", "First Show"),
        SeriesInfo("s1", "other", "The Other", ("2nd", "First-Show")),
    ],
)


def make_row(id: int, chance: random.Random) -> Row:
    episode = id // 20
    scores = {tag: chance.randrange(1001) / 1000 for tag in TAGS if chance.random() < 0.3}
    labels = tuple(scores)
    return Row(
        id=id,
        series=f"s{episode % 2}",
        episode=f"e{episode}",
        season=1 + episode % 3,
        number=episode,
        time=(id % 20) * 1700 + chance.randrange(1700),
        shot=id % 20 // 3,
        width=chance.choice([640, 1280, 1920]),
        added=1_700_000_000 + episode * 86_400,
        labels=labels,
        scores=scores,
        confirmed=tuple(tag for tag in labels if chance.random() < 0.2),
        rejected=tuple(tag for tag in TAGS if tag not in labels and chance.random() < 0.1),
        taggers=tuple({chance.choice(TAGGERS) for _ in labels}),
        words=tuple(words(chance.choice(["", "Don't cry!", "I cry, you cry", "泣いている"]))),
    )


@pytest.fixture(scope="module")
def rows() -> dict[int, Row]:
    chance = random.Random(1)
    return {id: make_row(id, chance) for id in range(7, 900) if id % 11}


@pytest.fixture(scope="module")
def index(rows: dict[int, Row]) -> Index:
    index = Index()
    index.vocabulary = VOCABULARY
    index.apply(rows.values())
    return index


def matches(node: Node, row: Row, rows: dict[int, Row]) -> bool:
    """The definition of the query language, one frame at a time."""
    if isinstance(node, And):
        return all(matches(part, row, rows) for part in node.parts)
    if isinstance(node, Or):
        return any(matches(part, row, rows) for part in node.parts)
    if isinstance(node, Not):
        return not matches(node.part, row, rows)
    if isinstance(node, Within):
        return matches(node.first, row, rows) and any(
            matches(node.second, other, rows)
            for other in rows.values()
            if other.episode == row.episode
            and (
                0 < other.time - row.time <= node.milliseconds
                if node.later
                else abs(other.time - row.time) <= node.milliseconds
            )
        )
    if isinstance(node, Tag):
        return tag_matches(node, row)
    values = {
        "episode": row.number,
        "season": row.season,
        "shot": row.shot,
        "width": row.width,
        "time": row.time,
        "date": row.added,
    }
    if node.interval:
        return node.interval.low <= values[node.name] <= node.interval.high
    return {
        "series": {"first-show": "s0", "other": "s1"}.get(node.value) == row.series,
        "tagger": node.value in row.taggers,
        "text": words(node.value) <= set(row.words),
        "state": {
            "confirmed": bool(row.confirmed),
            "rejected": bool(row.rejected),
            "suggested": bool(set(row.labels) - set(row.confirmed)),
        }.get(node.value, False),
    }[node.name]


def tag_matches(node: Tag, row: Row) -> bool:
    if node.state == "rejected":
        return node.name in row.rejected
    if node.name not in row.labels:
        return False
    if node.levels is not None:
        sign, bound = node.value[0], float(node.value.strip("<>="))
        return row.scores[node.name] > bound if sign == ">" else row.scores[node.name] < bound
    confirmed = node.name in row.confirmed
    return {"": True, "confirmed": confirmed, "suggested": not confirmed}[node.state]


TERMS = [
    *TAGS,
    *("crying:>0.9", "smile:<0.25", "rain:confirmed", "rain:suggested", "night:rejected"),
    *("series:first-show", "series:other", "season:2", "episode:3..9", "shot:>=4", "width:>640"),
    *("time:0:05..0:20", "time:>0:15", "tagger:wd", "state:confirmed", "state:rejected"),
    *("state:suggested", 'text:"cry you"', "text:いて", "date:2023-11-15..2023-11-29"),
]


def some_query(chance: random.Random, depth: int = 0) -> str:
    kind = chance.randrange(6) if depth < 3 else 0
    if kind < 2:
        return chance.choice(TERMS)
    parts = [some_query(chance, depth + 1) for _ in range(chance.randrange(2, 4))]
    if kind == 2:
        return f"({' | '.join(parts)})"
    if kind == 3:
        return f"-({parts[0]})"
    if kind == 4:
        return f"({parts[0]} {chance.choice(['then', 'near'])}:{chance.randrange(9)}s {parts[1]})"
    return " ".join(parts)


def test_any_query_finds_what_a_walk_finds(index: Index, rows: dict[int, Row]) -> None:
    chance = random.Random(2)
    some = 0
    for _ in range(400):
        text = some_query(chance)
        where = parse(text).where
        assert where is not None
        hits = set(evaluate(index, where))
        assert hits == {id for id, row in rows.items() if matches(where, row, rows)}, text
        some += bool(hits)
    assert some > 200


def test_the_index_after_any_changes_is_as_if_it_were_new(rows: dict[int, Row]) -> None:
    chance = random.Random(3)
    now = dict(rows)
    index = Index()
    index.vocabulary = VOCABULARY
    index.apply(rows.values())
    for _ in range(60):
        changed = [make_row(chance.randrange(1, 1500), chance) for _ in range(10)]
        changed = list({row.id: row for row in changed}.values())
        gone = set(chance.sample(sorted(now), 5)) - {row.id for row in changed}
        index.apply(changed, gone)
        now = {id: row for id, row in now.items() if id not in gone}
        now |= {row.id: row for row in changed}
    fresh = Index()
    fresh.apply(now.values())
    everything = BitMap(range(2000))
    assert index.postings(everything) == fresh.postings(everything)
    assert set(index.all) == set(now)
    for text in TERMS:
        where = parse(text).where
        assert where is not None
        assert set(evaluate(index, where)) == {
            id for id, row in now.items() if matches(where, row, now)
        }, text


@pytest.mark.parametrize(
    ("text", "term", "suggestion"),
    [
        ("rain cyring", "cyring", "crying"),
        ("sumile", "sumile", "smile"),
        ("sundwon", "sundwon", ""),  # sunset is on no frame
        ("frist-show", "frist-show", "series:first-show"),
        ("xxxxxxxx", "xxxxxxxx", ""),
        ("series:frist-show", "frist-show", "first-show"),
        ("action:crying", "crying", ""),
        ("m*", "m*", ""),
        ("*", "*", ""),
        ("many*", "many*", ""),
        ("zz*", "zz*", ""),
        ("tagger:wdd", "wdd", ""),
    ],
)
def test_what_does_not_exist_is_named(index: Index, text: str, term: str, suggestion: str) -> None:
    with pytest.raises(BadQuery) as caught:
        evaluate(index, parse(text).where)
    assert (caught.value.term, caught.value.suggestion) == (term, suggestion)
    assert caught.value.position == text.rfind(" ") + 1
    if suggestion == "crying":
        count = index.count("tag", "crying")
        assert str(caught.value) == f"There is no tag “cyring”; did you mean “crying” ({count})?"


def test_an_alias_a_wildcard_and_a_title_are_resolved(index: Index) -> None:
    some = replace(make_row(5000, random.Random(1)), labels=("sunset",), scores={"sunset": 1.0})
    index.apply([some])
    for text in ("sundown", "dusk", "sun*", "*set", "setting:sunset", 'setting:"sun*"'):
        assert 5000 in evaluate(index, parse(text).where), text
    assert len(evaluate(index, parse('series:"First Show"').where)) == index.count("series", "s0")
    assert len(evaluate(index, parse("series:2nd").where)) == index.count("series", "s1")
    assert not evaluate(index, parse("rating:explicit").where)
    with pytest.raises(BadQuery) as caught:
        evaluate(index, parse("sundwon").where)
    assert caught.value.suggestion == "sunset"
    index.apply([], [5000])


def test_facets_and_related_tags_count_what_is_there(index: Index, rows: dict[int, Row]) -> None:
    hits = evaluate(index, parse("crying").where)
    groups = {group.name: group for group in facets(index, hits, per_category=2)}
    assert list(groups) == ["series", "action", "emotion"]
    for value, _, count in groups["emotion"].values:
        assert count == sum({"crying", value} <= set(row.labels) for row in rows.values())
    assert groups["emotion"].values[0][0] == "crying"
    assert [(slug, label) for slug, label, _ in groups["series"].values] in (
        [("first-show", "First Show"), ("other", "The Other")],
        [("other", "The Other"), ("first-show", "First Show")],
    )
    have = {tag: {row.id for row in rows.values() if tag in row.labels} for tag in TAGS}
    cosines = {
        tag: len(have[tag] & have["rain"]) / (len(have[tag]) * len(have["rain"])) ** 0.5
        for tag in TAGS
        if tag != "rain"
    }
    found = related(index, "rain", limit=3)
    assert [tag for tag, _, _ in found] == sorted(cosines, key=cosines.__getitem__)[:-4:-1]
    assert all(cosine == pytest.approx(cosines[tag]) for tag, cosine, _ in found)


def test_no_query_sees_half_of_a_change() -> None:
    """Every frame always has either `crying` or `smile`, while both change places."""
    chance = random.Random(4)
    template = make_row(1, chance)
    index = Index()
    index.vocabulary = VOCABULARY
    states = [
        [replace(template, id=id, labels=(tag,), scores={}) for id in range(1, 500)]
        for tag in ("crying", "smile")
    ]
    index.apply(states[0])

    def change() -> None:
        for _ in range(100):
            for rows in states:
                index.apply(rows)
                time.sleep(0.001)

    thread = threading.Thread(target=change)
    thread.start()
    where = parse("crying | smile").where
    both = parse("crying smile").where
    while thread.is_alive():
        with index.lock:
            assert len(evaluate(index, where)) == 499
            assert not evaluate(index, both)


PIECES = st.sampled_from(
    [
        *(*TERMS, *TAGS, "sun*", "many_1*", "*", "-", "(", ")", "|", "then:3s", "near:1m"),
        *("score:>0.5", "rating:explicit", "rating:none", "similar:5", "series:1", "order:random"),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=60).map(" ".join))
def test_any_text_is_answered_or_refused_within_fifty_milliseconds(index: Index, text: str) -> None:
    with within_fifty_milliseconds():
        try:
            found = page(index, parse(text), limit=10, similar={5: [7, 8]})
        except BadQuery as bad:
            assert str(bad)
        else:
            assert len(found.ids) == min(found.count, 10)


def test_what_must_be_similar_comes_in_the_order_of_likeness(index: Index) -> None:
    similar = {5: [12, 9, 300_000, 8]}
    assert page(index, parse("similar:5"), similar=similar).ids == [12, 9, 8]
    assert page(index, parse("similar:5 order:old"), similar=similar).ids == [8, 9, 12]
    others = page(index, parse("-similar:5"), similar=similar)
    assert others.count == len(index.all) - 3
    assert others.ids[0] == max(index.all)
