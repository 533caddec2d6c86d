"""From which score a tag is suggested: what curators set and what taggers know come in, one number
a tag goes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

DEFAULT, CHARACTER_DEFAULT = 0.35, 0.85


@dataclass(frozen=True)
class Thresholds:
    """What curators have set: `tags` by tag, `categories` by category."""

    tags: Mapping[str, float] = field(default_factory=dict)
    categories: Mapping[str, float] = field(default_factory=dict)

    def of(self, tag: str, category: str, known: Mapping[str, float]) -> float:
        """The curators' word on the tag, else what its tagger knows (`known`), else the
        curators' word on the category, else the default."""
        if tag in self.tags:
            return self.tags[tag]
        if tag in known:
            return known[tag]
        default = CHARACTER_DEFAULT if category == "character" else DEFAULT
        return self.categories.get(category, default)

    def changed(self, *, tag: str = "", category: str = "", to: float | None) -> "Thresholds":
        """As if curators had set this one, or taken it away (None)."""
        if tag:
            return replace(self, tags=_with(self.tags, tag, to))
        return replace(self, categories=_with(self.categories, category, to))


def _with(values: Mapping[str, float], name: str, value: float | None) -> dict[str, float]:
    rest = {key: held for key, held in values.items() if key != name}
    return rest if value is None else rest | {name: value}
