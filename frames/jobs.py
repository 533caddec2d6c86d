"""The work on an episode: an id comes in, a claimed row is worked on, the outcome is recorded.

Any process may be asked to work on any episode, twice or at the same time: one conditional update
decides who does. While it works a thread of its own gives a sign of life; a worker that has given
none for `JOB_SILENT_SECONDS` is replaced (see `frames.lost_jobs`), and the work goes on with the
stage that was interrupted. A worker that wakes up after that finds, before it writes, that the
episode is no longer its own; what it writes in that very moment its successor has written alike.
"""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import psutil
from django.conf import settings
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.tasks import async_task

from frames.errors import Explained
from frames.models import Episode, Frame

logger = logging.getLogger(__name__)

ATTEMPTS = 5  # then the episode is taken for one that kills its workers
HANGS_AFTER = 900.0  # seconds without any progress; then a worker no longer counts as alive
_SAVE_EVERY = 1.0  # seconds


class ClaimLost(Exception):
    """Another worker has taken this episode over; whoever gets this must stop writing."""


class Progress:
    """Counts of an episode as its work goes on, kept in its row for everybody to see."""

    def __init__(self, episode: Episode, on_change: Callable[[], object] = lambda: None):
        self.episode = episode
        self.on_change = on_change
        self._saved_at = self._moved_at = time.monotonic()

    @property
    def hangs(self) -> bool:
        return time.monotonic() - self._moved_at > HANGS_AFTER

    def update(self, **counts: int) -> None:
        """Note the counts; they are saved once a second at most."""
        self._moved_at = time.monotonic()
        for name, count in counts.items():
            setattr(self.episode, name, count)
        if time.monotonic() - self._saved_at >= _SAVE_EVERY:
            self.save()

    def save(self) -> None:
        """Raises `ClaimLost` if the row is no longer ours."""
        names = ("frames_read", "kept", "duplicates", "tags")
        save_if_ours(self.episode, **{name: getattr(self.episode, name) for name in names})
        self._saved_at = self._moved_at = time.monotonic()
        self.on_change()


def enqueue(episode: Episode) -> None:
    """Have some worker process the episode from its first stage on."""
    Episode.objects.filter(pk=episode.pk).update(
        state=Episode.State.QUEUED,
        error="",
        stage="",
        attempts=0,
        frames_read=0,
        claimed_at=now(),
    )
    hand_out(episode)


def hand_out(episode: Episode) -> None:
    async_task("frames.jobs.work", str(episode.pk), task_name=f"ingest {episode}"[:100])


def work(pk: str) -> bool:
    """The queue's task: first what other workers have left lying, then this episode."""
    for episode in lost(Episode.State.RUNNING):
        end_silent(episode)
        process(str(episode.pk))
    return process(pk)


def process(pk: str, on_change: Callable[[], object] = lambda: None) -> bool:
    """Take an episode through its stages; False if somebody else has it or it is done.

    A failure is recorded on the row with its reason and raised no further: the next episode is
    not to blame.
    """
    episode = _claim(pk)
    if episode is None:
        return False
    progress = Progress(episode, on_change)
    try:
        with _signs_of_life(episode, progress):
            _run_stages(episode, progress)
    except ClaimLost:
        logger.warning("%s was taken over by another worker", episode)
    except Exception as error:
        logger.error("%s failed: %s", episode, error, exc_info=not isinstance(error, Explained))
        reason = str(error) or type(error).__name__
        with suppress(ClaimLost):
            save_if_ours(episode, state=Episode.State.FAILED, error=reason)
    except BaseException:  # Ctrl-C, or the worker is told to end: leave it to the next one
        with suppress(ClaimLost):
            save_if_ours(episode, state=Episode.State.QUEUED)
        raise
    on_change()
    return True


