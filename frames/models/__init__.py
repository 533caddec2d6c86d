"""Series, episodes, frames and tags as MongoDB documents."""

from frames.models.duplicates import DedupeRun, Duplicate, DuplicateLink, EpisodeSketches, KeptApart
from frames.models.episodes import Episode, Series
from frames.models.frames import Frame, FrameQuerySet, FrameVector, TagSuggestion
from frames.models.tags import FrameTag, Measured, Tag, TagCategory, TagChange, TagEvent, Threshold

__all__ = [
    "DedupeRun",
    "Duplicate",
    "DuplicateLink",
    "Episode",
    "EpisodeSketches",
    "Frame",
    "FrameQuerySet",
    "FrameTag",
    "FrameVector",
    "KeptApart",
    "Measured",
    "Series",
    "Tag",
    "TagCategory",
    "TagChange",
    "TagEvent",
    "TagSuggestion",
    "Threshold",
]
