"""Where curators keep the vocabulary and see, and take back, what was changed."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django_q.tasks import async_task

from frames.implications import TagCycle, all_implied
from frames.models import Tag, TagEvent
from frames.terms import tag_name
from frames.verdicts import undo_event
from tagging import review_views
from tagging.models import TaggingRun
from tagging.relabel import mark
from tagging.threshold_views import teach, thresholds


class TagForm(forms.ModelForm):
    class Meta:
        model = Tag
        fields = ["name", "category", "description", "aliases", "implies", "danbooru"]

    def clean_aliases(self) -> list[str]:
        aliases = self.cleaned_data["aliases"]
        wanted = {tag_name(alias) for alias in aliases}
        others = Tag.objects.exclude(pk=self.instance.pk).values_list("name", "aliases")
        for name, taken in others:
            if both := wanted & {tag_name(alias) for alias in taken}:
                raise forms.ValidationError(f"“{min(both)}” already stands for {name}.")
        return aliases

    def clean_implies(self) -> list[str]:
        implies = self.cleaned_data["implies"]
        known = dict(Tag.objects.values_list("name", "implies"))
        if unknown := [name for name in implies if name not in known]:
            raise forms.ValidationError(f"There is no tag {', '.join(unknown)}.")
        name = self.cleaned_data.get("name") or self.instance.name
        try:
            all_implied(known | {name: implies})
        except TagCycle as error:
            raise forms.ValidationError(str(error)) from error
        return implies


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    form = TagForm
    list_display = [
        *("name", "to_review", "from_score", "precision", "recall", "judged", "category"),
    ]
    list_filter = ["category"]
    list_per_page = 50
    search_fields = ["name", "description"]
    readonly_fields = ["precision", "recall", "judged", "from_score", "to_review"]

    def get_urls(self) -> list[URLPattern]:
        return [
            path("review/", self.admin_site.admin_view(review_views.review), name="review"),
            path("verdict/", self.admin_site.admin_view(review_views.verdict), name="verdict"),
            path("thresholds/", self.admin_site.admin_view(thresholds), name="thresholds"),
            path("teach/", self.admin_site.admin_view(teach), name="teach"),
            *super().get_urls(),
        ]

    def get_readonly_fields(self, request: HttpRequest, tag: Tag | None = None) -> list[str]:
        return [*(["name"] if tag else []), *self.readonly_fields]

    @admin.display(description=_("precision (95%)"))
    def precision(self, tag: Tag) -> str:
        return _measured(tag, "precision")

    @admin.display(description=_("recall (95%)"))
    def recall(self, tag: Tag) -> str:
        return _measured(tag, "recall")

    @admin.display(description=_("suggestions confirmed"))
    def judged(self, tag: Tag) -> str:
        count = tag.confirmed + tag.rejected
        return _("%(right)d of %(all)d") % {"right": tag.confirmed, "all": count} if count else "-"

    @admin.display(description=_("shown from"))
    def from_score(self, tag: Tag) -> SafeString:
        held = "-" if tag.threshold is None else f"{tag.threshold:g}"
        query = urlencode({"tag": tag.name})
        address = reverse("admin:thresholds")
        return format_html('<a href="{}?{}">{}</a>', address, query, _("%s, change") % held)

    @admin.display(description=_("review"))
    def to_review(self, tag: Tag) -> SafeString:
        query = urlencode({"tag": tag.name})
        return format_html('<a href="{}?{}">{}</a>', reverse("admin:review"), query, _("review"))

    def save_model(self, request: HttpRequest, tag: Tag, form: Any, change: bool) -> None:
        """A curator's work is not written over by the shipped vocabulary; frames follow it."""
        tag.edited = True
        before = Tag.objects.filter(pk=tag.pk).values_list("aliases", "implies").first()
        super().save_model(request, tag, form, change)
        if before and before != (tag.aliases, tag.implies):
            mark([tag.name])
            async_task("tagging.relabel.relabel", task_name="relabel")
            messages.info(request, "Frames are being labelled anew.")


def _measured(tag: Tag, name: str) -> str:
    value = getattr(tag.measured, name, None)
    if value is None:
        return "-"
    low, high = (getattr(tag.measured, f"{name}_{bound}") for bound in ("low", "high"))
    return f"{value:.2f} ({low:.2f} to {high:.2f})"


@admin.action(description="Undo these changes")
def undo_changes(modeladmin: Any, request: HttpRequest, events: Any) -> None:
    by = request.user.get_username()
    undone = sum(undo_event(event, by=by) for event in events.order_by("-at", "-id"))
    messages.info(request, f"{undone} changes undone.")


@admin.action(description="Undo the whole runs that these changes belong to")
def undo_runs(modeladmin: Any, request: HttpRequest, events: Any) -> None:
    runs = {run for run in events.values_list("run", flat=True) if run}
    for run in runs:
        async_task("frames.verdicts.undo_run", run, by=request.user.get_username())
    messages.info(request, f"{len(runs)} runs are being undone.")


@admin.register(TagEvent)
class TagEventAdmin(admin.ModelAdmin):
    list_display = ["at", "frame_id", "__str__", "run", "undone"]
    list_filter = ["undone"]
    search_fields = ["=run", "=by", "=frame_id"]
    show_full_result_count = False
    actions = [undo_changes, undo_runs]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, event: TagEvent | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, event: TagEvent | None = None) -> bool:
        return False


@admin.action(description="Undo these runs as a whole")
def undo_whole(modeladmin: Any, request: HttpRequest, runs: Any) -> None:
    for run in runs:
        async_task("tagging.runs.undo", run.pk, by=request.user.get_username())
    messages.info(request, f"{len(runs)} runs are being undone.")


@admin.register(TaggingRun)
class TaggingRunAdmin(admin.ModelAdmin):
    list_display = ["__str__", "by", "started_at", "progress", "changed", "error"]
    list_filter = ["state"]
    actions = [undo_whole]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, run: TaggingRun | None = None) -> bool:
        return run is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, run: TaggingRun | None = None) -> bool:
        return False

    @admin.display(description=_("frames done"))
    def progress(self, run: TaggingRun) -> str:
        return f"{run.done} of {run.frames}"
