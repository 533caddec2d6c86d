"""A threshold that curators change: the scores that are stored come in, frames with their new
suggestions go out.

No picture is read and no tagger asked: a rule is applied to the frames whose score lies between the
two thresholds (see `tagging.preview` for what it would do).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from django.db import connection

from frames.labels import SUGGESTED, TagRow, suggest
from frames.models import Frame, Tag, Threshold
from frames.verdicts import BATCH, Guard, barred_tags, now, rewrite
from tagging.active import active_taggers
from tagging.consensus import suggestions
from tagging.marks import ids_between
from tagging.models import FrameScores, TaggingRun
from tagging.thresholds import Thresholds
from tagging.work import LEAST, Tally, load_thresholds

LOWEST = LEAST  # lower scores are not kept, so no lower threshold can be applied

Known = Mapping[str, Mapping[str, float]]  # what each active tagger knows: its own thresholds
Limit = Callable[[str, str], float]  # of a tagger and a tag


@dataclass(frozen=True)
class Setting:
    """The threshold of a tag or of a category; None is the default."""

    tag: str = ""
    category: str = ""
    threshold: float | None = None

    def within(self, held: Thresholds) -> Thresholds:
        return held.changed(tag=self.tag, category=self.category, to=self.threshold)


def current(setting: Setting) -> float | None:
    """What curators have set so far for what this setting is about."""
    held = load_thresholds()
    return held.tags.get(setting.tag) if setting.tag else held.categories.get(setting.category)


def store(setting: Setting) -> None:
    """From now on taggers go by it."""
    if setting.tag:
        Tag.objects.filter(name=setting.tag).update(threshold=setting.threshold)
    elif setting.threshold is None:
        Threshold.objects.filter(category=setting.category).delete()
    else:
        Threshold.objects.update_or_create(
            category=setting.category, defaults={"threshold": setting.threshold}
        )


def apply(run: TaggingRun, note: Callable[[Tally, Frame], object], guard: Guard) -> None:
    """Do what a run about a threshold is to do, from its position on."""
    rules = _rules(run)
    tally = Tally()
    for ids in batches((pk for pk in rules.candidates() if pk > run.position), BATCH):
        # Another curator may have gone further meanwhile: what is set now counts.
        rules.now = load_thresholds()
        frames = list(Frame.objects.filter(pk__in=ids).order_by("id"))
        if not frames:
            continue
        scores, barred, at = scores_of(ids), barred_tags(frames), now()

        rule = partial(_new_rows, rules, scores, barred, at)
        by = f"{run.by}: threshold of {run.tag or run.category}"
        tally.changed += rewrite(frames, rule, by=by, run=run.pk, guard=guard)
        tally.frames += len(frames)
        note(tally, frames[-1])


def _new_rows(
    rules: "Rules",
    scores: Mapping[int, Mapping[str, Any]],
    barred: Mapping[int, set[str]],
    at: datetime,
    frame: Frame,
) -> list[TagRow]:
    return rules.rows(frame.tag_rows, scores.get(frame.pk, {}), barred[frame.pk], at)


def candidates(run: TaggingRun) -> list[int]:
    """The frames that the run has to look at."""
    return _rules(run).candidates()


def _rules(run: TaggingRun) -> "Rules":
    before, after = (Setting(run.tag, run.category, at) for at in (run.before, run.after))
    return Rules(before.within(load_thresholds()), after)


class Rules:
    """How suggestions follow from scores when one threshold is changed."""

    def __init__(self, held: Thresholds, setting: Setting):
        self.held, self.now = held, setting.within(held)
        self.known: Known = {tagger.name: tagger.thresholds for tagger in active_taggers()}
        about = {"name": setting.tag} if setting.tag else {"category": setting.category}
        self.categories = dict(Tag.objects.filter(**about).values_list("name", "category"))
        self.tags = set(self.categories)

    def limit(self, thresholds: Thresholds, tagger: str, tag: str) -> float:
        return thresholds.of(tag, self.categories[tag], self.known[tagger])

    def candidates(self) -> list[int]:
        """The frames with a score between the thresholds of before and after, in order."""
        found: set[int] = set()
        for tagger in self.known:
            for tag in self.tags:
                pair = [self.limit(held, tagger, tag) for held in (self.held, self.now)]
                if pair[0] != pair[1]:
                    found |= ids_between(tagger, tag, min(pair), max(pair))
        return sorted(found)

    def rows(
        self, rows: list[TagRow], scores: Mapping[str, Any], barred: set[str], at: datetime
    ) -> list[TagRow]:
        """The rows of a frame with these stored scores, under the thresholds of `now`."""
        active = [name for name in self.known if name in scores]
        rest = [row for row in rows if row.tag not in self.tags]
        mine = [
            row
            for row in rows
            if row.tag in self.tags and (row.state != SUGGESTED or row.tagger not in active)
        ]
        for name in active:
            own, voted = (self._of(scores[name][kind]) for kind in ("own", "voted"))
            limits = {tag: self.limit(self.now, name, tag) for tag in own.keys() | voted.keys()}
            shown, lone = suggestions(own, voted, limits)
            version = scores[name]["version"]
            mine = suggest(
                mine, shown, tagger=name, version=version, at=at, barred=barred, review=lone
            )
        answer = rest + mine
        before = {row.tag: row for row in rows}
        same = {
            row.tag: before[row.tag]
            for row in answer
            if row.tag in before and replace(before[row.tag], at=row.at) == row
        }
        return sorted((same.get(row.tag, row) for row in answer), key=lambda row: row.tag)

    def _of(self, scores: Mapping[str, float]) -> dict[str, float]:
        return {tag: score for tag, score in scores.items() if tag in self.tags}


def scores_of(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    scores = connection.get_collection(FrameScores._meta.db_table)
    return {
        row["_id"]: row["taggers"]
        for row in scores.find({"_id": {"$in": list(ids)}}, {"taggers": 1})
    }


def batches(ids: Iterable[int], size: int) -> Iterator[list[int]]:
    ids = iter(ids)
    while batch := list(islice(ids, size)):
        yield batch
