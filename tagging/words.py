"""From a tagger's words to the vocabulary's: scores by its own names come in, scores by tag go out.

What the vocabulary does not have is dropped and counted; characters are the exception, since no
list of them could ship: those that a tagger knows are added as it meets them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

from frames.terms import tag_name


@dataclass(frozen=True)
class Word:
    """What is needed of a tag to translate to it."""

    name: str
    category: str
    aliases: tuple[str, ...] = ()
    danbooru: tuple[str, ...] = ()


class Words:
    """The vocabulary as taggers meet it."""

    def __init__(self, words: Iterable[Word]):
        words = list(words)
        self.categories = {word.name: word.category for word in words}
        self._plain = {tag_name(alias): [word.name] for word in words for alias in word.aliases}
        self._plain |= {word.name: [word.name] for word in words}
        self._danbooru: dict[str, list[str]] = {}
        for word in words:
            for name in word.danbooru:
                self._danbooru.setdefault(name, []).append(word.name)

    def translate(
        self, scores: Mapping[str, float], *, danbooru: bool = False
    ) -> tuple[dict[str, float], Counter[str]]:
        """Scores by tag (the highest, where several names feed one), and the names dropped.

        Scores that are no numbers are dropped, too; they are counted under "NaN".
        """
        tags: dict[str, float] = {}
        dropped: Counter[str] = Counter()
        for name, score in scores.items():
            known = self._danbooru.get(name) if danbooru else self._plain.get(name)
            if not isfinite(score):
                dropped["NaN"] += 1
            elif known is None:
                dropped[name] += 1
            for tag in known or ():
                if isfinite(score):
                    tags[tag] = max(score, tags.get(tag, 0.0))
        return tags, dropped
