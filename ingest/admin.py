"""An episode in the admin, and where its pictures say that it comes from."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_q.tasks import async_task

from frames.episode_admin import EpisodeAdmin
from frames.models import Episode, Frame, Series
from ingest.origin import NotBetter, accept, origins_of

SHOWN = 12  # pieces of evidence


@admin.action(description=gettext_lazy("Find out where they come from"))
def look_up_again(
    modeladmin: admin.ModelAdmin, request: HttpRequest, episodes: QuerySet[Episode]
) -> None:
    for episode in episodes:
        async_task("ingest.origin.identify", str(episode.pk), task_name=f"identify {episode}"[:100])
    modeladmin.message_user(request, _("They are being looked up."))


admin.site.unregister(Episode)


@admin.register(Episode)
class IdentifiedEpisodeAdmin(EpisodeAdmin):
    actions = [*EpisodeAdmin.actions, look_up_again]

    class Media:
        css = {"all": ["curation.css"]}

    def get_readonly_fields(self, request: HttpRequest, obj: Episode | None = None) -> Any:
        asked = obj is not None and (obj.origins or obj.state == Episode.State.UNSURE)
        return [*(["origin"] if asked else []), *super().get_readonly_fields(request, obj)]

    def get_fields(self, request: HttpRequest, obj: Episode | None = None) -> Any:
        fields = list(super().get_fields(request, obj))
        return sorted(fields, key=lambda name: name != "origin")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.accept_origin)
        return [
            path("<path:pk>/origin/<int:place>/", view, name="accept-origin"),
            *super().get_urls(),
        ]

    @admin.display(description=_("looks like"))
    def origin(self, episode: Episode) -> str:
        """The likely origins with the frames that say so, and a button each."""
        if episode.origins is None:
            return _("It was not looked up yet.")
        origins = origins_of(episode)
        pictures = Frame.objects.in_bulk([s.frame for o in origins for s in o.evidence])
        titles = dict(Series.objects.values_list("slug", "title"))
        shown = [
            {
                "origin": origin,
                "title": titles.get(origin.series, origin.series),
                "address": reverse("admin:accept-origin", args=[episode.pk, place]),
                "evidence": [(s, pictures.get(s.frame)) for s in origin.evidence[:SHOWN]],
            }
            for place, origin in enumerate(origins)
        ]
        return render_to_string("admin/curation/origin.html", {"origins": shown})

    def accept_origin(self, request: HttpRequest, pk: str, place: int) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        episode = get_object_or_404(Episode, pk=pk)
        if request.method != "POST" or place >= len(episode.origins or ()):
            raise Http404
        try:
            known = accept(episode, episode.origins[place])
        except NotBetter as error:
            self.message_user(request, str(error), messages.WARNING)
            known = episode
        else:
            self.message_user(request, _("%s is what it is.") % known)
        return redirect(reverse("admin:frames_episode_change", args=[known.pk]))
