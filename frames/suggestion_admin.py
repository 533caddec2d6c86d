"""What readers say about tags, as the curators' queue in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from frames.models import TagSuggestion
from frames.suggestions import answer


@admin.action(description="Accept: becomes a verdict on the frame's tag")
def accept(modeladmin: Any, request: HttpRequest, suggestions: Any) -> None:
    for suggestion in suggestions:
        answer(suggestion, accepted=True, by=request.user.get_username())


@admin.action(description="Decline")
def decline(modeladmin: Any, request: HttpRequest, suggestions: Any) -> None:
    for suggestion in suggestions:
        answer(suggestion, accepted=False, by=request.user.get_username())


@admin.register(TagSuggestion)
class TagSuggestionAdmin(admin.ModelAdmin):
    list_display = ["tag", "kind", "thumbnail", "state", "created"]
    list_filter = ["state", "kind"]
    search_fields = ["tag"]
    actions = [accept, decline]

    def thumbnail(self, suggestion: TagSuggestion) -> SafeString:
        frame = suggestion.frame
        return format_html(
            '<a href="{}"><img src="{}" width="160" alt="{}"></a>',
            frame.get_absolute_url(),
            frame.thumbnails[0]["webp"],
            ", ".join(frame.labels),
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None
