"""Series, episodes, frames and tags as MongoDB documents.

A frame carries what a list of frames shows (series, episode number, time), so that no page needs
a join, and its visible tag names as a flat list, indexed together with its id.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Self

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django_mongodb_backend.fields import ArrayField, EmbeddedModelArrayField, EmbeddedModelField
from django_mongodb_backend.models import EmbeddedModel
from pymongo import ReturnDocument

from frames.clock import clock
from frames.labels import CONFIRMED, REJECTED, SUGGESTED, Change, TagRow
from frames.ratings import RATINGS

THUMBNAIL_WIDTHS = (320, 640)


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
    `frames.jobs`). An episode whose name left doubts is `unsure` until a curator has looked at it.
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
        """How much of the work is done, 0 to 1, as far as the pictures read so far tell."""
        if self.state == self.State.DONE:
            return 1.0
        return min(1.0, self.frames_read / (self.fps or 24) / (self.duration or 1.0))

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
        Frame.objects.filter(episode=self).update(**self.carried())


def next_ids(name: str, count: int) -> int:
    """The first of `count` consecutive integers that nobody else gets; counting starts at 1."""
    row = _counter().find_one_and_update(
        {"_id": name},
        {"$inc": {"next": count}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    return row["next"] - count + 1


def hold_ids(name: str, holder: str, count: int) -> int:
    """Like `next_ids`, but whoever holds that many already is given the very same again.

    Taking and noting them is one write, so that a worker may die before or after it.
    """
    held = f"$held.{holder}"
    mine = {"$eq": [f"{held}.count", count]}
    last = {"$ifNull": ["$next", 0]}
    fresh = {"first": {"$add": [last, 1]}, "count": count}
    row = _counter().find_one_and_update(
        {"_id": name},
        [
            {
                "$set": {
                    "next": {"$cond": [mine, "$next", {"$add": [last, count]}]},
                    f"held.{holder}": {"$cond": [mine, held, fresh]},
                }
            }
        ],
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    return row["held"][holder]["first"]


def held_ids(name: str, holder: str) -> range:
    row = _counter().find_one({"_id": name}) or {}
    held = row.get("held", {}).get(holder, {"first": 0, "count": 0})
    return range(held["first"], held["first"] + held["count"])


def release_ids(name: str, holder: str) -> None:
    """The ids are in use: nobody need hold them any more."""
    _counter().update_one({"_id": name}, {"$unset": {f"held.{holder}": ""}})


def _counter() -> Any:
    return connection.get_collection("frames_counter")


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


def image_name(sha256: str) -> str:
    return f"frames/{sha256[:2]}/{sha256}.webp"


def thumbnail_sizes(picture_width: int) -> list[tuple[int, int]]:
    """The thumbnails of a picture: how wide each is, and the width that its name says."""
    sizes = {min(nominal, picture_width): nominal for nominal in reversed(THUMBNAIL_WIDTHS)}
    return sorted(sizes.items())


def thumbnail_name(sha256: str, width: int, kind: str) -> str:
    """96 bits of the hash tell pictures apart and keep a page of links to them small.

    `width` is one of `THUMBNAIL_WIDTHS`; the file of a smaller picture is no wider than that.
    """
    return f"thumbnails/{sha256[:2]}/{sha256[:24]}-{width}.{kind}"
