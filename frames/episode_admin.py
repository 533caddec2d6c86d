"""Where curators see how the ingest goes, and tell it who an episode is when it is unsure."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from frames.clock import clock
from frames.jobs import enqueue
from frames.models import Episode, Series


@admin.register(Series)
class SeriesAdmin(admin.ModelAdmin):
    list_display = ["title", "slug", "year"]
    search_fields = ["title", "slug"]
    prepopulated_fields = {"slug": ["title"]}

    def save_model(self, request: HttpRequest, series: Series, form: Any, change: bool) -> None:
        super().save_model(request, series, form, change)
        if {"title", "slug"} & set(form.changed_data):
            for episode in series.episodes.all():
                episode.tell_frames()


@admin.action(description=_("Ingest again"))
def ingest_again(
    modeladmin: admin.ModelAdmin, request: HttpRequest, episodes: QuerySet[Episode]
) -> None:
    """Frames keep their ids and their tags where the picture is the same."""
    idle = episodes.exclude(state__in=[Episode.State.RUNNING, Episode.State.UNSURE])
    for episode in idle:
        enqueue(episode)
    said = ngettext("%d episode is queued.", "%d episodes are queued.", len(idle)) % len(idle)
    modeladmin.message_user(request, said)
    if left := episodes.count() - len(idle):
        said = ngettext(
            "%d is left as it is: it is running, or unsure.",
            "%d are left as they are: they are running, or unsure.",
            left,
        )
        modeladmin.message_user(request, said % left, messages.WARNING)


class EpisodeForm(forms.ModelForm):
    class Meta:
        model = Episode
        fields = ["series", "season", "number", "title"]
        help_texts = {"season": _("0 holds the specials")}


@admin.register(Episode)
class EpisodeAdmin(admin.ModelAdmin):
    form = EpisodeForm
    list_display = [
        *("file", "series", "season", "number", "state", "progress"),
        *("kept", "duplicates", "tags", "remarks"),
    ]
    list_filter = ["state", "mode"]
    list_select_related = ["series"]
    search_fields = ["title", "source"]
    autocomplete_fields = ["series"]
    readonly_fields = [
        *("source", "state", "progress", "remarks", "mode", "duration", "fps", "width", "height"),
        *("kept", "duplicates", "tags", "shots", "timing"),
    ]
    actions = [ingest_again]

    class Media:
        js = ["progress.js"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # episodes come from files

    def save_model(self, request: HttpRequest, episode: Episode, form: Any, change: bool) -> None:
        """Only what the form shows is written: a job may be writing the rest."""
        identity = {name: getattr(episode, name) for name in EpisodeForm.Meta.fields}
        Episode.objects.filter(pk=episode.pk).update(**identity)
        episode.tell_frames()
        if episode.state == Episode.State.UNSURE:  # saving it is the answer
            enqueue(episode)
            self.message_user(request, _("Now it is known who this is; it is queued."))

    @admin.display(description=_("file"), ordering="source")
    def file(self, episode: Episode) -> str:
        return episode.source.rpartition("/")[2]

    @admin.display(description=_("progress"))
    def progress(self, episode: Episode) -> SafeString | str:
        """The stage, the share of the work that is done, and how long the rest will take."""
        if episode.state == Episode.State.QUEUED:
            return format_html('<span data-follow="{}">-</span>', episode.pk)
        if episode.state != Episode.State.RUNNING:
            return "-"
        done = episode.share_done
        stage = episode.stage.rpartition(".")[2]
        text = f"{stage}, {done:.0%}"
        if 0 < done < 1 and episode.started_at:
            seconds = (timezone.now() - episode.started_at).total_seconds()
            text += f", {clock(seconds * (1 - done) / done)} left"
        return format_html(
            '<span data-follow="{}"><progress max="1" value="{}"></progress> {}</span>',
            episode.pk,
            f"{done:.3f}",
            text,
        )

    @admin.display(description=_("remarks"))
    def remarks(self, episode: Episode) -> str:
        return "; ".join(filter(None, [episode.error, *episode.warnings])) or "-"

    @admin.display(description=_("shots"))
    def shots(self, episode: Episode) -> int:
        return max(0, len(episode.shot_bounds) - 1)

    @admin.display(description=_("seconds taken"))
    def timing(self, episode: Episode) -> str:
        seconds = episode.seconds or {}
        return ", ".join(f"{stage} {taken}" for stage, taken in seconds.items()) or "-"
