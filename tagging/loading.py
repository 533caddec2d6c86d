"""The shipped vocabulary goes into the database, and nothing of a curator's work is lost."""

from dataclasses import asdict, fields
from typing import Any

from frames.implications import all_implied
from frames.models import Tag
from frames.terms import tag_name
from tagging.relabel import mark, relabel
from tagging.vocabulary import VocabularyTag, read_vocabulary


def load_vocabulary() -> dict[str, int]:
    """Make the tags that are missing, bring up to date those that no curator has edited.

    Returns how many were made, updated, and kept as curators left them; frames whose labels
    follow from a changed implication are labelled anew.
    """
    rows = {tag.name: tag for tag in Tag.objects.all()}
    shipped = read_vocabulary()
    new = [tag for tag in shipped if tag.name not in rows]
    edited = [tag for tag in shipped if tag.name in rows and rows[tag.name].edited]
    changed = [
        tag
        for tag in shipped
        if tag.name in rows and not rows[tag.name].edited and _values(tag) != _held(rows[tag.name])
    ]
    known = {name: tag.implies for name, tag in rows.items()}
    all_implied(known | {tag.name: list(tag.implies) for tag in [*new, *changed]})
    Tag.objects.bulk_create([Tag(**_values(tag)) for tag in new])
    for tag in changed:
        Tag.objects.filter(name=tag.name).update(**_values(tag))
    mark(tag.name for tag in changed if list(tag.implies) != rows[tag.name].implies)
    mark(tag.name for tag in shipped if any(tag_name(alias) in rows for alias in tag.aliases))
    relabel()
    return {"made": len(new), "updated": len(changed), "kept": len(edited)}


def _values(tag: VocabularyTag) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(tag).items()
    }


def _held(tag: Tag) -> dict[str, Any]:
    return {field.name: getattr(tag, field.name) for field in fields(VocabularyTag)}
