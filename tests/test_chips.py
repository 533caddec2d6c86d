"""The terms of a query as chips, and the queries without each or with it turned round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frames.chips import in_order, split, terms, with_term


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("rain -night", ["rain", "-night"]),
        ('rain "holding sword" -"red theme"', ["rain", '"holding sword"', '-"red theme"']),
        ("rain (smile | laugh) -(a b)", ["rain", "(smile | laugh)", "-(a b)"]),
        ("snow crying then:10s hug", ["snow", "crying then:10s hug"]),
        ('text:"see you" episode:3..5', ['text:"see you"', "episode:3..5"]),
        ("rain | snow order:old", ["(rain | snow)", "order:old"]),
        ('"never closed', ['"never closed']),
    ],
)
def test_a_query_is_split_where_its_meaning_allows(text: str, parts: list[str]) -> None:
    assert split(text) == parts


def test_every_chip_can_be_removed_and_turned_round() -> None:
    rain, night, either = terms("rain -night (smile | laugh)")
    assert (rain.without, rain.turned) == (
        "-night (smile | laugh)",
        "-rain -night (smile | laugh)",
    )
    assert (night.label, night.negated, night.turned) == (
        "night",
        True,
        "rain night (smile | laugh)",
    )
    assert either.turned == "rain -night -(smile | laugh)"


def test_a_moment_is_excluded_as_a_whole() -> None:
    (moment,) = terms("crying then:10s hug")
    assert moment.turned == "-(crying then:10s hug)"


def test_the_order_is_no_chip_but_stays_with_the_query() -> None:
    (rain,) = terms("rain order:old")
    assert rain.turned == "-rain order:old"


def test_a_facet_narrows_and_gives_way_to_its_opposite() -> None:
    assert with_term("rain", "night") == "rain night"
    assert with_term("rain -night", "night") == "rain night"
    assert with_term("rain | snow", "night") == "(rain | snow) night"


def test_the_order_is_replaced() -> None:
    assert in_order("rain order:old", "random") == "rain order:random"
    assert in_order("rain order:old", "") == "rain"


@given(st.text('ab-:|()" ', max_size=40))
def test_whatever_is_typed_comes_apart_without_losing_a_letter(text: str) -> None:
    letters = [character for character in text if character in "ab"]
    assert [character for character in "".join(split(text)) if character in "ab"] == letters
    assert len(terms(text)) <= len(split(text))
