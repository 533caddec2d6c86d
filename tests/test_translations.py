"""Every text that a reader may see is there in German and in Japanese.

Left in English on purpose: the admin, which is for curators, the reasons why a query cannot be
answered, which API and site share, and the page for our own mistakes, which asks nothing of Django.
"""

import ast
import re
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

import pytest
from django.utils.translation.template import templatize

from frames.models import Tag

ROOT = Path(__file__).parents[1]
MODULES = [
    *(ROOT / "frames" / "views").glob("*.py"),
    *(ROOT / "frames" / f"{name}.py" for name in ("tiles", "suggestions", "uploads")),
]
CALLS = re.compile(r"\b(?:_|n?gettext)\((?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^()'\"])*\)")


class Missing(NullTranslations):
    """What is asked when a language does not know a text."""

    def gettext(self, message: str) -> str:
        return ""

    def ngettext(self, one: str, many: str, n: int) -> str:
        return ""


def texts() -> set[tuple[str, ...]]:
    """One text, or one and its plural, for each call of gettext."""
    sources = [path.read_text() for path in MODULES]
    for path in (ROOT / "templates").rglob("*.html"):
        sources += CALLS.findall(templatize(path.read_text()))
    found = set()
    for source in sources:
        for call in ast.walk(ast.parse(source)):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in (
                "_",
                "gettext",
                "ngettext",
            ):
                found.add(tuple(part.value for part in call.args if isinstance(part, ast.Constant)))
    return found | {(str(label),) for label in Tag.Category.labels}


@pytest.mark.parametrize("language", ["de", "ja"])
def test_every_text_of_the_site_is_translated(language: str) -> None:
    folder = ROOT / "frames" / "locale" / language / "LC_MESSAGES"
    with (folder / "django.mo").open("rb") as file:
        known = GNUTranslations(file)
    known.add_fallback(Missing())
    asked = texts()
    assert len(asked) > 150
    missing = [
        text
        for text in asked
        if not (
            known.gettext(text[0])
            if len(text) == 1
            else all(known.ngettext(text[0], text[1], count) for count in (1, 2))
        )
    ]
    assert not missing
