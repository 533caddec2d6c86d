"""Filters for templates."""

import re
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from frames.clock import clock

register = template.Library()
_JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")  # kana and kanji
register.filter("clock", clock)


@register.filter
def spaced(name: str) -> str:
    """A tag as people read it: `holding_sword` -> `holding sword`."""
    return name.replace("_", " ")


@register.filter
def japanese(title: str) -> bool:
    """Whether a title is written in Japanese, which decides the shapes of its characters."""
    return bool(_JAPANESE.search(title))


@register.filter
def found_by(text: str) -> str:
    """The address of the search for a query."""
    return reverse("search") + "?" + urlencode({"q": text})


@register.filter
def milliseconds(seconds: float) -> str:
    """`0.00042` -> `0.4`, `0.012` -> `12`."""
    thousandths = 1000 * seconds
    return f"{thousandths:.1f}" if thousandths < 10 else f"{thousandths:.0f}"
