"""What the patterns of `match` compare with, where Python would look attributes up by itself."""

import functools
from typing import Any

from execution.sandbox.guest.attributes import has_attribute, is_hidden
from execution.sandbox.guest.classes import ScriptClass

# These match their subject itself when one pattern stands in the parentheses.
_SELF_MATCHING = (bool, bytes, dict, float, frozenset, int, list, set, str, tuple)


class PatternValue:
    """Carries a guarded value into a pattern, which has to have the form of an attribute."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class _PatternType(type):
    """The type of stand-ins that match objects of scripts whose named attributes may be read."""

    kind: type
    names: tuple[str, ...]

    def __instancecheck__(cls, subject: Any) -> bool:
        kind = type(subject)
        if not isinstance(subject, cls.kind) or not isinstance(kind, ScriptClass):
            return False
        # Of the class, too: what an object has may be gone again when Python reads it.
        return all(not is_hidden(kind, name) and has_attribute(subject, name) for name in cls.names)


@functools.lru_cache(maxsize=256)
def _stand_in(kind: type, names: tuple[str, ...], positional: tuple[str, ...]) -> type:
    made = _PatternType(kind.__name__, (), {"__match_args__": positional})
    made.kind = kind
    made.names = names + positional
    return made


def match_class(kind: Any, names: tuple[str, ...], count: int) -> type:
    """Return what a class pattern with named and positional parts may match.

    Python reads the parts from the subject without a guard, so they are matched only in objects of
    a script's own classes, all of whose public attributes it may read anyway.
    """
    if not isinstance(kind, type):
        raise TypeError("a class pattern needs a class")
    if not names and (count == 0 or (count == 1 and kind in _SELF_MATCHING)):
        return kind
    if not isinstance(kind, ScriptClass):
        raise TypeError(
            f"a pattern cannot look into {kind.__name__}; write `case {kind.__name__}()` and read "
            "the attributes in its body"
        )
    listed = getattr(kind, "__match_args__", ())
    # Python compares the count itself; a name of any other form is simply never there.
    positional = tuple(name for name in listed[:count] if type(name) is str and name[:1] != "_")
    return _stand_in(kind, names, positional)
