"""What visitors do, with a real browser: find, narrow, scroll, walk, come back."""

import io
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.core.files.storage import default_storage
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from frames.models import Frame, TagSuggestion
from frames.vectors import describe_frames
from tests.browser.conftest import KINDS

FRAME = re.compile(r"/frames/(\d+)/")


def shown(page: Page) -> int:
    return page.locator("#grid .tile").count()


def count(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator("#count").inner_text()))


def having(frames: list[Frame], *tags: str) -> list[Frame]:
    return [frame for frame in frames if set(tags) <= set(frame.labels)]


def test_a_visitor_finds_narrows_scrolls_walks_and_comes_back(
    page: Page, gallery: list[Frame]
) -> None:
    page.goto("/")
    box = page.get_by_role("combobox")
    box.press_sequentially("outd")
    expect(page.get_by_role("option").first).to_contain_text("outdoors")
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("outdoors ")
    box.press("Enter")
    page.wait_for_url("**/?q=outdoors")
    assert count(page) == len(having(gallery, "outdoors"))

    # Narrow by a facet, exclude a tag: the counts are exact.
    page.get_by_role("navigation", name="Narrow down").get_by_role(
        "link", name="exclude angry"
    ).click()
    left = [frame for frame in having(gallery, "outdoors") if "angry" not in frame.labels]
    assert count(page) == len(left) > 48
    page.get_by_label("Terms of the search").get_by_role("link", name="remove angry").click()
    assert count(page) == len(having(gallery, "outdoors"))

    # Scroll two pages.
    expect(page.locator("#grid .tile")).to_have_count(24)
    for pages in (2, 3):
        page.mouse.wheel(0, 20_000)
        expect(page.locator("#grid .tile").nth(24 * pages - 24)).to_be_attached()
    assert shown(page) == min(72, count(page))
    tile = page.locator("#grid .tile").nth(40)
    tile.scroll_into_view_if_needed()
    page.wait_for_url("**cursor=**")
    place, before = page.evaluate("scrollY"), page.url
    tile.click()
    page.wait_for_url(FRAME)

    # Walk: the order of the results, newest first.
    ids = [frame.pk for frame in reversed(having(gallery, "outdoors"))]
    at = ids.index(int(FRAME.search(page.url)[1]))
    for step, key in ((1, "ArrowRight"), (2, "ArrowRight"), (1, "ArrowLeft")):
        page.keyboard.press(key)
        page.wait_for_url(f"**/frames/{ids[at + step]}/?q=outdoors")

    page.go_back()
    page.wait_for_url(before)
    assert shown(page) == min(72, len(ids))
    assert abs(page.evaluate("scrollY") - place) < 5
    page.mouse.wheel(0, 20_000)
    page.wait_for_timeout(300)
    tiles = page.locator("#grid .tile").evaluate_all("all => all.map(one => one.pathname)")
    assert len(tiles) == len(set(tiles)), "a page came twice after coming back"


def test_suggestions_close_and_aliases_are_told(page: Page) -> None:
    page.goto("/?q=rain")
    box = page.get_by_role("combobox")
    box.fill("rain cry")
    option = page.get_by_role("option", name="crying")
    expect(option).to_contain_text("emotion")
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    box.press("End")
    box.press_sequentially("i")
    option.click()
    expect(box).to_have_value("rain crying ")


def test_nothing_moves_while_pictures_arrive(page: Page) -> None:
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => list.getEntries().forEach("
        "entry => window.moved += entry.value)).observe({type: 'layout-shift', buffered: true})"
    )
    page.goto("/?q=outdoors")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.moved") < 0.01


def test_rows_are_of_equal_height_and_fill_the_width(page: Page) -> None:
    page.goto("/?q=outdoors")
    boxes = page.locator("#grid .tile .picture").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().toJSON())"
    )
    rows: dict[int, list[dict]] = {}
    for box in boxes:
        rows.setdefault(round(box["top"]), []).append(box)
    grid = page.locator("#grid").bounding_box()
    for row in list(rows.values())[:-1]:
        assert max(box["height"] for box in row) - min(box["height"] for box in row) < 1
        assert row[-1]["right"] == pytest.approx(grid["x"] + grid["width"], abs=2)


