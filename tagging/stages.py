"""The tagging stage of an episode: its stored frames come in, suggested tags go out."""

import uuid

from pymongo.client_session import ClientSession

from frames.jobs import Progress, check_claim
from frames.models import Episode, Frame
from tagging.active import active_taggers
from tagging.work import Tally, tag_frames


def tag(episode: Episode, progress: Progress) -> None:
    """Suggest tags for every frame of the episode, duplicates included, by every tagger set."""

    def show(tally: Tally, last: Frame) -> None:
        progress.update(tags=tally.suggested)

    def guard(session: ClientSession) -> None:
        check_claim(episode)

    frames = Frame.objects.filter(episode=episode).order_by("id").iterator(chunk_size=200)
    run = uuid.uuid4().hex
    tag_frames(frames, active_taggers(), run=run, on_progress=show, guard=guard)
