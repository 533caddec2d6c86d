"""A real Chromium and a site with drawn frames, for tests that click."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from playwright.sync_api import Browser, Page, sync_playwright

from frames.files import image_name, thumbnail_name
from frames.ids import next_ids
from frames.models import Episode, Frame, FrameTag, Series, Tag
from ingest.demo.series import EPISODES
from ingest.demo.stage import Stage
from ingest.pictures import encode

# Playwright's loop runs in the tests' own thread, where Django would refuse the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
KINDS = {
    "emotion": ("smile", "laugh", "crying", "angry", "surprised", "neutral"),
    "action": ("fight", "walking", "running", "talking"),
    "weather": ("rain", "snow", "sunny", "cloudy"),
    "character": ("haru", "aoi", "ren", "mio"),
}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def drawings() -> list[dict[str, Any]]:
    """Two frames of every shot of the demo's first episode: stored pictures and what is true."""
    drawn = []
    for number, shot in enumerate(EPISODES[1].shots):
        stage = Stage(shot)
        for late in (False, True):
            rgb = stage.picture(shot.frames - 1 if late else 0)[::4, ::4]
            encoded = encode(rgb.copy())
            _store(image_name(encoded.sha256), encoded.image)
            for (width, kind), content in encoded.thumbnails.items():
                _store(thumbnail_name(encoded.sha256, width, kind), content)
            drawn.append(
                {
                    "shot": number,
                    "image": image_name(encoded.sha256),
                    "height": rgb.shape[0],
                    "width": rgb.shape[1],
                    "bytes": len(encoded.image),
                    "sha256": encoded.sha256,
                    "placeholder": encoded.placeholder,
                    "labels": sorted(shot.tags(late=late)),
                }
            )
    return drawn


def _store(name: str, content: bytes) -> None:
    default_storage.save(name, ContentFile(content))


@pytest.fixture
def gallery(transactional_db: None, drawings: list[dict[str, Any]]) -> list[Frame]:
    """The drawn frames as the visible frames of a series, with their tags, oldest first."""
    series = Series.objects.create(
        slug="kazemachi-diary",
        title="Kazemachi Diary",
        alternative_titles=["風待ち日記"],
        year=2026,
    )
    episode = Episode.objects.create(
        series=series,
        number=1,
        title="The Day the Wind Stopped",
        source="Kazemachi Diary - 01.mp4",
        sha256="0" * 64,
        bytes=1,
        state=Episode.State.DONE,
        kept=len(drawings),
    )
    names = {name for drawing in drawings for name in drawing["labels"]}
    kinds = {name: kind for kind, values in KINDS.items() for name in values}
    Tag.objects.bulk_create(
        Tag(name=name, category=kinds.get(name, "setting")) for name in sorted(names)
    )
    first = next_ids("frame", len(drawings))
    frames = [
        Frame(
            id=first + number,
            **episode.carried(),
            time=float(number),
            pts=number,
            motion=0.0,
            phash=number,
            tags=[
                FrameTag(tag=tag, state="suggested", score=0.9, tagger="taught", version="1")
                for tag in drawing["labels"]
            ],
            **drawing,
        )
        for number, drawing in enumerate(drawings)
    ]
    return Frame.objects.bulk_create(frames)


def new_tab(browser: Browser, site: str, width: int, height: int) -> tuple[Page, list[str]]:
    """A tab of a visitor of its own, and what its scripts and policies complain of."""
    context = browser.new_context(
        base_url=site, viewport={"width": width, "height": height}, locale="en"
    )
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text))
    return page, said


def open_as_curator(page: Page, address: str) -> None:
    """An address of the admin, which asks for an account first."""
    User.objects.create_superuser("mika", password="a long word")
    page.goto(address)
    page.fill("[name=username]", "mika")
    page.fill("[name=password]", "a long word")
    page.click("[type=submit]")


@pytest.fixture
def page(browser: Browser, live_server: Any, gallery: list[Frame]) -> Iterator[Page]:
    """A tab on a wide screen. It fails the test when a script fails or a policy is violated."""
    page, said = new_tab(browser, live_server.url, 1280, 900)
    yield page
    assert not page.context.cookies()
    page.context.close()
    assert not [text for text in said if "status of 4" not in text]  # answers, not mistakes
