"""A frame's tags in three states: rows and a tagger's scores or a curator's verdict come in, new
rows go out. Nothing here touches the database.

A curator's word outlives every tagger: suggestions are replaced by the next run of the same
tagger, verdicts never, and a rejected tag does not come back by itself.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

SUGGESTED, CONFIRMED, REJECTED = "suggested", "confirmed", "rejected"
CURATOR = "curator"


@dataclass(frozen=True)
class TagRow:
    """One tag on one frame: how it stands, how sure its tagger is, since when and through whom.

    `score` is the tagger's confidence, 0 to 1; a verdict on a tag that no tagger had suggested
    has score 1, tagger "curator" and an empty version. `by` names who gave the verdict and is
    empty for a suggestion. `review` marks a suggestion that its neighbours in the shot speak
    against: it is shown to curators only.
    """

    tag: str
    state: str
    score: float
    tagger: str
    version: str
    at: datetime | None = None
    by: str = ""
    review: bool = False

    @property
    def shown(self) -> bool:
        return self.state != REJECTED and not self.review


@dataclass(frozen=True)
class Change:
    """What became of one tag of a frame; None stands for no row."""

    tag: str
    before: TagRow | None
    after: TagRow | None


def suggest(
    rows: Sequence[TagRow],
    scores: Mapping[str, float],
    *,
    tagger: str,
    version: str,
    at: datetime | None = None,
    barred: Collection[str] = (),
    review: Collection[str] = (),
) -> list[TagRow]:
    """The rows after `tagger` has scored the frame again.

    Its earlier suggestions go; verdicts and other taggers' suggestions stay. Where two taggers
    suggest the same tag, one that is shown goes before one marked for review, then the higher
    score. Tags in `barred` (rejected on a duplicate of the frame) are not suggested.
    """
    own = {row.tag: row for row in rows if row.state == SUGGESTED and row.tagger == tagger}
    kept = {row.tag: row for row in rows if own.get(row.tag) is not row}
    for tag, score in scores.items():
        if tag in barred:
            continue
        row = TagRow(tag, SUGGESTED, score, tagger, version, at, review=tag in review)
        before = own.get(tag)
        if before is not None and replace(before, at=at) == row:
            row = before  # nothing new was said
        held = kept.get(tag)
        if held is None or (held.state == SUGGESTED and _weight(held) < _weight(row)):
            kept[tag] = row
    return _sorted(kept.values())


def _weight(row: TagRow) -> tuple[bool, float]:
    return (not row.review, row.score)


def judge(
    rows: Sequence[TagRow],
    verdicts: Mapping[str, str],
    *,
    by: str,
    at: datetime | None = None,
    source: str = CURATOR,
) -> list[TagRow]:
    """The rows after somebody has confirmed or rejected some tags (`verdicts`: tag -> state).

    A row keeps the tagger and score that it had, so that verdicts tell how good a tagger is; one
    that no tagger had suggested has `source` for its tagger.
    """
    held = {row.tag: row for row in rows}
    for tag, state in verdicts.items():
        before = held.get(tag) or TagRow(tag, "", 1.0, source, "")
        if before.state != state:
            held[tag] = replace(before, state=state, by=by, at=at, review=False)
    return _sorted(held.values())


def without_suggestions(rows: Iterable[TagRow], tags: Collection[str]) -> list[TagRow]:
    """The rows of a duplicate after `tags` have been rejected on another copy of the picture."""
    return [row for row in rows if row.state != SUGGESTED or row.tag not in tags]


def rejected_tags(rows: Iterable[TagRow]) -> set[str]:
    return {row.tag for row in rows if row.state == REJECTED}


def changes(before: Iterable[TagRow], after: Iterable[TagRow]) -> list[Change]:
    """What is different between two lists of rows, by tag name."""
    old, new = ({row.tag: row for row in rows} for rows in (before, after))
    return [
        Change(tag, old.get(tag), new.get(tag))
        for tag in sorted(old.keys() | new.keys())
        if old.get(tag) != new.get(tag)
    ]


def undo(
    rows: Iterable[TagRow], done: Iterable[Change], *, barred: Collection[str] = ()
) -> list[TagRow]:
    """The rows with these changes taken back, except where something newer has been said since.

    A suggestion of a tag in `barred` (rejected on a duplicate meanwhile) does not come back.
    """
    held = {row.tag: row for row in rows}
    for change in done:
        before = change.before
        if held.get(change.tag) != change.after:
            continue
        held.pop(change.tag, None)
        if before and not (before.state == SUGGESTED and change.tag in barred):
            held[change.tag] = before
    return _sorted(held.values())


def rejected_again(rows: Iterable[TagRow], done: Iterable[Change]) -> set[str]:
    """Tags whose rejection is back on a frame (`rows`) now that these changes are undone."""
    before = {change.tag for change in done if change.before and change.before.state == REJECTED}
    return before & rejected_tags(rows)


def renamed(rows: Iterable[TagRow], names: Mapping[str, str]) -> list[TagRow]:
    """The rows with tags called by their canonical `names`.

    Where two rows become one, a verdict outweighs a suggestion, then the higher score counts.
    """
    held: dict[str, TagRow] = {}
    for row in rows:
        row = replace(row, tag=names.get(row.tag, row.tag))
        other = held.get(row.tag)
        if other is None or _rank(other) < _rank(row):
            held[row.tag] = row
    return _sorted(held.values())


def _rank(row: TagRow) -> tuple[bool, float]:
    return (row.state != SUGGESTED, row.score)


def visible_labels(
    rows: Iterable[TagRow], implied: Mapping[str, Collection[str]] | None = None
) -> list[str]:
    """The tag names that searches find the frame by, sorted.

    These are the rows that are shown and what they imply (`implied`: tag -> all tags that
    follow from it), but never a rejected tag.
    """
    rows = list(rows)
    labels = {row.tag for row in rows if row.shown}
    for tag in list(labels):
        labels.update((implied or {}).get(tag, ()))
    return sorted(labels - rejected_tags(rows))


def _sorted(rows: Iterable[TagRow]) -> list[TagRow]:
    return sorted(rows, key=lambda row: row.tag)
