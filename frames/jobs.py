"""The work on an episode: an id comes in, a claimed row is worked on, the outcome is recorded.

Any process may be asked to work on any episode, twice or at the same time: one conditional update
decides who does, and a worker that went silent for a minute is replaced.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.tasks import async_task

from frames.models import Episode, Frame

logger = logging.getLogger(__name__)

SILENT_AFTER = timedelta(seconds=60)
HEARTBEAT = timedelta(seconds=1)


class ClaimLost(Exception):
    """Another worker has taken this episode over; whoever gets this must stop writing."""


class Progress:
    """Counts of an episode as its work goes on, kept in its row for everybody to see.

    Each save is also the heartbeat that tells other workers to keep off.
    """

    def __init__(self, episode: Episode, on_change: Callable[[], object] = lambda: None):
        self.episode = episode
        self.on_change = on_change

    def update(self, **counts: int) -> None:
        """Note the counts; they are saved once a second at most."""
        for name, count in counts.items():
            setattr(self.episode, name, count)
        claimed_at = self.episode.claimed_at
        if claimed_at is not None and _now() - claimed_at >= HEARTBEAT:
            self.save()

    def save(self) -> None:
        """Raises `ClaimLost` if the row is no longer ours."""
        now = _now()
        _save_if_ours(
            self.episode,
            claimed_at=now,
            frames_read=self.episode.frames_read,
            kept=self.episode.kept,
            duplicates=self.episode.duplicates,
            tags=self.episode.tags,
        )
        self.on_change()


def enqueue(episode: Episode) -> None:
    """Have some worker process the episode."""
    Episode.objects.filter(pk=episode.pk).update(state=Episode.State.QUEUED, error="")
    async_task("frames.jobs.process", str(episode.pk), task_name=f"ingest {episode}"[:100])


def process(pk: str, on_change: Callable[[], object] = lambda: None) -> bool:
    """Take an episode through all its stages; False if somebody else has it or it is done.

    A failure is recorded on the row with its reason and raised no further: the next episode is
    not to blame.
    """
    episode = _claim(pk)
    if episode is None:
        return False
    progress = Progress(episode, on_change)
    try:
        for stage in settings.EPISODE_STAGES:
            import_string(stage)(episode, progress)
        progress.save()
        _publish(episode)
        _save_if_ours(episode, state=Episode.State.DONE)
    except ClaimLost:
        logger.warning("%s was taken over by another worker", episode)
    except Exception as error:
        logger.exception("%s failed", episode)
        reason = str(error) or type(error).__name__
        _save_if_ours(episode, state=Episode.State.FAILED, error=reason)
    except BaseException:  # Ctrl-C, or the worker is told to end: leave it to the next one
        _save_if_ours(episode, state=Episode.State.QUEUED)
        raise
    on_change()
    return True


def _claim(pk: str) -> Episode | None:
    now = _now()
    free = Q(state=Episode.State.QUEUED) | Q(
        state=Episode.State.RUNNING, claimed_at__lt=now - SILENT_AFTER
    )
    fresh = {"frames_read": 0, "kept": 0, "duplicates": 0, "tags": 0}
    claimed = Episode.objects.filter(free, pk=pk).update(
        state=Episode.State.RUNNING, claimed_at=now, error="", **fresh
    )
    return Episode.objects.get(pk=pk) if claimed else None


def _save_if_ours(episode: Episode, **values: object) -> None:
    ours = Episode.objects.filter(
        pk=episode.pk, state=Episode.State.RUNNING, claimed_at=episode.claimed_at
    )
    if not ours.update(**values):
        raise ClaimLost(str(episode))
    for name, value in values.items():
        setattr(episode, name, value)


def _publish(episode: Episode) -> None:
    """Show the episode's frames whose rating allows it: their files and tags are stored."""
    frames = Frame.objects.filter(episode=episode, status=Frame.Status.HIDDEN)
    frames.rated_public().update(status=Frame.Status.VISIBLE)


def _now() -> datetime:
    """The time as MongoDB stores it, in milliseconds: a claim is compared for equality."""
    now = timezone.now()
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