def test_without_javascript_links_lead_through_all_pages(
    browser: Browser, live_server, gallery: list[Frame]
) -> None:
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("combobox").fill("outdoors")
    page.get_by_role("button", name="Search").click()
    seen: list[str] = []
    while True:
        seen += page.locator("#grid .tile").evaluate_all("all => all.map(one => one.pathname)")
        further = page.locator("#further a[rel=next]")
        if not further.count():
            break
        further.click()
    assert len(seen) == len(set(seen)) == len(having(gallery, "outdoors"))
    page.locator("a[rel=prev]").click()
    page.locator("#grid .tile").first.click()
    page.get_by_role("link", name="Next result").click()
    frame = Frame.objects.get(pk=FRAME.search(page.url)[1])
    missing = next(tag for tag in ("snow", "rain") if tag not in frame.labels)
    page.get_by_label("Tag that is missing").fill(missing)
    page.get_by_role("button", name="Suggest").click()
    expect(page.get_by_role("status")).to_contain_text("Thank you")
    assert TagSuggestion.objects.count() == 1
    context.close()


def test_on_a_phone_everything_is_within_reach(
    browser: Browser, live_server, gallery: list[Frame]
) -> None:
    context = browser.new_context(
        base_url=live_server.url,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        locale="en",
    )
    page = context.new_page()
    frame = gallery[10]
    for address in (
        "/",
        "/?q=outdoors",
        f"/frames/{frame.pk}/",
        "/series/kazemachi-diary/",
        "/tags/",
    ):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
    page.goto("/?q=outdoors")
    expect(page.get_by_role("link", name="exclude rain")).to_be_hidden()
    page.get_by_text("Narrow down").tap()
    page.get_by_role("link", name="exclude rain").tap()
    page.wait_for_url("**/?q=outdoors+-rain")
    expect(page.locator("#grid .tile").first).to_be_visible()
    context.close()


