"""A syntax tree and an index come in, the ids of the frames that match go out, as a bitmap.

Names are resolved on the way: an unknown one raises `BadQuery` with its place in the query and
what was probably meant.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import translate
from functools import reduce
from types import MappingProxyType

import numpy as np
from pyroaring import BitMap

from frames.index import Index
from frames.scores import bitmap, numbers
from frames.terms import And, BadQuery, Field, Interval, Node, Not, Or, Tag, Within
from frames.vocabulary import MAX_EXPANSION
from frames.words import words

# On less than one frame in so many: from 16 on, members are kept one by one, not as bits.
RARE, COMMON = 256, 16
RATINGS = ("general", "sensitive", "questionable", "explicit")

# For each frame that the query says `similar:` of, the ids of those like it, best first.
Similar = Mapping[int, Sequence[int]]


def evaluate(index: Index, node: Node | None, similar: Similar = MappingProxyType({})) -> BitMap:
    """The visible frames that match; the result may be shared with the index, so only read it.

    The caller holds the index's lock.
    """
    return index.all if node is None else _Evaluation(index, similar).of(node)


class _Evaluation:
    def __init__(self, index: Index, similar: Similar):
        self.index = index
        self.similar = similar

    def of(self, node: Node) -> BitMap:
        if isinstance(node, And):
            return self.both(node)
        if isinstance(node, Or):
            return _union(self.of(part) for part in node.parts)
        if isinstance(node, Not):
            return self.index.all - self.of(node.part)
        if isinstance(node, Within):
            return self.within(node)
        if isinstance(node, Tag):
            return self.tag(node)
        return self.field(node, self.index.all)

    def both(self, node: And) -> BitMap:
        """The parts one after the other, columns at the end, on what is left by then.

        From a rare part on, every step is as small as that part. Where all parts are common the
        largest come first: they are rows of bits, which are combined 64 at a time, while the
        members of smaller sets are looked up one by one. For the same reason a choice between
        small sets is made among what is left.
        """
        size = len(self.index.all)
        scans: list[Field] = []
        choices: list[list[BitMap]] = []
        steps: list[tuple[BitMap, bool]] = []  # what is wanted (true) or taken away
        for part in node.parts:
            if isinstance(part, Field) and part.name in _SCANNED:
                scans.append(part)
            elif isinstance(part, Or):
                sets = [self.of(one) for one in part.parts]
                if all(len(ids) * COMMON < size for ids in sets):
                    choices.append(sets)
                else:
                    steps.append((_union(sets), True))
            elif isinstance(part, Not):
                steps.append((self.of(part.part), False))
            else:
                steps.append((self.of(part), True))
        hits = self.combined(steps)
        for sets in choices:
            hits = _union(ids & hits for ids in sets) if steps else _union(sets)
            steps.append((hits, True))
        for scan in scans:
            hits = self.field(scan, hits)
        return hits

    def combined(self, steps: list[tuple[BitMap, bool]]) -> BitMap:
        wanted = sorted((ids for ids, wanted in steps if wanted), key=len)
        rare = wanted and len(wanted[0]) * RARE < len(self.index.all)
        if rare:
            steps = [(ids, True) for ids in wanted] + [step for step in steps if not step[1]]
        else:
            steps = sorted(steps, key=lambda step: len(step[0]), reverse=True)
        first = next((ids for ids, wanted in steps if wanted), self.index.all)
        hits = first
        for ids, is_wanted in steps:
            if ids is first:
                continue
            if hits is first:  # the index's own: a copy, which the other steps change in place
                hits = hits & ids if is_wanted else hits - ids
            elif is_wanted:
                hits &= ids
            else:
                hits -= ids
        return hits

    def tag(self, node: Tag) -> BitMap:
        names = self.expand(node) if "*" in node.name else [self.resolve(node)]
        return _union(self.one_tag(name, node) for name in names)

    def one_tag(self, name: str, node: Tag) -> BitMap:
        ids = self.index.ids("tag", name)
        if node.levels is not None:
            ids = ids & self.index.scores.within(name, node.levels)
        if node.state == "rejected":
            ids = self.index.ids("rejected", name)
        elif node.state == "confirmed":
            ids = ids & self.index.ids("confirmed", name)
        elif node.state == "suggested":
            ids = ids - self.index.ids("confirmed", name)
        return ids

    def resolve(self, node: Tag) -> str:
        vocabulary = self.index.vocabulary
        name = vocabulary.tag(node.name)
        category = vocabulary.category(name)
        known = name in vocabulary.tags or self.index.count("tag", name)
        if known and node.category in ("", category):
            return name
        if node.category == "rating" and name in RATINGS:
            return name
        meant = vocabulary.closest_tag(
            name, lambda tag: self.index.count("tag", tag), node.category
        )
        kind = node.category or "tag"
        if not meant and not node.category and (slug := vocabulary.closest_series(node.name)):
            count = self.index.series_count(slug)
            raise unknown(kind, node.name, node.at, f"series:{slug}", count)
        raise unknown(kind, node.name, node.at, meant, self.index.count("tag", meant))

    def expand(self, node: Tag) -> list[str]:
        """The tags that a `*` stands for; at most `MAX_EXPANSION`."""
        vocabulary = self.index.vocabulary
        if len(node.name.replace("*", "")) < 2 and not node.category:
            raise BadQuery(node.name, "Write at least two letters beside a “*”.", node.at)
        pattern = re.compile(translate(re.sub(r"([?[])", r"[\1]", re.sub(r"\*+", "*", node.name))))
        names = {
            vocabulary.tag(name)
            for name in {*vocabulary.names, *map(str, self.index.lists["tag"])}
            if pattern.match(name)
        }
        if node.category:
            names = {name for name in names if vocabulary.category(name) == node.category}
        if not names:
            raise BadQuery(node.name, f"No tag looks like “{node.name}”.", node.at)
        if len(names) > MAX_EXPANSION:
            reason = (
                f"“{node.name}” stands for {len(names):,} tags; at most {MAX_EXPANSION} may be "
                "meant at once: write more of the word."
            )
            raise BadQuery(node.name, reason, node.at)
        return sorted(names)

    def field(self, node: Field, among: BitMap) -> BitMap:
        if node.name in _SCANNED:
            return self.scan(node.name, _bounds(node), among)
        if node.name == "date":
            return self.date(_bounds(node))
        if node.name in _NUMBERED:
            return self.numbered(_NUMBERED[node.name], _bounds(node))
        by_name = {
            "series": self.series,
            "state": self.state,
            "tagger": self.tagger,
            "text": self.text,
            "similar": self.like,
        }
        return by_name[node.name](node)

    def scan(self, column: str, bounds: Interval, among: BitMap) -> BitMap:
        """A column is read from end to end where many of its values are asked for."""
        values = self.index.columns[column]
        if len(among) * 4 < len(values):
            ids = numbers(among)
            values = values[ids]
            return bitmap(ids[(values >= bounds.low) & (values <= bounds.high)])
        values = values[: self.index.size]
        return bitmap(np.flatnonzero((values >= bounds.low) & (values <= bounds.high))) & among

    def numbered(self, name: str, bounds: Interval) -> BitMap:
        lists = self.index.lists[name]
        return _union(
            ids for value, ids in lists.items() if bounds.low <= int(value) <= bounds.high
        )

    def date(self, bounds: Interval) -> BitMap:
        """When the episode was added."""
        return _union(
            ids
            for ordinal, ids in self.index.lists["episode"].items()
            if bounds.low <= self.index.episodes[int(ordinal)].added <= bounds.high
        )

    def series(self, node: Field) -> BitMap:
        vocabulary = self.index.vocabulary
        key = vocabulary.series_key(node.value)
        if key is None:
            meant = vocabulary.closest_series(node.value)
            count = self.index.series_count(meant)
            raise unknown("series", node.value, node.at, meant, count)
        return self.index.ids("series", key)

    def state(self, node: Field) -> BitMap:
        """Frames with some tag in this state."""
        if node.value != "suggested":
            return _union(self.index.lists[node.value].values())
        confirmed = self.index.lists["confirmed"]
        return _union(
            ids - confirmed.get(tag, BitMap()) for tag, ids in self.index.lists["tag"].items()
        )

    def tagger(self, node: Field) -> BitMap:
        taggers = self.index.lists["tagger"]
        if node.value not in taggers:
            known = ", ".join(sorted(map(str, taggers))) or "there is none yet"
            raise BadQuery(node.value, f"No tagger “{node.value}” (known: {known}).", node.at)
        return taggers[node.value]

    def text(self, node: Field) -> BitMap:
        """Subtitles with all of these words."""
        found = [self.index.ids("word", word) for word in words(node.value)]
        return reduce(BitMap.__and__, sorted(found, key=len)) if found else BitMap()

    def like(self, node: Field) -> BitMap:
        return BitMap(self.similar[int(node.value)]) & self.index.all

    def within(self, node: Within) -> BitMap:
        """By position of every frame on one line: episode after episode, each in its time."""
        first, second = numbers(self.of(node.first)), numbers(self.of(node.second))
        if not len(first) or not len(second):
            return BitMap()
        places, targets = self.places(first), self.places(second)
        if np.any(targets[1:] < targets[:-1]):
            targets.sort()
        nearest = np.searchsorted(targets, places, side="right" if node.later else "left")
        after = np.append(targets, np.iinfo(np.int64).max)[nearest] - places <= node.milliseconds
        if not node.later:
            before = np.insert(targets, 0, np.iinfo(np.int64).min // 2)[nearest]
            after |= places - before <= node.milliseconds
        return bitmap(first[after])

    def places(self, ids: np.ndarray) -> np.ndarray:
        """int64; frames of different episodes lie further apart than any time in a query."""
        episodes = self.index.columns["episode"][ids].astype(np.int64)
        return (episodes << 40) + self.index.columns["time"][ids]


_SCANNED = ("time", "shot")
_NUMBERED = {"season": "season", "episode": "number", "width": "width"}


def _union(parts: Iterable[BitMap]) -> BitMap:
    parts = list(parts)
    return BitMap.union(*parts) if len(parts) > 1 else parts[0] if parts else BitMap()


def _bounds(node: Field) -> Interval:
    assert node.interval is not None
    return node.interval


def unknown(kind: str, name: str, at: int | None, meant: str, count: int) -> BadQuery:
    reason = f"There is no {kind} “{name}”"
    reason += f"; did you mean “{meant}” ({count:,})?" if meant else "."
    return BadQuery(name, reason, at, meant)
