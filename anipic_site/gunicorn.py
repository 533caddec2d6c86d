"""gunicorn's settings: workers share the memory of one search index, each follows changes itself.

The index, and the network that describes pictures, are loaded before the workers are forked. What
these do not change, which is nearly all, exists once on the host, and no first answer waits for it.
"""

import threading
from typing import Any

from frames import index_process, lite0

preload_app = True
worker_class = "anipic_site.web_worker.Worker"
threads = 16  # most of them wait for slow clients; few compute (`frames.turns`)
wsgi_app = "anipic_site.wsgi"
limit_request_line = 8190  # a query may name many tags


def when_ready(server: Any) -> None:
    lite0.network()
    index_process.preload()


def post_worker_init(worker: Any) -> None:
    index_process.follow()
    from frames import picture_search  # models: only now that Django is set up

    threading.Thread(target=picture_search.warm, daemon=True, name="pictures").start()
