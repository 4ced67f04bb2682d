"""Filters for pages that show what authors wrote."""

from __future__ import annotations

from typing import Any

from django import template

from registry.admin.evidence import instant_in_words
from registry.admin.sources import visible

register = template.Library()


@register.filter(name="instant")
def write_instant(value: Any) -> str:
    """Return an ISO 8601 instant in short."""
    return visible(instant_in_words(str(value)))


@register.filter(name="visible")
def make_visible(value: Any) -> str:
    """Return a text with its invisible and reordering characters written as code points."""
    return visible(str(value))
