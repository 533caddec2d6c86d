"""A curator goes through a queue by keyboard and by mouse."""

import time
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from frames.labels import CONFIRMED, REJECTED, SUGGESTED
from frames.models import Frame, FrameTag
from tests.browser.conftest import new_tab, open_as_curator


def becomes(frames: list[Frame], states: list[str]) -> None:
    """Wait until the frames' rows of rain are in these states."""
    deadline = time.monotonic() + 10
    found: list[str] = []
    while found != states and time.monotonic() < deadline:
        stored = Frame.objects.in_bulk([frame.pk for frame in frames])
        rows = ({row.tag: row for row in stored[frame.pk].tag_rows} for frame in frames)
        found = [row["rain"].state for row in rows]
        time.sleep(0.05)
    assert found == states


@pytest.mark.parametrize("width", [1280, 390])
def test_answers_by_keyboard_and_mouse_are_saved_and_undone(
    browser: Browser, live_server: Any, gallery: list[Frame], width: int
) -> None:
    doubtful = sorted(gallery[:4], key=lambda frame: -frame.pk)
    for frame in doubtful:
        row = FrameTag(
            tag="rain", state=SUGGESTED, score=0.6, tagger="wd", version="1", review=True
        )
        frame.tags = [*(tag for tag in frame.tags if tag.tag != "rain"), row]
        frame.save()
    page, said = new_tab(browser, live_server.url, width, 800)
    open_as_curator(page, "/admin/frames/tag/review/?tag=rain&queue=marked")
    cards = page.locator(".curation-card")
    expect(cards).to_have_count(4)
    expect(page.locator(".curation-card.current")).to_have_count(1)  # the script is at work
    page.keyboard.press("y")
    page.keyboard.press("n")
    expect(page.locator("[data-said]")).to_have_count(2)
    cards.nth(2).get_by_role("button", name="Reject").click()
    expect(page.locator("[data-said=reject]")).to_have_count(2)
    becomes(doubtful, [CONFIRMED, REJECTED, REJECTED, SUGGESTED])
    page.keyboard.press("u")
    expect(page.locator("[data-said]")).to_have_count(2)
    becomes(doubtful, [CONFIRMED, REJECTED, SUGGESTED, SUGGESTED])
    page.get_by_role("button", name="Confirm the rest of this page").click()
    expect(page.get_by_role("status")).to_have_text("All answered.")
    becomes(doubtful, [CONFIRMED, REJECTED, CONFIRMED, CONFIRMED])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not said
    page.context.close()
