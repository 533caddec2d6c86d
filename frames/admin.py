"""Where curators put things right: one short class a model."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from frames.admin_search import FrameList
from frames.duplicate_admin import DuplicateAdmin
from frames.episode_admin import EpisodeAdmin, SeriesAdmin
from frames.labels import CONFIRMED, REJECTED
from frames.models import Frame, Tag
from frames.query import tag_name
from frames.suggestion_admin import TagSuggestionAdmin
from frames.verdicts import save_verdicts

__all__ = [
    "DuplicateAdmin",
    "EpisodeAdmin",
    "FrameAdmin",
    "SeriesAdmin",
    "TagSuggestionAdmin",
]  # importing registers them


class FrameForm(forms.ModelForm):
    seen = forms.CharField(
        label="Tags",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What is seen, separated by commas. A tag taken away counts as rejected.",
    )

    class Meta:
        model = Frame
        fields = ["status"]

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.initial["seen"] = ", ".join(self.instance.labels)

    def clean_seen(self) -> list[str]:
        tags = [tag_name(text) for text in self.cleaned_data["seen"].split(",") if text.strip()]
        unknown = set(tags) - set(Tag.objects.filter(name__in=tags).values_list("name", flat=True))
        if unknown:
            raise forms.ValidationError(f"There is no tag {', '.join(sorted(unknown))}.")
        return tags

    def verdicts(self) -> dict[str, str]:
        """What the curator said: tag -> state, of the tags that were added or taken away."""
        before, after = set(self.initial["seen"].split(", ")) - {""}, set(self.cleaned_data["seen"])
        return dict.fromkeys(after - before, CONFIRMED) | dict.fromkeys(before - after, REJECTED)


@admin.register(Frame)
class FrameAdmin(admin.ModelAdmin):
    form = FrameForm
    list_display = ["id", "thumbnail", "series_title", "episode_number", "time", "labels", "status"]
    list_filter = ["status"]
    list_per_page = 40
    show_full_result_count = False
    # Answered by `FrameList`; no action of it could know which frames "all" are.
    search_fields = ["id"]
    search_help_text = (
        "As on the site: crying rain, series:…, crying:confirmed, -night. It finds visible frames; "
        "choose another status beside the list to search those."
    )
    actions = None
    fields = ["thumbnail", "seen", "status"]
    readonly_fields = ["thumbnail"]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[FrameList]:
        return FrameList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Frame], search_term: str
    ) -> tuple[QuerySet[Frame], bool]:
        return queryset, False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="picture")
    def thumbnail(self, frame: Frame) -> SafeString:
        return format_html('<img src="{}" width="160" alt="">', frame.thumbnails[0]["webp"])

    def save_model(self, request: HttpRequest, frame: Frame, form: Any, change: bool) -> None:
        """Only what the form shows is written: a job may be writing the rest."""
        if "status" in form.changed_data:
            Frame.objects.filter(pk=frame.pk).update(status=frame.status)
        if "seen" in form.changed_data:
            save_verdicts(frame, form.verdicts(), by=request.user.get_username())
