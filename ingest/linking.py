"""The duplicates stage of an episode: its stored frames come in, repeated ones are linked."""

from frames.jobs import Progress
from frames.models import Episode, Frame
from ingest.dedupe import Keepers


def link(episode: Episode, progress: Progress) -> None:
    """Link frames that repeat another one of the episode to it."""
    keepers = Keepers()
    duplicates = 0
    frames = Frame.objects.filter(episode=episode).order_by("id")
    for frame in frames.only("id", "phash"):
        keeper = keepers.find_or_add(frame.id, frame.phash)
        if keeper is not None:
            duplicates += 1
            Frame.objects.filter(pk=frame.pk).update(
                status=Frame.Status.DUPLICATE, keeper_id=keeper
            )
    progress.update(kept=frames.count() - duplicates, duplicates=duplicates)
