"""Thresholds in the admin: one is tried out, its effect on stored frames shown, then applied."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from frames.models import Frame, Tag, Threshold
from frames.query import tag_name
from frames.verdicts import queue_lesson
from tagging.models import TaggingRun
from tagging.preview import Preview, preview
from tagging.rethreshold import LOWEST, Setting, current
from tagging.runs import change_threshold
from tagging.thresholds import CHARACTER_DEFAULT, DEFAULT


class ThresholdForm(forms.Form):
    tag = forms.CharField(label=gettext_lazy("Tag"), required=False)
    category = forms.ChoiceField(
        label=gettext_lazy("or category"),
        required=False,
        choices=[("", "-"), *Tag.Category.choices],
    )
    threshold = forms.FloatField(
        label=gettext_lazy("Shown from"),
        required=False,
        min_value=LOWEST,
        max_value=1,
        widget=forms.NumberInput(attrs={"step": "0.01"}),
        help_text=gettext_lazy("Empty: the default."),
    )

    def clean_tag(self) -> str:
        name = tag_name(self.cleaned_data["tag"])
        if name and not Tag.objects.filter(name=name).exists():
            raise forms.ValidationError(_("There is no tag “%s”.") % name)
        return name

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not self.errors and bool(said.get("tag")) == bool(said.get("category")):
            raise forms.ValidationError(_("Name a tag or a category."))
        return said

    @property
    def setting(self) -> Setting:
        return Setting(**self.cleaned_data)


def thresholds(request: HttpRequest) -> HttpResponse:
    """GET with `threshold` previews, POST applies; without, what is set is listed."""
    if not request.user.has_perm("frames.change_tag"):
        raise PermissionDenied
    said = request.POST or request.GET
    form = ThresholdForm(said or None)
    if "threshold" not in said:
        form = ThresholdForm(initial=said.dict())
    elif form.is_valid():
        if request.method == "POST":
            run = change_threshold(form.setting, by=request.user.get_username())
            messages.success(request, _("It is set; %d frames are gone through.") % run.frames)
            return redirect(reverse("admin:thresholds"))
        return _page(request, form, preview(form.setting), current(form.setting))
    return _page(request, form)


def _page(
    request: HttpRequest,
    form: ThresholdForm,
    shown: Preview | None = None,
    before: float | None = None,
) -> HttpResponse:
    categories = dict(Threshold.objects.values_list("category", "threshold"))
    effects = sorted(
        shown.effects.items() if shown else (), key=lambda pair: -pair[1].gains - pair[1].losses
    )
    ids = [pk for _, effect in effects[:3] for pk in (*effect.gained, *effect.lost)]
    pictures = Frame.objects.in_bulk(ids)
    context = admin.site.each_context(request) | {
        "title": _("Thresholds"),
        "form": form,
        "preview": shown,
        "before": before,
        "effects": effects,
        "gains": sum(effect.gains for _, effect in effects),
        "losses": sum(effect.losses for _, effect in effects),
        "error": effects[0][1].error if len(effects) == 1 else 0,
        "samples": [
            (tag, kind, [pictures[pk] for pk in ids if pk in pictures])
            for tag, effect in effects[:3]
            for kind, ids in ((_("gains it"), effect.gained), (_("loses it"), effect.lost))
            if ids
        ],
        "categories": [
            (value, label, categories.get(value), _default(value))
            for value, label in Tag.Category.choices
        ],
        "tags": Tag.objects.filter(threshold__isnull=False),
        "runs": TaggingRun.objects.exclude(tag="", category="")[:10],
    }
    return render(request, "admin/curation/thresholds.html", context)


def _default(category: str) -> float:
    return CHARACTER_DEFAULT if category == Tag.Category.CHARACTER else DEFAULT


@require_POST
def teach(request: HttpRequest) -> HttpResponse:
    """Have `taught` learn from the verdicts that there are."""
    if not request.user.has_perm("frames.change_tag"):
        raise PermissionDenied
    queue_lesson()
    messages.success(request, _("A lesson is queued."))
    return redirect(reverse("admin:index"))
