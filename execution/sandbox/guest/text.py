"""`str.format` for scripts: what a template looks up goes through the guards of attributes."""

import importlib
import string
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from execution.sandbox.policy import language

# What str.format itself takes a field's name apart with.
_split: Any = importlib.import_module("_string").formatter_field_name_split


def plain_text(text: str) -> str:
    """Return a text as Python's own type, whatever methods of its own it has."""
    return str.__str__(text)


class ScriptFormatter(string.Formatter):
    """Fills templates in as `str.format` does."""

    def __init__(self, *, find: Callable[[Any, str], Any], item: Callable[[Any, Any], Any]) -> None:
        self._find = find
        self._item = item

    def get_field(
        self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> tuple[Any, int | str]:
        """Return the value a template's field names."""
        first, rest = _split(field_name)
        value = self.get_value(first, args, kwargs)
        for is_attribute, key in rest:
            find = self._find if is_attribute else self._item
            value = find(value, _plain_name(key) if is_attribute else key)
        return value, first


def _plain_name(name: str) -> str:
    # No compiler has seen what a template spells.
    if name.startswith("_") or not name.isidentifier():
        shown = name[: language.QUOTED_CHARACTERS_MAXIMUM]
        raise AttributeError(f"a template may not name the attribute {shown!r}")
    return name
