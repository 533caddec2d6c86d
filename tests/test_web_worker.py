"""Clients that send their requests slowly keep nobody else waiting."""

import socket
import time
import urllib.request
from collections.abc import Callable
from urllib.parse import urlsplit

from anipic_site.web_worker import READ_SECONDS
from tests.live import LiveSite

CLIENTS = 12
HEAD = b"GET /api/v1/frames/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
UPLOAD = (
    b"POST /api/v1/search-by-image/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50000\r\n"
    b"Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    b'--x\r\nContent-Disposition: form-data; name="image"; filename="x"\r\n\r\n'
)


def seconds(request: Callable[[], object]) -> float:
    started = time.monotonic()
    request()
    return time.monotonic() - started


def test_slow_heads_and_slow_uploads_are_ended_and_others_are_served(live: LiveSite) -> None:
    place = urlsplit(live.address)
    assert place.hostname and place.port
    clients = []
    for number in range(CLIENTS):
        client = socket.create_connection((place.hostname, place.port), timeout=READ_SECONDS + 10)
        client.sendall(UPLOAD if number % 2 else HEAD)
        clients.append(client)
    started = time.monotonic()
    while time.monotonic() - started < READ_SECONDS - 5:
        assert (
            seconds(
                lambda: urllib.request.urlopen(f"{live.address}/api/v1/frames/?limit=1", timeout=5)
            )
            < 2
        )
        for client in clients:
            client.sendall(b"a")
        time.sleep(1)
    answers = [client.recv(2000) for client in clients]
    assert time.monotonic() - started < READ_SECONDS + 5
    assert all(answer == b"" or b" 400 " in answer for answer in answers[::2])
    assert all(b" 408 " in answer for answer in answers[1::2])
    assert all(b"application/problem+json" in answer for answer in answers[1::2])
