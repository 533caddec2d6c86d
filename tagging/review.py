"""What a curator should look at next: a tag comes in, frames whose suggestion is doubtful go out,
those first whose shot speaks against it, or those with the lowest score.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import islice

from frames.labels import SUGGESTED, TagRow
from frames.models import Frame, Tag, TagSuggestion
from tagging.active import active_taggers
from tagging.marks import ascending
from tagging.work import load_thresholds

PAGE = 24


@dataclass(frozen=True)
class Card:
    """A picture and a question about it; `key` is what an answer refers to."""

    key: str
    frame: Frame
    tag: str
    remark: str


def unsure(tag: str, after: float = 0.0) -> tuple[list[Card], float | None]:
    """Suggestions by score, the lowest first, from `after` on; and where the next page begins."""
    thresholds, category = load_thresholds(), Tag.objects.get(name=tag).category
    limits = {t.name: thresholds.of(tag, category, t.thresholds) for t in active_taggers()}
    scores = merge(*(ascending(name, tag, max(after, low)) for name, low in limits.items()))
    cards: list[Card] = []
    seen: set[int] = set()
    while batch := list(islice(scores, 4 * PAGE)):
        frames = _suggested([pk for _, pk in batch], tag)
        for score, pk in batch:
            if pk not in frames or pk in seen:
                continue
            if len(cards) >= PAGE and score > after:
                return cards, score
            seen.add(pk)
            cards.append(_card(*frames[pk]))
            after = max(after, score)
    return cards, None


def marked(tag: str) -> list[Card]:
    """Suggestions that their shot speaks against, which no reader sees."""
    frames = Frame.objects.filter(tags__review=True, tags__tag=tag).order_by("-id")
    found = ((frame, _row(frame, tag)) for frame in frames.iterator(chunk_size=PAGE))
    return [
        _card(frame, row)
        for frame, row in islice(((f, r) for f, r in found if r and r.review), PAGE)
    ]


def from_readers(tag: str = "") -> list[Card]:
    """What readers say is missing or wrong, the oldest first."""
    waiting = TagSuggestion.objects.filter(state=TagSuggestion.State.OPEN)
    if tag:
        waiting = waiting.filter(tag=tag)
    return [
        Card(f"reader:{said.pk}", said.frame, said.tag, said.get_kind_display())
        for said in waiting.select_related("frame").order_by("created")[:PAGE]
    ]


def waiting_tags() -> Iterator[str]:
    """Tags with suggestions marked for review, in order."""
    rows = Frame.objects.filter(tags__review=True).values_list("tags", flat=True)[:1000]
    yield from sorted({row.row.tag for tags in rows for row in tags if row.review})


def _suggested(pks: Iterable[int], tag: str) -> dict[int, tuple[Frame, TagRow]]:
    frames = Frame.objects.filter(pk__in=list(pks)).exclude(status=Frame.Status.DUPLICATE)
    rows = ((frame, _row(frame, tag)) for frame in frames)
    return {frame.pk: (frame, row) for frame, row in rows if row and row.state == SUGGESTED}


def _row(frame: Frame, tag: str) -> TagRow | None:
    return next((row for row in frame.tag_rows if row.tag == tag), None)


def _card(frame: Frame, row: TagRow) -> Card:
    return Card(f"frame:{frame.pk}:{row.tag}", frame, row.tag, f"{row.score:.2f} {row.tagger}")
