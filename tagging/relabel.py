"""After a change of the vocabulary: tags that changed come in, frames with the right labels go out.

The place reached is kept with each tag, so that the work goes on where it was cut short.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from django.db.models import Q, QuerySet

from frames.labels import TagRow, renamed
from frames.models import Frame, Tag
from frames.terms import tag_name
from frames.verdicts import BATCH, rewrite


def mark(names: Iterable[str]) -> None:
    """Note that frames with these tags have to be labelled anew."""
    Tag.objects.filter(name__in=list(names)).update(relabel_from=0)


def relabel(on_progress: Callable[[int], object] = lambda changed: None) -> int:
    """Label frames anew wherever tags are marked; returns how many frames changed.

    A tag whose name has become an alias of another is merged into it: rows are renamed, then it
    goes.
    """
    changed = 0
    for tag in Tag.objects.filter(relabel_from__isnull=False):
        merged = _absorbed(tag)
        frames = _affected(tag, merged)
        position = tag.relabel_from or 0
        while batch := list(frames.filter(pk__gte=position).order_by("id")[:BATCH]):
            changed += _rename(batch, dict.fromkeys(merged, tag.name))
            position = batch[-1].pk + 1
            Tag.objects.filter(pk=tag.pk).update(relabel_from=position)
            on_progress(changed)
        Tag.objects.filter(name__in=merged).delete()
        Tag.objects.filter(pk=tag.pk, relabel_from=position).update(relabel_from=None)
    return changed


def _rename(frames: Sequence[Frame], names: Mapping[str, str]) -> int:
    def rule(frame: Frame) -> list[TagRow]:
        return renamed(frame.tag_rows, names)

    return rewrite(frames, rule, by="vocabulary", run="vocabulary")


def _affected(tag: Tag, merged: Sequence[str]) -> QuerySet[Frame]:
    """Frames labelled with the tag; for a merger also those where the other is in no label,
    because it was rejected or marked for review (no index helps to find these)."""
    wearing = Q(labels__contains=[tag.name])
    if merged:
        wearing |= Q(tags__tag__in=merged)
    return Frame.objects.filter(wearing)


def _absorbed(tag: Tag) -> list[str]:
    """The tags whose names are aliases of this one."""
    aliases = [tag_name(alias) for alias in tag.aliases]
    return list(Tag.objects.filter(name__in=aliases).values_list("name", flat=True))
