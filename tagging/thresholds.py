"""From which score a tag is suggested: what curators set and what taggers know come in, one number
a tag goes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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
