"""How tagging stands, for the admin's first page: which taggers work, why another does not, and
what came of the last lesson.
"""

from dataclasses import dataclass
from datetime import datetime

from django_q.brokers import get_broker
from django_q.models import Task
from django_q.signing import SignedPackage

from frames.models import Tag
from frames.verdicts import LESSON
from tagging.active import active_taggers
from tagging.installed import last_failure
from tagging.models import Head

QUEUE_READ = 500


@dataclass(frozen=True)
class State:
    """`failure` is why no tagger of the hub could be installed; `waiting` says that a lesson is
    queued or running, `lesson_error` why the last one failed."""

    taggers: list[tuple[str, str]]
    failure: str
    learnt: int
    lesson_at: datetime | None
    lesson_error: str
    waiting: bool


def state() -> State:
    taggers = [(tagger.name, tagger.version) for tagger in active_taggers()]
    measured = Tag.objects.filter(measured__isnull=False)
    last = Task.objects.filter(name=LESSON).order_by("-stopped").first()
    return State(
        taggers=taggers,
        failure="" if any(name == "wd" for name, _ in taggers) else last_failure(),
        learnt=Head.objects.count(),
        lesson_at=max((tag.measured.at for tag in measured if tag.measured), default=None),
        lesson_error=_error(last),
        waiting=_is_queued(LESSON),
    )


def _error(task: Task | None) -> str:
    """The last line of what a failed task left."""
    if task is None or task.success:
        return ""
    return str(task.result or "").strip().rpartition("\n")[2] or "no reason is known"


def _is_queued(name: str) -> bool:
    """A task stays in the queue until it is through."""
    broker = get_broker()
    packages = broker.collection.find({}, {"payload": 1})
    return any(
        SignedPackage.loads(package["payload"])["name"] == name
        for package in packages.sort("_id", -1).limit(QUEUE_READ)
    )
