"""What comes in: series, and the video files that are their episodes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django_mongodb_backend.fields import ArrayField

READING = 0.6  # of the time that an episode takes, with `shots`


class Series(models.Model):
    slug = models.SlugField(_("slug"), max_length=200, unique=True, allow_unicode=True)
    title = models.CharField(_("title"), max_length=200)
    alternative_titles = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("alternative titles"),
        default=list,
        blank=True,
    )
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)

    class Meta:
        ordering = ["title"]
        # The index of a unique field holds strings only, and MongoDB does not search such a one;
        # the plain ones beside them are for searching.
        indexes = [models.Index(fields=["slug"], name="series_slug")]
        verbose_name_plural = "series"

    def __str__(self) -> str:
        return self.title


class Episode(models.Model):
    """One video file and how far its ingest has come.

    `series`, `season` and `number` say who it is (season 0 holds the specials); `sha256` of the
    file says what it is; `state`, `stage`, `worker` and `claimed_at` say who works on what (see
    `frames.jobs`). An episode whose name left doubts is `unsure` until a curator has looked at it;
    `origins` is where its pictures were found (`frames.origin`, None: not looked up).
    """

    class State(models.TextChoices):
        UNSURE = "unsure", _("unsure")
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    class Mode(models.TextChoices):
        SHOTS = "shots", _("shots")
        KEYFRAMES = "keyframes", _("keyframes")
        INTERVAL = "interval", _("interval")

    series = models.ForeignKey(Series, models.CASCADE, related_name="episodes")
    season = models.PositiveSmallIntegerField(_("season"), default=1)
    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=200, blank=True)
    source = models.CharField(_("source path"), max_length=4096)
    sha256 = models.CharField(_("SHA-256 of the file"), max_length=64)
    bytes = models.BigIntegerField(_("file size in bytes"))
    duration = models.FloatField(_("duration in seconds"), null=True)
    fps = models.FloatField(_("frames per second"), null=True)
    width = models.PositiveIntegerField(_("picture width"), null=True)
    height = models.PositiveIntegerField(_("picture height"), null=True)

    mode = models.CharField(_("mode"), max_length=9, choices=Mode, default=Mode.SHOTS)
    interval = models.FloatField(_("interval in seconds"), default=10.0)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.QUEUED)
    stage = models.CharField(_("stage"), max_length=100, blank=True)
    error = models.TextField(_("error"), blank=True)
    warnings = ArrayField(
        models.CharField(max_length=500), verbose_name=_("warnings"), default=list, blank=True
    )
    worker = models.CharField(_("worker"), max_length=32, blank=True)
    claimed_at = models.DateTimeField(_("last sign of life"), null=True)
    started_at = models.DateTimeField(_("started"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    frames_read = models.PositiveIntegerField(_("frames read"), default=0)
    kept = models.PositiveIntegerField(_("frames kept"), default=0)
    duplicates = models.PositiveIntegerField(_("duplicates"), default=0)
    tags = models.PositiveIntegerField(_("tags"), default=0)

    shot_bounds = ArrayField(
        models.FloatField(),
        verbose_name=_("bounds of the shots in seconds"),
        default=list,
        blank=True,
    )
    origins = models.JSONField(_("likely origins"), null=True, editable=False)
    seconds = models.JSONField(_("seconds taken by each stage"), null=True, blank=True)

    class Meta:
        ordering = ["series", "season", "number"]
        indexes = [models.Index(fields=["series", "season", "number"], name="episode_number")]
        constraints = [
            models.UniqueConstraint(
                fields=["series", "season", "number"], name="one_episode_a_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source.rpartition('/')[2]} ({self.number})"

    @property
    def share_done(self) -> float:
        """How much of the work is done, 0 to 1, as far as its stage and the pictures read tell."""
        if self.state == self.State.DONE:
            return 1.0
        part = min(1.0, self.frames_read / (self.fps or 24) / (self.duration or 1.0))
        stages: list[str] = settings.EPISODE_STAGES
        after = stages.index(self.stage) if self.stage in stages else 0
        if after == 0:
            return part * READING
        return READING + (1 - READING) * (after - 1) / (len(stages) - 1)

    def carried(self) -> dict[str, Any]:
        """What each of its frames carries of it, so that no list of frames needs a join."""
        return {
            "series": self.series,
            "series_slug": self.series.slug,
            "series_title": self.series.title,
            "episode": self,
            "season": self.season,
            "episode_number": self.number,
        }

    def tell_frames(self) -> None:
        """Have the episode's frames say of it what it says itself."""
        self.frames.update(**self.carried())
