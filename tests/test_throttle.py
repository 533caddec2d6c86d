"""Requests are counted by address, over all processes, and told of in headers."""

import re
import subprocess
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPMessage
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from pymongo.errors import AutoReconnect

from frames.throttle import COLLECTION, Throttle, client_address, network
from tests.live import live_site
from tests.servers import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    """A time that only tests move: it starts at the beginning of a minute nobody else uses."""

    now = 60.0 * 10**6

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    Clock.now += 600
    return clock


def test_the_limit_is_exact_and_ends_with_the_minute(clock: Clock) -> None:
    throttle = Throttle("exact", 5, clock)
    taken = [throttle.take("192.0.2.1") for _ in range(7)]
    assert [one.allowed for one in taken] == [True] * 5 + [False] * 2
    assert [one.remaining for one in taken] == [4, 3, 2, 1, 0, 0, 0]
    assert throttle.take("192.0.2.2").allowed
    clock.now += 45
    assert throttle.take("192.0.2.1").seconds == 15
    clock.now += 15
    assert throttle.take("192.0.2.1").allowed


def test_processes_share_a_limit_and_threads_do_not_break_it(clock: Clock) -> None:
    processes = [Throttle("shared", 1000, clock) for _ in range(3)]
    start = threading.Barrier(12)

    def ask(number: int) -> int:
        start.wait()
        return sum(processes[number % 3].take("192.0.2.1").allowed for _ in range(120))

    with ThreadPoolExecutor(12) as pool:
        allowed = sum(pool.map(ask, range(12)))
    assert 970 <= allowed <= 1000  # what one process has taken out, another cannot give


def test_a_generous_limit_is_written_down_a_hundred_times_at_most(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    monkeypatch.setattr("frames.throttle._add", lambda *a: written.append(a) or 10 * len(written))
    throttle = Throttle("generous", 1000, clock)
    for _ in range(1500):
        throttle.take("192.0.2.1")
    assert len(written) == 101  # the last one told that nothing is left


def test_counts_are_deleted_by_mongodb_itself(clock: Clock) -> None:
    Throttle("kept", 5, clock).take("192.0.2.1")
    indexes = connection.get_collection(COLLECTION).index_information()
    assert [index["expireAfterSeconds"] for index in indexes.values() if "expires" in str(index)]


def test_while_the_database_is_away_everybody_is_let_in(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> int:
        raise AutoReconnect

    monkeypatch.setattr("frames.throttle._add", away)
    throttle = Throttle("away", 1, clock)
    assert all(throttle.take("192.0.2.1").allowed for _ in range(3))


def test_an_ipv6_user_is_one_client() -> None:
    assert network("2001:db8:1:2:aaaa::1") == network("2001:db8:1:2:bbbb::9")
    assert network("2001:db8:1:2::1") != network("2001:db8:1:3::1")
    assert network("192.0.2.1") == "192.0.2.1"
    assert network("nonsense") == network("")


def test_only_what_trusted_proxies_wrote_is_believed() -> None:
    meta = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 192.0.2.7, 10.0.0.2"}
    assert client_address(meta, 0) == "10.0.0.1"
    assert client_address(meta, 1) == "10.0.0.2"
    assert client_address(meta, 2) == "192.0.2.7"
    assert client_address(meta, 9) == "10.0.0.1"


def ask(url: str, address: str) -> tuple[int, HTTPMessage]:
    request = urllib.request.Request(url, headers={"X-Forwarded-For": address})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers
    except urllib.error.HTTPError as error:
        error.read()
        return error.code, error.headers


def test_two_web_processes_share_the_limits(tmp_path: Path) -> None:
    settings = {"THROTTLE_READS": "30", "THROTTLE_UPLOADS": "3", "TRUSTED_PROXIES": "1"}
    with live_site(tmp_path, **settings) as site:
        url = f"{site.address}/api/v1/tags/?limit=1"
        answers = _in_one_minute(lambda: [ask(url, "192.0.2.50") for _ in range(50)])
        statuses = [status for status, _ in answers]
        # Every request is a connection of its own, so both processes have answered some.
        assert statuses.count(200) == 30
        assert statuses.count(429) == 20
        first, last = answers[0][1], answers[-1][1]
        assert first["RateLimit-Policy"] == '"reads";q=30;w=60'
        assert re.fullmatch(r'"reads";r=\d+;t=\d+', first["RateLimit"])
        assert 1 <= int(last["Retry-After"]) <= 61
        assert last["Content-Type"] == "application/problem+json"
        assert ask(url, "192.0.2.51")[0] == 200

        command = [
            "curl",
            "-s",
            "-o",
            "-",
            "-w",
            "%{http_code}",
            "-H",
            "X-Forwarded-For: 192.0.2.9",
        ]
        command += ["-F", f"image=@{site.picture}", f"{site.address}/api/v1/search-by-image/"]
        uploads = _in_one_minute(
            lambda: [
                subprocess.run(command, capture_output=True, text=True, cwd=ROOT).stdout[-3:]
                for _ in range(5)
            ]
        )
        assert uploads == ["200"] * 3 + ["429"] * 2


def _in_one_minute(requests: Any) -> Any:
    """Send them when the minute has room for them; the limits are by the minute."""
    left = 60 - time.time() % 60
    if left < 25:
        time.sleep(left + 0.1)
    return requests()
