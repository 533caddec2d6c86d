"""The WD family on small models whose answers are worked out by hand."""

from pathlib import Path

import numpy as np
import pytest

from tagging.taggers.wd import BadModel, WdTagger, prepare, read_labels
from tests.onnx_models import NAMES, write_model

COLOUR = (200, 100, 50)  # red, green, blue
WIDE = np.full((32, 64, 3), COLOUR, np.uint8)
# A square of 64 whose upper and lower quarter are white.
HALF_WHITE = {name: (value + 255) / 2 / 255 for name, value in zip("rgb", COLOUR, strict=True)}


def test_it_takes_blue_green_red_of_a_picture_in_the_middle_of_a_white_square(
    tmp_path: Path,
) -> None:
    (scores,) = WdTagger(write_model(tmp_path)).predict([WIDE])
    assert scores == pytest.approx(
        {
            "mean_blue": HALF_WHITE["b"],
            "mean_green": HALF_WHITE["g"],
            "mean_red": HALF_WHITE["r"],
            "corner_blue": 1.0,
            "corner_green": 1.0,
            "corner_red": 1.0,
        },
        abs=0.003,
    )


def test_the_padding_is_the_same_on_both_sides() -> None:
    square = prepare(WIDE, 64)
    assert square.shape == (64, 64, 3)
    assert square.dtype == np.float32
    assert (square[:16] == 255).all()
    assert (square[48:] == 255).all()
    assert (square[16:48] == COLOUR[::-1]).all()
    tall = prepare(WIDE.transpose(1, 0, 2), 64)
    assert (tall[:, :16] == 255).all()
    assert (tall[:, 48:] == 255).all()


def test_the_side_is_read_from_the_graph(tmp_path: Path) -> None:
    for side in (8, 20):
        tagger = WdTagger(write_model(tmp_path / str(side), side=side))
        assert tagger.side == side
        assert tagger.predict([WIDE])[0]["mean_blue"] == pytest.approx(HALF_WHITE["b"], abs=0.01)


def test_a_batch_is_answered_in_order_also_by_a_graph_for_one_picture(tmp_path: Path) -> None:
    pictures = [np.full((9, 9, 3), level, np.uint8) for level in (0, 51, 102, 255)]
    for batch in ("n", 1):
        tagger = WdTagger(write_model(tmp_path / str(batch), batch=batch))
        scores = [row["mean_red"] for row in tagger.predict(pictures)]
        assert scores == pytest.approx([0, 0.2, 0.4, 1.0])


def test_what_is_transparent_shows_white(tmp_path: Path) -> None:
    picture = np.zeros((8, 8, 4), np.uint8)  # black, but only the left half is there
    picture[:, :4, 3] = 255
    (scores,) = WdTagger(write_model(tmp_path)).predict([picture])
    assert scores["mean_red"] == pytest.approx(0.5)
    assert scores["corner_red"] == 0.0


def test_characters_and_ratings_are_told_by_their_category(tmp_path: Path) -> None:
    tagger = WdTagger(write_model(tmp_path))
    assert tagger.characters == {"corner_green"}
    assert tagger.labels.of("rating") == {"corner_red"}
    assert tagger.labels.names == NAMES


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    path = write_model(tmp_path) / "selected_tags.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_labels(path).names == NAMES


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tag_id,name,category,count\n1,a,0,5\n2,a,0,4\n", "selected_tags.csv has a twice"),
        ("tag_id,name,count\n1,a,5\n", "no column category"),
        ("tag_id,name,category,count\n", "no rows"),
        ("tag_id,name,category,count\n1,a,7,5\n", "a is of unknown category 7"),
        ("tag_id,name,category,count\n1,a,0,5\n", "6 scores, but selected_tags.csv has 1 rows"),
    ],
)
def test_labels_that_are_wrong_are_named(tmp_path: Path, text: str, problem: str) -> None:
    path = write_model(tmp_path) / "selected_tags.csv"
    path.write_text(text)
    with pytest.raises(BadModel, match=problem):
        WdTagger(tmp_path).check()


def test_a_graph_that_is_wrong_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="not square pictures"):
        WdTagger(write_model(tmp_path / "a", layout="NCHW")).check()
    with pytest.raises(BadModel, match="no scores between 0 and 1"):
        WdTagger(write_model(tmp_path / "b", scale=1.0)).check()
    with pytest.raises(BadModel, match="no scores between 0 and 1"):
        WdTagger(write_model(tmp_path / "c", scale=float("nan"))).check()
    half = write_model(tmp_path / "d") / "model.onnx"
    half.write_bytes(half.read_bytes()[:200])
    with pytest.raises(BadModel, match=r"model\.onnx cannot be loaded"):
        WdTagger(tmp_path / "d").check()
