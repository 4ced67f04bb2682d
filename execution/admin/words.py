"""How the admin of executions puts things."""

from __future__ import annotations

from typing import Any


def in_words(name: str) -> str:
    """Return a code as one reads it."""
    return name.replace("_", " ")


def params_in_words(params: dict[str, Any]) -> str:
    """Return parameters on one line."""
    return ", ".join(f"{name} {value}" for name, value in sorted(params.items())) or "defaults"
