"""A frame's tags in three states: rows and a tagger's scores or a curator's verdict come in, new
rows go out. Nothing here touches the database.

A curator's word outlives every tagger: suggestions are replaced by the next run of the same
tagger, verdicts never, and a rejected tag does not come back by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

SUGGESTED, CONFIRMED, REJECTED = "suggested", "confirmed", "rejected"


@dataclass(frozen=True)
class TagRow:
    """One tag on one frame.

    `score` is the tagger's confidence, 0 to 1; a curator's verdict on a tag that no tagger had
    suggested has score 1 (confirmed), tagger "curator" and an empty version.
    """

    tag: str
    state: str
    score: float
    tagger: str
    version: str


def suggest(
    rows: Sequence[TagRow], scores: Mapping[str, float], *, tagger: str, version: str
) -> list[TagRow]:
    """The rows after `tagger` has scored the frame again.

    Its earlier suggestions go; verdicts and other taggers' suggestions stay. Where two taggers
    suggest the same tag, the higher score is kept.
    """
    kept = {row.tag: row for row in rows if row.state != SUGGESTED or row.tagger != tagger}
    for tag, score in scores.items():
        held = kept.get(tag)
        if held is None or (held.state == SUGGESTED and held.score < score):
            kept[tag] = TagRow(tag, SUGGESTED, score, tagger, version)
    return sorted(kept.values(), key=lambda row: row.tag)


def decide(rows: Sequence[TagRow], tags: Iterable[str]) -> list[TagRow]:
    """The rows after a curator has said that exactly `tags` are seen in the frame.

    Tags that were visible and are missing from `tags` become rejected, new ones confirmed;
    suggestions that the curator left standing stay suggestions.
    """
    wanted = set(tags)
    held = {row.tag: row for row in rows}
    decided = []
    for tag in sorted(held.keys() | wanted):
        row = held.get(tag)
        if row is None:
            row = TagRow(tag, CONFIRMED, 1.0, "curator", "")
        elif tag in wanted and row.state == REJECTED:
            row = TagRow(tag, CONFIRMED, row.score, row.tagger, row.version)
        elif tag not in wanted:
            row = TagRow(tag, REJECTED, row.score, row.tagger, row.version)
        decided.append(row)
    return decided


def visible_labels(rows: Iterable[TagRow]) -> list[str]:
    """The tag names that searches find the frame by: suggested and confirmed ones, sorted."""
    return sorted(row.tag for row in rows if row.state != REJECTED)
