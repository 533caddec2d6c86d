"""What tagging keeps for itself: the scores behind the suggestions, runs, and what was learnt."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_mongodb_backend.fields import ArrayField


class FrameScores(models.Model):
    """What each tagger measured on a frame, under the frame's id.

    `taggers` has, by the tagger's name, `version`, `run`, `own` (tag -> score) and `voted` (the
    same after the consensus of the shot); suggestions follow from it and from the thresholds.
    `marks` repeats every score as text, "wd rain 0.4213", for an index: what lies between two
    thresholds, and what is least certain, is read from there.
    """

    id = models.BigIntegerField(primary_key=True, db_column="_id")
    taggers = models.JSONField(default=dict)
    marks = ArrayField(models.CharField(max_length=160), default=list)

    class Meta:
        indexes = [models.Index(fields=["marks", "id"], name="scores_marks")]

    def __str__(self) -> str:
        return f"scores of frame {self.id}"


class FrameFeatures(models.Model):
    """The vector that `taught` knows a frame by, as `tagging.features.pack` writes it, under the
    frame's id."""

    id = models.BigIntegerField(primary_key=True, db_column="_id")
    model = models.CharField(max_length=50)
    sha256 = models.CharField(max_length=64)
    vector = models.BinaryField()

    def __str__(self) -> str:
        return f"features of frame {self.id}"


class Head(models.Model):
    """What `taught` has learnt of one tag: weights on the features of `model`, float32."""

    tag = models.CharField(max_length=100, unique=True)
    model = models.CharField(max_length=50)
    version = models.CharField(max_length=50)
    weights = models.BinaryField()
    threshold = models.FloatField()

    def __str__(self) -> str:
        return f"{self.tag} ({self.version})"


class TaggingRun(models.Model):
    """One pass over many frames: how far it is, and what it did.

    Either `taggers` look at the frames, or a threshold has gone from `before` to `after` (None:
    the default) for a `tag` or a `category`. Frames up to `position` are done. Whoever finds an
    unfinished run without a sign of life goes on with it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        UNDONE = "undone", _("undone")

    id = models.CharField(primary_key=True, max_length=32, db_column="_id")
    taggers = ArrayField(
        models.CharField(max_length=50), verbose_name=_("taggers"), default=list, blank=True
    )
    tag = models.CharField(_("tag"), max_length=100, blank=True)
    category = models.CharField(_("category"), max_length=11, blank=True)
    before = models.FloatField(_("threshold before"), null=True)
    after = models.FloatField(_("threshold after"), null=True)
    episodes = ArrayField(models.CharField(max_length=24), default=list, blank=True)
    series = models.CharField(_("series"), max_length=200, blank=True)
    retag = models.BooleanField(_("tag again"), default=False)
    by = models.CharField(_("who"), max_length=150, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.QUEUED)
    error = models.TextField(_("error"), blank=True)
    started_at = models.DateTimeField(_("started"), null=True)
    claimed_at = models.DateTimeField(_("last sign of life"), null=True)
    position = models.BigIntegerField(_("last frame done"), default=0)
    frames = models.PositiveIntegerField(_("frames to do"), default=0)
    done = models.PositiveIntegerField(_("frames done"), default=0)
    changed = models.PositiveIntegerField(_("frames changed"), default=0)
    gone = models.PositiveIntegerField(_("pictures gone"), default=0)
    dropped = models.PositiveIntegerField(_("scores of unknown tags"), default=0)

    class Meta:
        ordering = ["-started_at"]

    def __str__(self) -> str:
        what = ", ".join(self.taggers) or f"threshold of {self.tag or self.category}"
        return f"{what} ({self.state})"

    @property
    def about_threshold(self) -> bool:
        return bool(self.tag or self.category)
