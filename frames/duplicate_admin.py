"""Where curators see what was found to be the same picture, side by side, and can split it."""

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from frames.duplicates import split
from frames.models import Duplicate, Frame


@admin.action(description=_("Not a duplicate: restore"), permissions=["change"])
def restore(
    modeladmin: admin.ModelAdmin, request: HttpRequest, frames: QuerySet[Duplicate]
) -> None:
    """They are shown again, and no later run links them again."""
    count = sum(split(frame, by=request.user.get_username()) for frame in frames)
    said = ngettext("%d frame is restored.", "%d frames are restored.", count) % count
    modeladmin.message_user(request, said)


@admin.register(Duplicate)
class DuplicateAdmin(admin.ModelAdmin):
    list_display = ["picture", "kept", "distance", "why"]
    list_display_links = None
    list_per_page = 40
    search_fields = ["series_slug"]
    show_full_result_count = False
    ordering = ["keeper", "id"]
    actions = [restore]

    class Media:
        css = {"all": ["curation.css"]}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Frame | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Duplicate]:
        return super().get_queryset(request).filter(status=Frame.Status.DUPLICATE)

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The keepers of the page in one query."""
        page = super().get_changelist_instance(request)
        ids = {frame.keeper_id for frame in page.result_list}
        keepers = Frame.objects.in_bulk([pk for pk in ids if pk is not None])
        for frame in page.result_list:
            frame.shown_keeper = keepers.get(frame.keeper_id)
        return page

    @admin.display(description=_("duplicate"))
    def picture(self, frame: Duplicate) -> SafeString:
        return _figure(frame)

    @admin.display(description=_("keeper"))
    def kept(self, frame: Duplicate) -> SafeString | str:
        keeper = getattr(frame, "shown_keeper", None)
        return _figure(keeper) if keeper else "-"


def _figure(frame: Frame) -> SafeString:
    return format_html(
        '<a href="{}"><img src="{}" class="duplicate-picture" alt=""></a><br>{}, {}x{}',
        frame.image_url,
        frame.thumbnails[0]["webp"],
        frame,
        frame.width,
        frame.height,
    )
