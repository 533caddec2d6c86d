"""What a new threshold would do: a setting comes in; how many frames gain or lose the tag goes
out.

The preview applies the rule of the change itself (`tagging.rethreshold`) to the frames whose score
lies between the two thresholds, so that it tells exactly what the change does. Where they are many,
it looks at some of them, drawn at random, and says how far off its numbers may be.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, sqrt
from random import Random

from django.db import connection

from frames.labels import TagRow, visible_labels
from frames.models import Frame
from frames.verdicts import barred_tags, implied_tags, now
from tagging.rethreshold import Rules, Setting, batches, scores_of
from tagging.work import load_thresholds

SHOWN = 12  # frames shown of those that would gain or lose a tag
EXAMINED = 4000  # frames, at most, that a preview looks at


@dataclass
class Effect:
    """What becomes of one tag: how many frames gain and lose it, and the first of these; `error`
    is how far off either number may be (95%), 0 if all frames were looked at."""

    gains: int = 0
    losses: int = 0
    gained: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    error: int = 0

    def note(self, frame: int, gain: bool) -> None:
        sample = self.gained if gain else self.lost
        if gain:
            self.gains += 1
        else:
            self.losses += 1
        if len(sample) < SHOWN:
            sample.append(frame)

    def scaled(self, examined: int, of: int) -> "Effect":
        """What was found among the frames examined, for all of which they were drawn."""
        if examined == of:
            return self
        shares = [count / examined for count in (self.gains, self.losses)]
        gains, losses = (round(share * of) for share in shares)
        # A share of nothing, or of all, may still be off by one frame in those examined.
        spread = max(share * (1 - share) for share in [*shares, 1 / examined])
        error = ceil(1.96 * of * sqrt(spread / examined))
        return replace(self, gains=gains, losses=losses, error=error)


@dataclass(frozen=True)
class Preview:
    """By tag, and how many frames change in all (marks for review included): an estimate, if fewer
    frames were examined than there are `candidates`."""

    effects: dict[str, Effect]
    frames: int
    examined: int
    candidates: int

    @property
    def exact(self) -> bool:
        return self.examined == self.candidates


def preview(setting: Setting) -> Preview:
    """What the setting would do to the frames that are there."""
    rules = Rules(load_thresholds(), setting)
    implied = implied_tags()
    effects: dict[str, Effect] = {}
    changed = 0
    candidates = rules.candidates()
    drawn = candidates
    if len(candidates) > EXAMINED:
        drawn = sorted(Random(0).sample(candidates, EXAMINED))
    for ids in batches(drawn, 1000):
        for frame, rows in _outcomes(rules, _read(ids)):
            if rows == frame.rows:
                continue
            changed += 1
            after = set(visible_labels(rows, implied))
            for tag in sorted(rules.tags):
                if (tag in after) != (tag in frame.labels):
                    effects.setdefault(tag, Effect()).note(frame.pk, gain=tag in after)
    examined, of = len(drawn), len(candidates)
    estimates = {tag: effect.scaled(examined, of) for tag, effect in effects.items()}
    return Preview(estimates, round(changed * of / max(1, examined)), examined, of)


@dataclass(frozen=True)
class _Read:
    """A frame as a preview reads it: without the files, the subtitle and the rest."""

    pk: int
    keeper: int | None
    labels: frozenset[str]
    rows: list[TagRow]


def _outcomes(rules: Rules, frames: Sequence[_Read]) -> Iterator[tuple[_Read, list[TagRow]]]:
    """Each frame with the rows that it would have."""
    scores = scores_of([frame.pk for frame in frames])
    barred = barred_tags([Frame(id=frame.pk, keeper_id=frame.keeper) for frame in frames])
    for frame in frames:
        rows = rules.rows(frame.rows, scores.get(frame.pk, {}), barred[frame.pk], now())
        yield frame, rows


def _read(ids: Sequence[int]) -> list[_Read]:
    frames = connection.get_collection(Frame._meta.db_table)
    rows = frames.find({"_id": {"$in": list(ids)}}, {"labels": 1, "tags": 1, "keeper_id": 1})
    return [
        _Read(
            row["_id"],
            row["keeper_id"],
            frozenset(row["labels"]),
            [TagRow(**tag) for tag in row["tags"]],
        )
        for row in rows.sort("_id", 1)
    ]
