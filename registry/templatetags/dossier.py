"""Filters for pages that show what authors wrote."""

from __future__ import annotations

from typing import Any

from django import template

from registry.admin.sources import visible

register = template.Library()


@register.filter(name="visible")
def make_visible(value: Any) -> str:
    """Return a text with its invisible and reordering characters written as code points."""
    return visible(str(value))
