"""The search index: rows of visible frames come in, bitmaps of frame ids go out.

For each property and value the ids of its frames as a Roaring bitmap (Lemire et al., "Roaring
Bitmaps: Implementation of an Optimized Software Library", 2018), for what has too many values a
column. An id is its own row number, so a bitmap's order is the order of the frames. Writers and
readers hold `lock`: no query sees half of a change.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from pyroaring import BitMap

from frames.scores import Scores, levels_of, numbers
from frames.vocabulary import Vocabulary

LARGEST_ID = 2**32 - 1
LARGEST_SHOT = 2**16 - 1
# The properties that have a bitmap for each of their values.
PROPERTIES = (
    *("tag", "confirmed", "rejected", "tagger"),
    *("series", "season", "number", "width", "episode", "word"),
)
COLUMNS = {"time": np.uint32, "episode": np.uint32, "shot": np.uint16}

Value = str | int


@dataclass(frozen=True)
class Row:
    """What the index knows of one visible frame.

    `labels` are the tags it is found by; `scores`, `confirmed`, `rejected` and `taggers` come
    from its rows of tags. `time` is in milliseconds; `added` in seconds since 1970.
    """

    id: int
    series: str
    episode: str
    season: int
    number: int
    time: int
    shot: int
    width: int
    added: int
    labels: tuple[str, ...] = ()
    scores: Mapping[str, float] = field(default_factory=dict)
    confirmed: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    taggers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class EpisodeInfo:
    """An episode by its ordinal in the index; ordinals are handed out as episodes turn up."""

    key: str
    series: str
    season: int
    number: int
    added: int


class Index:
    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._vocabulary = Vocabulary()
        self.all = BitMap()
        self.lists: dict[str, dict[Value, BitMap]] = {name: {} for name in PROPERTIES}
        self.columns = {name: np.zeros(1024, kind) for name, kind in COLUMNS.items()}
        self.scores = Scores()
        self.episodes: list[EpisodeInfo] = []
        self.ordinals: dict[str, int] = {}
        self._timeline: np.ndarray | None = None
        self._spread: dict[Value, int] = {}

    @property
    def vocabulary(self) -> Vocabulary:
        return self._vocabulary

    @vocabulary.setter
    def vocabulary(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._timeline = None

    @property
    def size(self) -> int:
        """One more than the largest id."""
        return self.all.max() + 1 if self.all else 0

    @property
    def timeline(self) -> np.ndarray:
        """The ordinals of all episodes in order of series title, season and number."""
        if self._timeline is None:
            self._timeline = np.array(sorted(range(len(self.episodes)), key=self._place), np.uint32)
        return self._timeline

    def _place(self, ordinal: int) -> tuple[str, str, int, int, int]:
        episode = self.episodes[ordinal]
        series = self.vocabulary.series.get(episode.series)
        title = series.title.casefold() if series else ""
        return title, episode.series, episode.season, episode.number, ordinal

    def ids(self, name: str, value: Value) -> BitMap:
        """The frames with this value; empty where nobody has it. Not to be changed."""
        return self.lists[name].get(value, _EMPTY)

    def count(self, name: str, value: Value) -> int:
        return len(self.ids(name, value))

    def series_count(self, name: str) -> int:
        """The frames of the series of this slug or title."""
        return self.count("series", self.vocabulary.series_key(name) or "")

    # Changes

    def apply(self, rows: Iterable[Row], gone: Iterable[int] = ()) -> None:
        """Put these rows in the place of what was known of their frames; forget the ids `gone`.

        Only one thread may do so. It finds the differences while others read, and holds the lock
        just to carry them out.
        """
        rows = list(rows)
        present = BitMap([row.id for row in rows])
        changed = present | BitMap(gone)
        ordinals = [self._ordinal(row) for row in rows]
        gains = self._gains(rows, ordinals)
        losses = self._losses(changed & self.all, gains)
        with self.lock:
            for (name, value), ids in losses.items():
                held = self.lists[name][value]
                held -= ids
                if not held:
                    del self.lists[name][value]
            for (name, value), ids in gains.items():
                self.lists[name].setdefault(value, BitMap()).update(ids)
            self._set_columns(rows, ordinals)
            self.all -= changed - present
            self.all |= present

    def _gains(self, rows: list[Row], ordinals: list[int]) -> dict[tuple[str, Value], BitMap]:
        gains: defaultdict[tuple[str, Value], list[int]] = defaultdict(list)
        for row, ordinal in zip(rows, ordinals, strict=True):
            for posting in self._postings(row, ordinal):
                gains[posting].append(row.id)
        return {posting: BitMap(ids) for posting, ids in gains.items()}

    def _losses(
        self, known: BitMap, gains: Mapping[tuple[str, Value], BitMap]
    ) -> dict[tuple[str, Value], BitMap]:
        """Where these frames stand and shall not any longer."""
        losses: dict[tuple[str, Value], BitMap] = {}
        if not known:
            return losses
        episodes = set(self.columns["episode"][numbers(known)].tolist())
        for name, lists in self.lists.items():
            for value in episodes & lists.keys() if name == "episode" else lists:
                if lists[value].intersect(known):
                    lost = (lists[value] & known) - gains.get((name, value), _EMPTY)
                    if lost:
                        losses[name, value] = lost
        return losses

    def _set_columns(self, rows: list[Row], ordinals: list[int]) -> None:
        if rows:
            self._grow(max(row.id for row in rows))
        for row, ordinal in zip(rows, ordinals, strict=True):
            self.columns["time"][row.id] = row.time
            self.columns["shot"][row.id] = min(row.shot, LARGEST_SHOT)
            self.columns["episode"][row.id] = ordinal
        levels = iter(levels_of([row.scores.get(tag) for row in rows for tag in row.labels]))
        changes: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for row in rows:
            for tag in row.labels:
                changes[tag].append((row.id, next(levels)))
        for tag, changed in changes.items():
            self.scores.set(tag, changed)

    @staticmethod
    def _postings(row: Row, ordinal: int) -> Iterator[tuple[str, Value]]:
        yield "series", row.series
        yield "season", row.season
        yield "number", row.number
        yield "width", row.width
        yield "episode", ordinal
        for name, values in (
            ("tag", row.labels),
            ("confirmed", row.confirmed),
            ("rejected", row.rejected),
            ("tagger", row.taggers),
            ("word", row.words),
        ):
            for value in values:
                yield name, value

    def _grow(self, id: int) -> None:
        if id > LARGEST_ID:
            raise ValueError(f"frame ids end at {LARGEST_ID}, not at {id}")
        for name, column in self.columns.items():
            if id >= len(column):
                larger = np.zeros(max(id + 1, 2 * len(column)), column.dtype)
                larger[: len(column)] = column
                self.columns[name] = larger

    def _ordinal(self, row: Row) -> int:
        info = EpisodeInfo(row.episode, row.series, row.season, row.number, row.added)
        ordinal = self.ordinals.setdefault(row.episode, len(self.episodes))
        if ordinal == len(self.episodes):
            self.episodes.append(info)
            self._timeline = None
        elif self.episodes[ordinal] != info:
            self.episodes[ordinal] = info
            self._timeline = None
        return ordinal

    def spread(self, tag: Value) -> int:
        """In about how many blocks of 65,536 frames the tag occurs; noted when first asked."""
        if tag not in self._spread:
            self._spread[tag] = self.ids("tag", tag).get_statistics()["n_containers"]
        return self._spread[tag]

    def compact(self) -> None:
        """Give back the slack that bitmaps keep after having grown.

        Properties of whole episodes become runs. Tags do not: as rows of bits they take a little
        more memory and are combined several times as fast.
        """
        with self.lock:
            for name, lists in self.lists.items():
                for ids in lists.values():
                    if name in ("series", "season", "number", "width", "episode"):
                        ids.run_optimize()
                    ids.shrink_to_fit()
            self.all.run_optimize()

    # What is known of frames, for comparison with the database

    def postings(self, ids: BitMap) -> dict[int, set[tuple[str, Value]]]:
        """For each of the ids, every property and value that the index has for it."""
        found: dict[int, set[tuple[str, Value]]] = {id: set() for id in ids & self.all}
        for name, lists in self.lists.items():
            for value, held in lists.items():
                if name == "episode" or not held.intersect(ids):
                    continue
                common = held & ids
                for id in common:
                    found.setdefault(id, set()).add((name, value))
                if name == "tag":
                    levels = self.scores.levels(str(value), numbers(common)).tolist()
                    for id, level in zip(common, levels, strict=True):
                        found[id].add((f"level of {value}", level))
        for id, postings in found.items():
            postings.add(("episode", self.episodes[self.columns["episode"][id]].key))
            postings.add(("time", int(self.columns["time"][id])))
            postings.add(("shot", int(self.columns["shot"][id])))
        return found


_EMPTY = BitMap()
