"""Which frames repeat others: what they are found by, what a run has linked, what stays apart."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_mongodb_backend.fields import EmbeddedModelArrayField
from django_mongodb_backend.models import EmbeddedModel

from frames.models.episodes import Episode, Series
from frames.models.frames import Frame


class Duplicate(Frame):
    """A frame with status duplicate, as the admin lists it. `distance` is the mean squared
    difference of the encoded pictures, on the scale of pixels with values 0 to 1."""

    class Meta:
        proxy = True
        verbose_name = _("duplicate")
        verbose_name_plural = _("duplicates")


class EpisodeSketches(models.Model):
    """By what frames of an episode are found in others: arrays over its frames, as bytes.

    `ids` int64, `vectors` float16 (n, 64), `merits` float32; `version` names the encoder. One
    document an episode, so that a million vectors are read in a second.
    """

    episode = models.OneToOneField(Episode, models.CASCADE, primary_key=True, related_name="+")
    version = models.CharField(max_length=50)
    ids = models.BinaryField()
    vectors = models.BinaryField()
    merits = models.BinaryField()

    def __str__(self) -> str:
        return f"sketches of {self.episode_id}"


class DuplicateLink(EmbeddedModel):
    """What a run did to a frame; `status` is what it had been before."""

    frame = models.BigIntegerField()
    keeper = models.BigIntegerField()
    distance = models.FloatField()
    why = models.CharField(max_length=100)
    status = models.CharField(max_length=9)

    def __str__(self) -> str:
        return f"{self.frame} -> {self.keeper}"


class DedupeRun(models.Model):
    """One search for duplicates, in an episode that came in or in a whole series."""

    id = models.BigIntegerField(primary_key=True, db_column="_id")
    series = models.ForeignKey(Series, models.CASCADE, related_name="+")
    episode = models.ForeignKey(Episode, models.CASCADE, null=True, related_name="+")
    started = models.DateTimeField(_("started"))
    finished = models.DateTimeField(_("finished"), null=True)
    undone = models.DateTimeField(_("undone"), null=True)
    links = EmbeddedModelArrayField(DuplicateLink, default=list)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"run {self.id} on {self.episode or self.series}"


class KeptApart(models.Model):
    """A curator's word that a frame is no duplicate: it is never made one again."""

    frame = models.BigIntegerField(primary_key=True, db_column="_id")
    keeper = models.BigIntegerField()
    by = models.CharField(max_length=150)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.frame} is not {self.keeper}"
