"""How tagging stands, as a panel of the admin's first page."""

from typing import Any

from django import template

from tagging.state import state

register = template.Library()


@register.inclusion_tag("admin/curation/panel.html", takes_context=True)
def curation_panel(context: Any) -> dict[str, Any]:
    return {"state": state(), "request": context["request"], "csrf_token": context["csrf_token"]}
