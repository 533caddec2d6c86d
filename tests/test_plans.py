"""No request joins collections or reads a whole one: MongoDB's profiler says so."""

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, get_resolver, resolve

from tests.benchmarks.filling import FRAMES_AN_EPISODE
from tests.live import LiveSite

API = (
    "",
    *("frames/", "frames/?q=tag_001&limit=5", "frames/?q=tag_001+-tag_002&order=old"),
    *("frames/?series=series-0000&episode=2", "frames/?order=random", "frames/?similar=1"),
    *("frames/1200/", "frames/1200/around/", "frames/1/similar/", "frames/random/"),
    *("frames/99999/", "facets/?q=tag_001", "series/", "series/?limit=1", "series/series-0000/"),
    *("episodes/", "episodes/?series=series-0000&limit=2", "tags/"),
    *("tags/?limit=3&category=action", "tags/tag_001/", "tags/unknown/"),
    *("autocomplete/?q=tag_0", "autocomplete/?q=test", "export/?q=tag_003", "schema/", "docs/"),
)
PAGES = (
    *("", "?q=tag_001", "?q=tag_001+order:score", "?q=series:series-0000", "?q=no_such_tag"),
    *(
        "filters/",
        "filters/?q=tag_001",
        "more/?q=tag_001",
        "offers/?q=tag_0",
        "frames/1200/",
        "frames/1/",
        "frames/99999/",
    ),
    *("series/", "series/series-0000/", "tags/", "tags/tag_001/", "picture/", "about/", "api/"),
    *("robots.txt", "favicon.ico", "sitemap.xml", "sitemap-pages.xml", "sitemap-frames-0.xml"),
    *("sitemap-frames-1.xml", "healthz", "media/frames/no/nothing.webp"),
)
QUERIES = (*(f"api/v1/{path}" for path in API), *PAGES)
POSTED = {"api/v1/search-by-image/", "picture/", "frames/<int:pk>/suggest/"}
# Pages list all series and all tags, some thousands of rows; the API never reads them all.
SMALL = {"frames_series", "frames_tag"}


@pytest.fixture
def profile(live: LiveSite) -> Iterator[list[dict[str, Any]]]:
    """What MongoDB did while every endpoint was asked, next and previous pages included."""
    live.database.command("profile", 2)
    for query in QUERIES:
        _follow(f"{live.address}/{query}", pages=3)
    for field, path in (("image", "api/v1/search-by-image/"), ("picture", "picture/")):
        upload = ["curl", "-sf", "-o", "/dev/null", "-F", f"{field}=@{live.picture}"]
        subprocess.run([*upload, f"{live.address}/{path}"], check=True)
    suggestion = ["curl", "-sf", "-o", "/dev/null", "-d", "missing=tag_001"]
    subprocess.run([*suggestion, f"{live.address}/frames/1200/suggest/"], check=True)
    since = _export_cursor(f"{live.address}/api/v1/export/?q=tag_005")
    live.database.frames_frame.update_one({"_id": 1300}, {"$set": {"text": "changed"}})
    _follow(f"{live.address}/api/v1/export/?since={since}", pages=1)
    live.database.command("profile", 0)
    yield list(live.database["system.profile"].find())
    live.database.drop_collection("system.profile")


def _follow(url: str | None, *, pages: int) -> None:
    while url and pages:
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                body = answer.read()
        except urllib.error.HTTPError as error:
            assert error.code in (400, 404)
            return
        url = json.loads(body).get("next") if body.startswith(b'{"count"') else None
        pages -= 1


def _export_cursor(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:
        answer.read()
        return answer.headers["Export-Cursor"]


def test_no_request_joins_or_reads_a_whole_collection(profile: list[dict[str, Any]]) -> None:
    asked = [entry for entry in profile if _is_a_request(entry)]
    assert len(asked) > 2 * len(QUERIES)
    seen = {entry["ns"].partition(".")[2] for entry in asked}
    assert {"frames_frame", "frames_tag", "frames_series", "frames_episode"} <= seen
    for entry in asked:
        assert "$lookup" not in str(entry["command"]), entry
        if _is_small(entry) or _is_a_sitemap(entry):
            continue
        assert "COLLSCAN" not in entry.get("planSummary", ""), entry
        most = FRAMES_AN_EPISODE if entry.get("hasSortStage") else 1001
        assert entry.get("docsExamined", 0) <= most, entry


def _is_small(entry: dict[str, Any]) -> bool:
    """A page that reads all series or all tags: through the ORM, whose queries are pipelines."""
    command = {**entry.get("originatingCommand", {}), **entry["command"]}
    return entry["ns"].partition(".")[2] in SMALL and "pipeline" in command


def _is_a_sitemap(entry: dict[str, Any]) -> bool:
    """It lists `FRAMES_A_SITEMAP` frames, found by their ids."""
    command = str({**entry.get("originatingCommand", {}), **entry["command"]})
    by_id = "IXSCAN" in entry.get("planSummary", "")
    return by_id and "'$gte'" in command and "'image'" in command


def _is_a_request(entry: dict[str, Any]) -> bool:
    """Not the profiler's own reading, nor change streams, which read the log of the database, nor
    the threads that follow them for the indexes (with read concern "majority")."""
    if entry["ns"].endswith(".system.profile"):
        return False
    command = {**entry.get("originatingCommand", {}), **entry.get("command", {})}
    follower = command.get("readConcern", {}).get("level") == "majority"
    return "$changeStream" not in str(command) and not follower


def test_every_public_address_is_asked() -> None:
    """Of the addresses that the project knows, only the admin's are left out."""
    asked = {resolve(f"/{query.partition('?')[0]}").route for query in QUERIES} | POSTED
    assert asked == set(_routes(get_resolver().url_patterns))


def _routes(patterns: list[Any], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        elif route != "admin/":
            yield from _routes(pattern.url_patterns, route)
