"""The vocabulary, the rows that say which tags a frame wears, and the record of every change."""

from __future__ import annotations

from dataclasses import fields

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_mongodb_backend.fields import ArrayField, EmbeddedModelArrayField, EmbeddedModelField
from django_mongodb_backend.models import EmbeddedModel

from frames.labels import CONFIRMED, REJECTED, SUGGESTED, Change, TagRow


class TagCategory(models.TextChoices):
    CHARACTER = "character", _("character")
    ACTION = "action", _("action")
    EMOTION = "emotion", _("emotion")
    SETTING = "setting", _("setting")
    WEATHER = "weather", _("weather")
    TIME = "time", _("time of day")
    APPEARANCE = "appearance", _("appearance")
    OBJECT = "object", _("object")
    COMPOSITION = "composition", _("composition")
    STYLE = "style", _("style")
    RATING = "rating", _("rating")
    META = "meta", _("meta")


class Measured(EmbeddedModel):
    """How well `taught` knows a tag: cross-validated precision and recall, each with the bounds of
    its 95% interval (0 to 1, None where nothing was measured)."""

    examples = models.PositiveIntegerField(_("confirmed frames learnt from"))
    counterexamples = models.PositiveIntegerField(_("rejected frames learnt from"))
    shots = models.PositiveIntegerField(_("shots with confirmed frames"))
    suggests = models.BooleanField(_("good enough to suggest"))
    precision = models.FloatField(_("precision"), null=True)
    precision_low = models.FloatField(null=True)
    precision_high = models.FloatField(null=True)
    recall = models.FloatField(_("recall"), null=True)
    recall_low = models.FloatField(null=True)
    recall_high = models.FloatField(null=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"precision {self.precision}, recall {self.recall}"


class Tag(models.Model):
    """A word of the vocabulary; `tagging/vocabulary.csv` has those that AniPic ships with.

    `aliases` are phrases people type for it, `implies` tags that are always true with it,
    `danbooru` the names by which models trained on that site know it. `edited` keeps the shipped
    vocabulary from writing over a curator's work. While `relabel_from` is a frame id, frames
    from there on still wear the labels of before (see `tagging.relabel`). `confirmed` and
    `rejected` count suggestions that curators have judged.
    """

    Category = TagCategory

    name = models.SlugField(_("name"), max_length=100, unique=True, allow_unicode=True)
    category = models.CharField(_("category"), max_length=11, choices=TagCategory)
    description = models.TextField(_("description"), blank=True)
    aliases = ArrayField(
        models.CharField(max_length=100), verbose_name=_("aliases"), default=list, blank=True
    )
    implies = ArrayField(
        models.CharField(max_length=100), verbose_name=_("implies"), default=list, blank=True
    )
    danbooru = ArrayField(
        models.CharField(max_length=100), verbose_name=_("danbooru names"), default=list, blank=True
    )
    threshold = models.FloatField(_("threshold"), null=True, blank=True)
    relabel_from = models.BigIntegerField(
        _("next frame to be labelled anew"), null=True, editable=False
    )
    edited = models.BooleanField(_("edited by a curator"), default=False, editable=False)
    confirmed = models.PositiveIntegerField(_("suggestions confirmed"), default=0, editable=False)
    rejected = models.PositiveIntegerField(_("suggestions rejected"), default=0, editable=False)
    measured = EmbeddedModelField(Measured, null=True, blank=True, editable=False)

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["name"], name="tag_name")]

    def __str__(self) -> str:
        return self.name


class Threshold(models.Model):
    """The score from which the tags of a category are shown, where a curator has set it."""

    category = models.CharField(_("category"), max_length=11, choices=TagCategory, unique=True)
    threshold = models.FloatField(_("threshold"))

    class Meta:
        ordering = ["category"]

    def __str__(self) -> str:
        return f"{self.category}: {self.threshold}"


class FrameTag(EmbeddedModel):
    """A row of `Frame.tags`; `frames.labels` says what the states mean."""

    class State(models.TextChoices):
        SUGGESTED = SUGGESTED, _("suggested")
        CONFIRMED = CONFIRMED, _("confirmed")
        REJECTED = REJECTED, _("rejected")

    tag = models.CharField(max_length=100)
    state = models.CharField(max_length=9, choices=State)
    score = models.FloatField()
    tagger = models.CharField(max_length=50)
    version = models.CharField(max_length=50, blank=True)
    at = models.DateTimeField(null=True)
    by = models.CharField(max_length=150, blank=True)
    review = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.tag} ({self.state})"

    @property
    def row(self) -> TagRow:
        return TagRow(**{field.name: getattr(self, field.name) for field in fields(TagRow)})

    @property
    def shown(self) -> bool:
        return self.row.shown


class TagChange(EmbeddedModel):
    tag = models.CharField(max_length=100)
    before = EmbeddedModelField(FrameTag, null=True)
    after = EmbeddedModelField(FrameTag, null=True)

    def __str__(self) -> str:
        return f"{self.tag}: {self.before or '-'} -> {self.after or '-'}"


class TagEvent(models.Model):
    """What one tagger, curator or undo changed on one frame at one time."""

    frame_id = models.BigIntegerField(_("frame"))
    at = models.DateTimeField(_("time"))
    by = models.CharField(_("who"), max_length=150)
    run = models.CharField(_("run"), max_length=32, blank=True)
    changes = EmbeddedModelArrayField(TagChange)
    undone = models.BooleanField(_("undone"), default=False)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["frame_id", "-at"], name="event_frame"),
            models.Index(fields=["run", "-at"], name="event_run"),
            models.Index(fields=["-at"], name="event_at"),
        ]

    def __str__(self) -> str:
        return f"{self.by}: " + ", ".join(map(str, self.changes))

    @property
    def done(self) -> list[Change]:
        return [
            Change(
                change.tag, change.before and change.before.row, change.after and change.after.row
            )
            for change in self.changes
        ]
