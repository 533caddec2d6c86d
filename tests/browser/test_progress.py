"""The admin shows how a job in the background gets on, without being loaded again."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from frames.jobs import enqueue
from frames.models import Episode
from ingest.episodes import register
from ingest.survey import Request
from tests.benchmarks.clips import repeat
from tests.browser.conftest import new_tab, open_as_curator
from tests.test_jobs import ROOT, environment

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_rows_and_pages_of_episodes_follow_their_jobs(
    browser: Browser, live_server: Any, clip: Path
) -> None:
    film = repeat([clip], 150, clip.with_name("Long Clip - 01.mp4"))
    episode = register(film, request=Request("interval", 60))
    enqueue(episode)
    page, said = new_tab(browser, live_server.url, 1500, 700)
    open_as_curator(page, "/admin/frames/episode/")
    expect(page.locator(".field-state")).to_have_text("queued")
    form = page.context.new_page()
    form.goto(f"/admin/frames/episode/{episode.pk}/change/")
    form.fill("[name=title]", "half of a title")
    form.bring_to_front()
    with subprocess.Popen(
        [sys.executable, "manage.py", "qcluster"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as queue:
        try:
            assert shares(form, "read") >= 2
            page.bring_to_front()
            assert shares(page) >= 1
            expect(page.locator(".field-state")).to_have_text("done", timeout=90_000)
        finally:
            queue.terminate()
    episode.refresh_from_db()
    assert episode.state == Episode.State.DONE
    expect(page.locator(".field-kept")).to_have_text(str(episode.kept))
    expect(page.locator("progress")).to_have_count(0)
    form.bring_to_front()
    expect(form.locator(".field-state .readonly")).to_have_text("done")
    expect(form.locator("[name=title]")).to_have_value("half of a title")
    assert not said
    page.context.close()


def shares(page: Any, stage: str = "") -> int:
    """How many different shares of that stage, or of any, are seen one after the other, until there
    are two, or for a minute."""
    bar, seen = page.locator("progress"), set()
    deadline = time.monotonic() + 60
    while len(seen) < 2 and time.monotonic() < deadline:
        if bar.count() and stage in page.locator("[data-follow]").inner_text():
            seen.add(bar.get_attribute("value"))
        page.wait_for_timeout(200)
    return len(seen)