def _run_stages(episode: Episode, progress: Progress) -> None:
    stages: list[str] = settings.EPISODE_STAGES
    first = stages.index(episode.stage) if episode.stage in stages else 0
    for stage in stages[first:]:
        save_if_ours(episode, stage=stage)
        started = time.monotonic()
        import_string(stage)(episode, progress)
        took = {stage.rpartition(".")[2]: round(time.monotonic() - started, 3)}
        save_if_ours(episode, seconds=(episode.seconds or {}) | took)
        progress.save()
    _publish(episode)
    save_if_ours(episode, state=Episode.State.DONE, stage="")


def _claim(pk: str) -> Episode | None:
    claimed = Episode.objects.filter(_free(), pk=pk).update(
        state=Episode.State.RUNNING,
        worker=f"{os.getpid()}.{uuid.uuid4().hex[:8]}.{this_host()}",
        claimed_at=now(),
        started_at=now(),
        attempts=F("attempts") + 1,
        error="",
    )
    if not claimed:
        return None
    episode = Episode.objects.select_related("series").get(pk=pk)
    if episode.attempts > ATTEMPTS:
        reason = f"{ATTEMPTS} workers have died of it, the last in {episode.stage or 'its start'}"
        save_if_ours(episode, state=Episode.State.FAILED, error=reason)
        return None
    return episode


def _free() -> Q:
    silent = now() - timedelta(seconds=settings.JOB_SILENT_SECONDS)
    return Q(state=Episode.State.QUEUED) | Q(state=Episode.State.RUNNING, claimed_at__lt=silent)


def save_if_ours(episode: Episode, **values: object) -> None:
    """Write to the row of an episode that we work on; `ClaimLost` if it is no longer ours."""
    if not _ours(episode).update(**values):
        raise ClaimLost(str(episode))
    for name, value in values.items():
        setattr(episode, name, value)


def check_claim(episode: Episode) -> None:
    """To be called before other rows than the episode's own are written; raises `ClaimLost`."""
    if not _ours(episode).exists():
        raise ClaimLost(str(episode))


def _ours(episode: Episode) -> QuerySet[Episode]:
    running = Episode.State.RUNNING
    return Episode.objects.filter(pk=episode.pk, state=running, worker=episode.worker)


@contextmanager
def _signs_of_life(episode: Episode, progress: Progress) -> Iterator[None]:
    """Tell other workers to keep off for as long as this process lives and gets on."""
    over = threading.Event()

    def tell() -> None:
        while not over.wait(settings.JOB_SILENT_SECONDS / 6) and not progress.hangs:
            try:
                save_if_ours(episode, claimed_at=now())
            except ClaimLost:  # the worker finds out itself when it writes
                break
            except Exception:  # the database may be back in time for the next one
                logger.warning("%s: no sign of life could be given", episode, exc_info=True)
        connection.close()

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def lost(*states: Any) -> QuerySet[Episode]:
    """The episodes in these states that nobody has given a sign of life for."""
    silent = now() - timedelta(seconds=settings.JOB_SILENT_SECONDS)
    return Episode.objects.filter(state__in=states, claimed_at__lt=silent).order_by("pk")


def _publish(episode: Episode) -> None:
    """Show the episode's frames whose rating allows it: their files and tags are stored."""
    frames = Frame.objects.filter(episode=episode, status=Frame.Status.PENDING)
    frames.rated_public().update(status=Frame.Status.VISIBLE)
    frames.update(status=Frame.Status.HIDDEN)  # the rest


def end_silent(episode: Episode) -> None:
    """End the worker that runs the episode, silent as it is, if it is of the same queue as this
    process and still there (stopped, or hanging): the queue then starts another in its place."""
    if episode.state != Episode.State.RUNNING or episode.claimed_at is None:
        return
    pid, _, host = episode.worker.split(".", 2)
    with suppress(psutil.Error):
        process = psutil.Process(int(pid))
        # One that began later has only been given the same number.
        same = host == this_host() and process.create_time() < episode.claimed_at.timestamp()
        if same and process.ppid() == os.getppid():
            logger.warning("worker %s hangs; it is ended", pid)
            process.kill()


def now() -> datetime:
    """The time as MongoDB stores it, in milliseconds."""
    at = timezone.now()
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def this_host() -> str:
    return socket.gethostname()[:12]
