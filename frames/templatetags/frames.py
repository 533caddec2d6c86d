"""Filters for templates."""

from urllib.parse import urlencode

from django import template
from django.urls import reverse

from frames.clock import clock

register = template.Library()
register.filter("clock", clock)


@register.filter
def spaced(name: str) -> str:
    """A tag as people read it: `holding_sword` -> `holding sword`."""
    return name.replace("_", " ")


@register.filter
def found_by(text: str) -> str:
    """The address of the search for a query."""
    return reverse("search") + "?" + urlencode({"q": text})


@register.filter
def milliseconds(seconds: float) -> str:
    """`0.00042` -> `0.4`, `0.012` -> `12`."""
    thousandths = 1000 * seconds
    return f"{thousandths:.1f}" if thousandths < 10 else f"{thousandths:.0f}"
