"""Episodes whose worker or whose task was lost come in; they are handed out again."""

import logging
import threading
import time
from typing import Any

from django.conf import settings
from django_q.brokers import get_broker

from frames.jobs import end_silent, hand_out, lost, now
from frames.models import Episode

logger = logging.getLogger(__name__)


def take_over() -> list[Episode]:
    """Hand out again the episodes whose worker or whose task was lost.

    Harmless when nothing was lost: a task that comes too late finds its episode claimed.
    """
    states: list[Any] = [Episode.State.RUNNING]
    if not get_broker().queue_size():  # else the workers are busy, and what is queued waits there
        states.append(Episode.State.QUEUED)
    taken = []
    for episode in lost(*states):
        still = lost(*states).filter(pk=episode.pk)
        if still.update(state=Episode.State.QUEUED, claimed_at=now()):
            logger.warning("%s: its worker is gone; handed out again", episode)
            hand_out(episode)
            taken.append(episode)
    return taken


def keep_watch(**_: object) -> None:
    """In a thread of this process, look after lost work from now on (see `take_over`).

    Each process of the queue does, so it is done for as long as one of them lives.
    """

    def watch() -> None:
        while True:
            time.sleep(settings.JOB_SILENT_SECONDS / 3)
            try:
                for episode in take_over():
                    end_silent(episode)
            except Exception:  # the database may be back in time for the next round
                logger.warning("lost work could not be looked for", exc_info=True)

    threading.Thread(target=watch, daemon=True, name="keep_watch").start()
