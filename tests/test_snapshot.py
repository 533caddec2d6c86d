"""The index on disk."""

import random
from pathlib import Path

import pytest
from pyroaring import BitMap

from frames import snapshot
from frames.evaluate import evaluate
from frames.index import Index
from frames.query import parse
from frames.snapshot import BadSnapshot
from tests.test_index import VOCABULARY, make_row

EVERYTHING = BitMap(range(5000))


@pytest.fixture
def index() -> Index:
    chance = random.Random(5)
    index = Index()
    index.vocabulary = VOCABULARY
    index.apply(make_row(id, chance) for id in range(1, 2000, 3))
    return index


def test_a_snapshot_gives_back_the_index(index: Index, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "some.index"
    snapshot.write(path, index, {"token": {"_data": "82"}})
    read, about = snapshot.read(path)
    assert about == {"token": {"_data": "82"}}
    assert read.postings(EVERYTHING) == index.postings(EVERYTHING)
    assert (read.episodes, read.ordinals) == (index.episodes, index.ordinals)
    assert read.vocabulary.tags == VOCABULARY.tags
    assert read.vocabulary.series == VOCABULARY.series
    where = parse("crying:>0.9").where
    assert evaluate(read, where) == evaluate(index, where) != BitMap()
    assert [file.name for file in path.parent.iterdir()] == ["some.index"]


def test_changes_after_a_snapshot_are_kept_when_the_scores_move_to_a_newer_one(
    index: Index, tmp_path: Path
) -> None:
    chance = random.Random(6)
    snapshot.write(tmp_path / "one", index, {})
    index, _ = snapshot.read(tmp_path / "one")
    index.apply([make_row(id, chance) for id in range(1, 300)])
    mark = index.scores.mark()
    snapshot.write(tmp_path / "two", index, {})
    index.apply([make_row(id, chance) for id in range(200, 500)])
    before = index.postings(EVERYTHING)
    index.scores.rebase(snapshot.scores(tmp_path / "two"), mark)
    assert index.postings(EVERYTHING) == before


def test_a_damaged_snapshot_is_not_taken(index: Index, tmp_path: Path) -> None:
    path = tmp_path / "some.index"
    snapshot.write(path, index, {})
    whole = path.read_bytes()
    for content in (
        b"",
        b"short",
        whole[:-1],
        whole[: len(whole) // 2],
        whole + b"x",
        *(
            whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
            for place in range(0, len(whole), len(whole) // 50)
        ),
    ):
        path.write_bytes(content)
        with pytest.raises(BadSnapshot, match=r"some\.index"):
            snapshot.read(path)
    with pytest.raises(BadSnapshot):
        snapshot.read(tmp_path / "none.index")
