"""Frames, and what belongs to a frame alone: its vector, and what readers say of its tags.

A frame carries what a list of frames shows (series, episode number, time), so that no page needs
a join, and its visible tag names as a flat list, indexed together with its id.
"""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_mongodb_backend.fields import ArrayField, EmbeddedModelArrayField

from frames.clock import clock
from frames.files import thumbnail_name, thumbnail_sizes
from frames.labels import TagRow
from frames.models.episodes import Episode, Series
from frames.models.tags import FrameTag
from frames.ratings import RATINGS


class FrameQuerySet(models.QuerySet):
    def visible(self) -> Self:
        return self.filter(status=Frame.Status.VISIBLE)

    def rated_public(self) -> Self:
        """Frames whose rating everybody may see (`frames.ratings` and its settings)."""
        limit = RATINGS.index(settings.HIDE_FROM_RATING)
        frames = self.exclude(labels__overlap=list(RATINGS[limit:]))
        if not settings.SHOW_UNRATED:
            frames = frames.filter(labels__overlap=list(RATINGS[:limit]))
        return frames

    def of_series(self, slug: str) -> Self:
        return self.filter(series_slug=slug)


class Frame(models.Model):
    """One picture of an episode, chosen to show what happens in a shot.

    Ids are integers in time order within an episode: short links, and the neighbours for free. A
    frame is pending until all the stages of its episode are through, then visible, unless one of
    them has made it a duplicate or hidden it.
    """

    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        VISIBLE = "visible", _("visible")
        HIDDEN = "hidden", _("hidden")
        DUPLICATE = "duplicate", _("duplicate")

    class Camera(models.TextChoices):
        STATIC = "static", _("static")
        PAN_LEFT = "pan_left", _("pan left")
        PAN_RIGHT = "pan_right", _("pan right")
        PAN_UP = "pan_up", _("pan up")
        PAN_DOWN = "pan_down", _("pan down")
        ZOOM_IN = "zoom_in", _("zoom in")
        ZOOM_OUT = "zoom_out", _("zoom out")

    id = models.BigIntegerField(primary_key=True, db_column="_id")
    series = models.ForeignKey(Series, models.CASCADE, related_name="+", db_index=False)
    series_slug = models.CharField(max_length=200)
    series_title = models.CharField(max_length=200)
    episode = models.ForeignKey(Episode, models.CASCADE, related_name="frames", db_index=False)
    season = models.PositiveSmallIntegerField(_("season"), default=1)
    episode_number = models.PositiveIntegerField(_("episode"))
    time = models.FloatField(_("time in seconds"))
    pts = models.BigIntegerField(_("presentation timestamp"))
    shot = models.PositiveIntegerField(_("shot"))
    motion = models.FloatField(_("motion around the frame"))
    camera = models.CharField(_("camera"), max_length=10, blank=True, choices=Camera)
    text = models.TextField(_("subtitle on screen"), blank=True)
    chapter = models.CharField(_("chapter"), max_length=100, blank=True)

    image = models.CharField(_("image"), max_length=200)
    width = models.PositiveIntegerField(_("width"))
    height = models.PositiveIntegerField(_("height"))
    bytes = models.PositiveIntegerField(_("size of the image in bytes"))
    sha256 = models.CharField(_("SHA-256 of the image"), max_length=64)
    phash = models.BigIntegerField(_("perceptual hash"))
    placeholder = models.CharField(_("placeholder"), max_length=400)

    tags = EmbeddedModelArrayField(FrameTag, default=list, blank=True)
    labels = ArrayField(models.CharField(max_length=100), default=list, blank=True)
    revision = models.PositiveIntegerField(_("revision of the tags"), default=0)
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.VISIBLE)
    keeper = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="copies", db_index=False
    )
    distance = models.FloatField(_("distance from the keeper"), null=True, editable=False)
    why = models.CharField(_("why it is a duplicate"), max_length=100, blank=True, editable=False)

    objects = FrameQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["labels", "-id"], name="frame_labels_id"),
            models.Index(fields=["series_slug", "-id"], name="frame_series_id"),
            models.Index(fields=["episode", "id"], name="frame_episode_id"),
            models.Index(fields=["status", "-id"], name="frame_status_id"),
            models.Index(fields=["keeper"], name="frame_keeper"),
            models.Index(fields=["image"], name="frame_image"),
        ]

    def __str__(self) -> str:
        return f"{self.series_title} {self.episode_number}, {clock(self.time)}"

    def get_absolute_url(self) -> str:
        return reverse("frame", args=[self.id])

    @property
    def image_url(self) -> str:
        return default_storage.url(self.image)

    @property
    def thumbnails(self) -> list[dict[str, Any]]:
        """For each thumbnail size `{"width", "webp", "avif"}`, the latter two as URLs.

        None is wider than the picture; a picture as small as the smallest has that one only.
        """
        return [
            {
                "width": width,
                "webp": default_storage.url(thumbnail_name(self.sha256, nominal, "webp")),
                "avif": default_storage.url(thumbnail_name(self.sha256, nominal, "avif")),
            }
            for width, nominal in thumbnail_sizes(self.width)
        ]

    @property
    def tag_rows(self) -> list[TagRow]:
        return [row.row for row in self.tags]


class FrameVector(models.Model):
    """What a frame is found by when somebody shows a picture (see `frames.descriptors`).

    A collection of its own, under the frame's id: lists of frames never read it.
    """

    id = models.BigIntegerField(primary_key=True, db_column="_id")
    sha256 = models.CharField(max_length=64)
    model = models.CharField(max_length=50)
    vector = models.BinaryField()
    features = models.BinaryField()

    def __str__(self) -> str:
        return f"vector of frame {self.id}"


class TagSuggestion(models.Model):
    """What a reader says about a frame's tags. It changes nothing until a curator accepts it.

    `sender` is a keyed hash of an address, for the limit of suggestions an hour.
    """

    class Kind(models.TextChoices):
        MISSING = "missing", _("missing")
        WRONG = "wrong", _("wrong")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")

    frame = models.ForeignKey(Frame, models.CASCADE, related_name="suggestions")
    tag = models.CharField(_("tag"), max_length=100)
    kind = models.CharField(_("kind"), max_length=7, choices=Kind)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    sender = models.CharField(max_length=64, editable=False)
    created = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["-created"]
        indexes = [
            models.Index(fields=["sender", "-created"], name="suggestion_sender"),
            models.Index(fields=["state", "-created"], name="suggestion_state"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["frame", "tag", "kind"], name="one_suggestion_of_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.tag} {self.kind}"
