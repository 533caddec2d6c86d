"""Requests come in; no more than a few of a process go on at the same time, in their order.

Python runs one thread at a time. Many that compute only take the interpreter from each other,
which does not make the work less but some of the answers late.
"""

import threading
from collections import deque
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

AT_ONCE = 3  # one computes while others wait for the database


class Turns:
    """Like a semaphore, but first come, first served. Use it in a `with` statement."""

    def __init__(self, at_once: int):
        self._free = at_once
        self._lock = threading.Lock()
        self._waiting: deque[threading.Lock] = deque()

    def __enter__(self) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = threading.Lock()
            turn.acquire()
            self._waiting.append(turn)
        turn.acquire()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._free += 1


class TurnsMiddleware:
    """Only for requests without a body: others may have to wait for theirs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self.turns = Turns(AT_ONCE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with self.turns:
            return self.get_response(request)
