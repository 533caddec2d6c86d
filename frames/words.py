"""The words of a subtitle: a text comes in, the words that searches find it by go out."""

import re
import unicodedata

_WORD = re.compile(r"\w+(?:'\w+)*")
# Scripts that put no spaces between words: every character and every pair of neighbours is one.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)


def words(text: str) -> set[str]:
    """Case, accents' encoding and punctuation make no difference.

    >>> sorted(words("Don't cry, Yuki!"))
    ['cry', "don't", 'yuki']
    """
    text = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    found: set[str] = set()
    for run in _UNSPACED.findall(text):
        found.update(run, (run[i : i + 2] for i in range(len(run) - 1)))
    found.update(_WORD.findall(_UNSPACED.sub(" ", text)))
    return found
