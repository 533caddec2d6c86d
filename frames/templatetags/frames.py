"""Filters for templates."""

from django import template

from frames.clock import clock

register = template.Library()
register.filter("clock", clock)
