"""axe-core finds nothing on any page, in either theme; nothing moves for those who ask for that."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from frames.models import Frame

AXE = Path(__file__).parents[2] / "static/src/node_modules/axe-core/axe.min.js"
PAGES = {
    "first visit": "/",
    "results": "/?q=outdoors+-rain",
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


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(
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
        page.add_script_tag(path=AXE)
        result = page.evaluate("axe.run({rules: {'target-size': {enabled: true}}})")
        violations = [
            (violation["id"], node["html"][:200])
            for violation in result["violations"]
            for node in violation["nodes"]
        ]
        if violations:
            found[name] = violations
    assert not found
    context.close()


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
