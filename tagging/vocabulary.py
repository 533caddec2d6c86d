"""The vocabulary that AniPic ships with: `vocabulary.csv` comes in, rows of tags go out.

The file is an allowlist: taggers suggest nothing that is not in the vocabulary. Curators may
change and add tags in the admin; loading the file again leaves their work alone.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from frames.implications import all_implied
from frames.terms import tag_name

VOCABULARY = Path(__file__).with_name("vocabulary.csv")
COLUMNS = ("name", "category", "description", "aliases", "implies", "danbooru")


class BadVocabulary(ValueError):
    """The vocabulary contradicts itself; the message names the tags."""


@dataclass(frozen=True)
class VocabularyTag:
    """A tag as the file has it; lists are separated by commas there."""

    name: str
    category: str
    description: str
    aliases: tuple[str, ...] = ()
    implies: tuple[str, ...] = ()
    danbooru: tuple[str, ...] = ()


def read_vocabulary(path: Path = VOCABULARY) -> list[VocabularyTag]:
    """The tags of the file, checked. Raises `BadVocabulary` or `TagCycle`."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise BadVocabulary(f"{path.name} has no column {', '.join(missing)}")
        tags = [
            VocabularyTag(
                name=row["name"],
                category=row["category"],
                description=row["description"],
                aliases=_list(row["aliases"]),
                implies=_list(row["implies"]),
                danbooru=_list(row["danbooru"]),
            )
            for row in reader
        ]
    check(tags)
    return tags


def _list(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def check(tags: Sequence[VocabularyTag]) -> None:
    """Raises `BadVocabulary` for a name or alias with two meanings and an implication of what does
    not exist, `TagCycle` for tags that imply each other."""
    owners: dict[str, str] = {}
    for tag in tags:
        if tag.name in owners:
            raise BadVocabulary(f"the tag {tag.name} is there twice")
        owners[tag.name] = tag.name
    names = set(owners)
    for tag in tags:
        for alias in dict.fromkeys(tag_name(alias) for alias in tag.aliases):
            if alias in owners:
                raise BadVocabulary(f"“{alias}” stands for both {owners[alias]} and {tag.name}")
            owners[alias] = tag.name
        if unknown := sorted(set(tag.implies) - names):
            raise BadVocabulary(f"{tag.name} implies {', '.join(unknown)}, which does not exist")
    all_implied({tag.name: tag.implies for tag in tags})
