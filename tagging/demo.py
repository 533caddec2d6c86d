"""The demo shows what teaching does: the truth about its first episode comes in as verdicts,
`taught` learns from them, and its suggestions for the second go out.

The truth lies beside each episode as JSON (see `ingest.demo.truth`); every row says that it comes
from there.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from frames.labels import CONFIRMED, REJECTED, TagRow, judge
from frames.models import Episode, Frame, Tag
from frames.verdicts import BATCH, now, rewrite
from tagging.active import tagger_named
from tagging.lessons import GROUND_TRUTH, teach
from tagging.work import tag_frames


class NoTruth(ValueError):
    """There is no ground truth beside the episode's file."""


def teach_demo(first: Episode, others: list[Episode]) -> int:
    """Confirm the truth on the first episode, learn, tag the others; how many tags are known."""
    confirm_truth(first)
    lesson = teach()
    if lesson.suggested:
        for episode in others:
            frames = Frame.objects.filter(episode=episode).order_by("id")
            tag_frames(frames, [tagger_named("taught")], run=f"demo {episode.pk}"[:32])
    return len(lesson.suggested)


def confirm_truth(episode: Episode) -> int:
    """Give the verdicts that the truth implies on every frame of the episode; how many frames.

    A tag of the episode that is not true of a frame is rejected there. Frames in a fade or
    dissolve show two shots at once and are left alone.
    """
    truth = read_truth(episode)
    told = {tag for shot in truth["shots"] for phase in shot["phases"] for tag in phase["tags"]}
    _add_characters(truth)
    at = now()
    judged = 0

    def rule(frame: Frame) -> list[TagRow]:
        true = true_tags(truth, frame.time)
        if true is None:
            return frame.tag_rows
        verdicts = dict.fromkeys(told - true, REJECTED) | dict.fromkeys(true, CONFIRMED)
        return judge(frame.tag_rows, verdicts, by=GROUND_TRUTH, at=at, source=GROUND_TRUTH)

    frames = Frame.objects.filter(episode=episode).order_by("id")
    position = -1
    while batch := list(frames.filter(pk__gt=position)[:BATCH]):
        judged += rewrite(batch, rule, by=GROUND_TRUTH)
        position = batch[-1].pk
    return judged


def read_truth(episode: Episode) -> dict[str, Any]:
    path = Path(episode.source).with_suffix(".json")
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise NoTruth(f"{path} does not tell the truth about the episode: {error}") from error


def true_tags(truth: Mapping[str, Any], time: float) -> set[str] | None:
    """The tags that are true of the picture at this time; None within a fade or dissolve."""
    number = round(time * truth["fps"])
    if any(fade["start"] <= number < fade["end"] for fade in truth["transitions"]):
        return None
    for shot in truth["shots"]:
        for phase in shot["phases"]:
            if phase["start"] <= number < phase["end"]:
                return set(phase["tags"])
    return None


def _add_characters(truth: Mapping[str, Any]) -> None:
    for name in {name for shot in truth["shots"] for name in shot["characters"]}:
        Tag.objects.get_or_create(
            name=name,
            defaults={
                "category": Tag.Category.CHARACTER,
                "description": f"A character of {truth['series']}.",
            },
        )
