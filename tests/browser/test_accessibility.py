"""axe-core finds nothing on any page, whatever its theme and width; nothing moves on request."""

from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import Browser, Page

from frames.models import Frame

AXE = Path(__file__).parents[2] / "static/src/node_modules/axe-core/axe.min.js"
PAGES = {
    "first visit": "/",
    "results": "/?q=outdoors+-rain",
    "all filters": "/filters/?q=outdoors+-rain",
    "nothing found": "/?q=rain+sunny+snow",
    "frame": "/frames/{id}/?q=outdoors",
    "all series": "/series/",
    "series": "/series/kazemachi-diary/",
    "tags": "/tags/",
    "tag": "/tags/outdoors/",
    "picture": "/picture/",
    "about": "/about/",
    "API": "/api/",
    "a mistake": "/?q=outdors",
    "nowhere": "/nowhere/",
}


WIDTHS = (1280, 390, 2560)


def errors() -> dict[str, str]:
    """The pages that only appear when something is wrong, as they are sent."""
    request = RequestFactory().get("/")
    return {
        "not allowed": render_to_string("403.html", request=request),
        "broken": render_to_string("500.html"),
        "not ready": render_to_string("503.html", {"progress": 42}, request=request),
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page_at_any_width(
    browser: Browser, live_server, gallery: list[Frame], theme: str
) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed (npm ci in static/src)")
    # The audit is run from outside of the pages, which let no script in.
    context = browser.new_context(base_url=live_server.url, color_scheme=theme, bypass_csp=True)
    page = context.new_page()
    found = {}
    for name, address in PAGES.items():
        page.goto(address.format(id=gallery[20].pk))
        found |= audited(page, name)
    for name, html in errors().items():
        page.set_content(html)
        found |= audited(page, name)
    assert not found
    context.close()


def audited(page: Page, name: str) -> dict[tuple[str, int], list[tuple[str, str]]]:
    """What is wrong with the page, by width."""
    page.add_script_tag(path=AXE)
    found = {}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (name, width)
        result = page.evaluate(
            "axe.run({resultTypes: ['violations'], rules: {'target-size': {enabled: true}}})"
        )
        found[name, width] = [
            (violation["id"], node["html"][:200])
            for violation in result["violations"]
            for node in violation["nodes"]
        ]
    return {place: wrong for place, wrong in found.items() if wrong}


def test_nothing_moves_for_those_who_ask_for_it(
    browser: Browser, live_server, gallery: list[Frame]
) -> None:
    context = browser.new_context(base_url=live_server.url, reduced_motion="reduce")
    page = context.new_page()
    page.goto("/")
    moving = page.evaluate(
        "[...document.querySelectorAll('*')].map(one => getComputedStyle(one)).filter("
        "style => style.animationName !== 'none' || parseFloat(style.transitionDuration)).length"
    )
    assert moving == 0
    context.close()
