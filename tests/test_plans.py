"""No request joins collections or reads a whole one: MongoDB's profiler says so."""

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live import LiveSite

QUERIES = (
    *("frames/", "frames/?q=tag_001&limit=5", "frames/?q=tag_001+-tag_002&order=old"),
    *("frames/?series=series-0000&episode=2", "frames/?order=random", "frames/?similar=1"),
    *("frames/1200/", "frames/1200/around/", "frames/1/similar/", "frames/random/"),
    *("frames/99999/", "facets/?q=tag_001", "series/", "series/?limit=1", "series/series-0000/"),
    *(
        "episodes/",
        "episodes/?series=series-0000&limit=2",
        "tags/",
        "tags/?limit=3&category=action",
    ),
    *("tags/tag_001/", "tags/unknown/", "autocomplete/?q=tag_0", "autocomplete/?q=test"),
    *("export/?q=tag_003", "schema/"),
)


@pytest.fixture
def profile(live: LiveSite) -> Iterator[list[dict[str, Any]]]:
    """What MongoDB did while every endpoint was asked, next and previous pages included."""
    live.database.command("profile", 2)
    for query in QUERIES:
        _follow(f"{live.address}/api/v1/{query}", pages=3)
    upload = ["curl", "-sf", "-F", f"image=@{live.picture}"]
    subprocess.run([*upload, f"{live.address}/api/v1/search-by-image/"], check=True)
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
            assert error.code == 404
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
        assert "COLLSCAN" not in entry.get("planSummary", ""), entry
        assert not entry.get("hasSortStage"), entry
        assert entry.get("docsExamined", 0) <= 1001, entry


def _is_a_request(entry: dict[str, Any]) -> bool:
    """Not the profiler's own reading, nor change streams, which read the log of the database, nor
    the threads that follow them for the indexes (with read concern "majority")."""
    if entry["ns"].endswith(".system.profile"):
        return False
    command = {**entry.get("originatingCommand", {}), **entry.get("command", {})}
    follower = command.get("readConcern", {}).get("level") == "majority"
    return "$changeStream" not in str(command) and not follower
