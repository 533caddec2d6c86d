"""Where curators keep the vocabulary and see, and take back, what was changed."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest
from django_q.tasks import async_task

from frames.implications import TagCycle, all_implied
from frames.models import Tag, TagEvent
from frames.verdicts import undo_event
from tagging.relabel import mark
from tagging.vocabulary import alias_name


class TagForm(forms.ModelForm):
    class Meta:
        model = Tag
        fields = ["name", "category", "description", "aliases", "implies", "danbooru", "threshold"]

    def clean_threshold(self) -> float | None:
        threshold = self.cleaned_data["threshold"]
        if threshold is not None and not 0 < threshold <= 1:
            raise forms.ValidationError("A threshold lies between 0 and 1.")
        return threshold

    def clean_aliases(self) -> list[str]:
        aliases = self.cleaned_data["aliases"]
        wanted = {alias_name(alias) for alias in aliases}
        others = Tag.objects.exclude(pk=self.instance.pk).values_list("name", "aliases")
        for name, taken in others:
            if both := wanted & {alias_name(alias) for alias in taken}:
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
    list_display = ["name", "category", "description", "threshold", "confirmed", "rejected"]
    list_filter = ["category"]
    search_fields = ["name", "description"]

    def get_readonly_fields(self, request: HttpRequest, tag: Tag | None = None) -> list[str]:
        return ["name"] if tag else []

    def save_model(self, request: HttpRequest, tag: Tag, form: Any, change: bool) -> None:
        """A curator's work is not written over by the shipped vocabulary; frames follow it."""
        tag.edited = True
        super().save_model(request, tag, form, change)
        if {"aliases", "implies"} & set(form.changed_data):
            mark([tag.name])
            async_task("tagging.relabel.relabel", task_name="relabel")
            messages.info(request, "Frames are being labelled anew.")


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