def test_keyboard_alone_is_enough(page: Page) -> None:
    page.goto("/?q=crying")
    page.keyboard.press("Tab")
    expect(page.get_by_text("To the content")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("body").press("/")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.locator("#grid .tile").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(FRAME)


def test_chips_and_facets_make_exactly_the_query_they_say(page: Page, gallery: list[Frame]) -> None:
    def query() -> str:
        return parse_qs(urlsplit(page.url).query).get("q", [""])[0]

    page.goto("/?q=outdoors+-rain+order:old")
    chips = page.get_by_label("Terms of the search")
    facets = page.get_by_role("navigation", name="Narrow down")
    others = sum("haru" not in frame.labels for frame in having(gallery, "outdoors"))
    steps = [
        (chips, "exclude outdoors", "-outdoors -rain order:old"),
        (chips, "demand outdoors", "outdoors -rain order:old"),
        (chips, "demand rain", "outdoors rain order:old"),
        (chips, "remove rain", "outdoors order:old"),
        (facets, "exclude haru", "outdoors order:old -character:haru"),
        (
            facets,
            f"Kazemachi Diary {others}",
            "outdoors order:old -character:haru series:kazemachi-diary",
        ),
        (chips, "remove haru", "outdoors order:old series:kazemachi-diary"),
    ]
    for place, name, wanted in steps:
        place.get_by_role("link", name=name).click()
        page.wait_for_url(f"**?{urlencode({'q': wanted})}")
        assert query() == wanted
    facets.get_by_role("link", name="All filters").click()
    page.get_by_role("link", name="exclude night").press("Enter")
    page.wait_for_url("**-night")
    page.get_by_role("link", name="Show").click()
    assert query() == "outdoors order:old series:kazemachi-diary -night"
    left = [frame for frame in having(gallery, "outdoors") if "night" not in frame.labels]
    assert count(page) == len(left)


def test_link_request_and_picture_can_be_taken_along(page: Page, gallery: list[Frame]) -> None:
    frame = gallery[3]
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{frame.get_absolute_url()}?q=outdoors")
    base = page.evaluate("location.origin")
    for name, copied in (
        ("Copy link", f"{base}{frame.get_absolute_url()}"),
        ("Copy API request", f"curl '{base}/api/v1/frames/{frame.pk}/'"),
    ):
        button = page.get_by_role("button", name=name)
        button.press("Enter")
        expect(page.get_by_role("button", name="Copied").last).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == copied
    link = page.get_by_role("link", name="Download")
    assert link.get_attribute("download") == f"kazemachi-diary-1-{frame.pk}.webp"
    with page.expect_download() as download:
        link.click()
    with default_storage.open(frame.image) as file:
        assert download.value.path().read_bytes() == file.read()


def test_japanese_titles_are_marked_as_such(page: Page) -> None:
    for address in ("/series/", "/series/kazemachi-diary/"):
        page.goto(address)
        title = page.get_by_text("風待ち日記", exact=True)
        expect(title).to_be_visible()
        assert title.get_attribute("lang") == "ja"


def test_a_wrong_tag_is_reported_in_place(page: Page, gallery: list[Frame]) -> None:
    frame = having(gallery, "rain")[0]
    page.goto(frame.get_absolute_url())
    page.get_by_role("button", name="rain is wrong here").click()
    expect(page.get_by_role("status")).to_contain_text("A curator will look at “rain”")
    row = TagSuggestion.objects.get()
    assert (row.frame_id, row.tag, row.kind, row.state) == (frame.pk, "rain", "wrong", "open")


def test_a_nasty_tag_is_shown_as_text(page: Page, gallery: list[Frame]) -> None:
    page.goto(gallery[0].get_absolute_url())
    nasty = "<img src=x onerror=alert(1)>"
    page.get_by_label("Tag that is missing").fill(nasty)
    page.get_by_role("button", name="Suggest").click()
    expect(page.get_by_role("alert")).to_contain_text(nasty)


def test_an_empty_result_says_what_to_drop(page: Page, gallery: list[Frame]) -> None:
    one, other = next(
        (one, other)
        for one in KINDS["emotion"]
        for other in KINDS["weather"]
        if having(gallery, one) and having(gallery, other) and not having(gallery, one, other)
    )
    page.goto(f"/?q={one}+{other}")
    page.get_by_role("link", name=f"{len(having(gallery, one))} frame").click()
    assert count(page) == len(having(gallery, one))


def test_the_language_is_the_browsers(browser: Browser, live_server, gallery: list[Frame]) -> None:
    for locale, words in (("de-DE", "Suchen"), ("ja-JP", "検索")):
        context = browser.new_context(base_url=live_server.url, locale=locale)
        page = context.new_page()
        page.goto("/")
        expect(page.get_by_role("button", name=words, exact=True)).to_be_visible()
        assert page.locator("html").get_attribute("lang") == locale[:2]
        assert not context.cookies()
        context.close()


def test_a_cropped_screenshot_is_found_however_it_comes(page: Page, gallery: list[Frame]) -> None:
    frame = having(gallery, "crying")[0]
    for _ in describe_frames(Frame.objects.all()):
        pass
    shot = {"name": "shot.jpg", "mimeType": "image/jpeg", "buffer": cropped(frame)}

    page.goto("/picture/")
    page.get_by_label("Choose, drop or paste a picture").set_input_files(shot)
    expect(page.get_by_text("Found, no doubt")).to_be_visible()
    assert found(page) in twins(frame)

    for way in ("paste", "drop"):
        page.goto("/picture/")
        page.evaluate(
            """async ([way, address]) => {
                const bytes = await (await fetch(address)).blob();
                const carried = new DataTransfer();
                carried.items.add(new File([bytes], "shot.webp", {type: bytes.type}));
                const names = {clipboardData: carried, dataTransfer: carried, bubbles: true};
                const event = way === "paste" ? new ClipboardEvent(way, names)
                                              : new DragEvent(way, names);
                document.body.dispatchEvent(event);
            }""",
            [way, frame.image_url],
        )
        expect(page.get_by_text("Found, no doubt")).to_be_visible()
        assert found(page) in twins(frame)


def found(page: Page) -> int:
    address = page.get_by_role("link", name="Open the frame").get_attribute("href")
    return int(FRAME.search(address or "")[1])


def twins(frame: Frame) -> set[int]:
    """Frames of the same shot and the same tags: the very picture or the next drawing of it."""
    same = Frame.objects.filter(shot=frame.shot)
    return {other.pk for other in same if other.labels == frame.labels}


def test_what_is_no_picture_is_refused_with_a_reason(page: Page) -> None:
    page.goto("/picture/")
    text = {"name": "notes.png", "mimeType": "image/png", "buffer": b"no picture at all"}
    page.get_by_label("Choose, drop or paste a picture").set_input_files(text)
    expect(page.get_by_role("alert")).to_contain_text("not a picture")


def cropped(frame: Frame) -> bytes:
    """The middle of the frame as somebody's screenshot: cut, scaled, saved as a JPEG."""
    with default_storage.open(frame.image) as file:
        picture = Image.open(file).convert("RGB")
    width, height = picture.size
    box = (width // 12, height // 12, width - width // 12, height - height // 12)
    buffer = io.BytesIO()
    picture.crop(box).resize((500, 281)).save(buffer, "JPEG", quality=60)
    return buffer.getvalue()
