"""gunicorn's worker with threads: connections come in, those that dribble are cut.

A thread waits for the whole of a request. Without a limit a few clients that send a byte now and
then would hold all threads for ever.
"""

import socket
import time
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

READ_SECONDS = 20.0  # for head and body together


class Worker(ThreadWorker):
    """Nothing more is read of a request that has not come in by `READ_SECONDS`."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.ends: dict[Any, float] = {}  # of connections that a thread works on

    def enqueue_req(self, conn: Any) -> None:
        self.ends[conn] = time.monotonic() + READ_SECONDS
        super().enqueue_req(conn)

    def finish_request(self, conn: Any, fs: Any) -> None:
        self.ends.pop(conn, None)
        super().finish_request(conn, fs)

    def murder_pending(self) -> None:
        """gunicorn calls this once a second, in the thread that owns all of the above."""
        super().murder_pending()
        now = time.monotonic()
        for conn in [conn for conn, end in self.ends.items() if now > end]:
            del self.ends[conn]
            with suppress(OSError):
                conn.sock.shutdown(socket.SHUT_RD)  # an answer can still be sent
