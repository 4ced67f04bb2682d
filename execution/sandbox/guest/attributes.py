"""Reading attributes and items for a script: what the policy lists, nothing else.

``get_attribute`` is on the path of every dot in a script, so it decides by the owner's exact type:
a library's object by a table made on first use, a script's own object by its metaclass.
"""

import functools
import importlib
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from RestrictedPython.transformer import INSPECT_ATTRIBUTES

from execution.sandbox.guest.classes import GENERIC, ScriptClass, ScriptEnum
from execution.sandbox.guest.clock import CLOCK_METHODS
from execution.sandbox.guest.compiler import FILE_NAME
from execution.sandbox.guest.dispatch import (
    GUARDED_METHODS,
    categorical_from_codes,
    guard_method,
)
from execution.sandbox.guest.explain import explain_attribute
from execution.sandbox.guest.facade import Facade
from execution.sandbox.guest.operators import ORDERING_METHODS, find_ordering_method
from execution.sandbox.guest.text import ScriptFormatter, plain_text
from execution.sandbox.policy import arrays, language, standard, tables


class IndicatorAccessor:
    """`data.ta`: the indicators of a table, without the accessor's own machinery."""

    __slots__ = ("_data",)
    indicators: frozenset[str] = frozenset()

    def __init__(self, data: pd.DataFrame) -> None:
        self._data = data

    def find(self, name: str) -> Any:
        """Return an indicator of the table, or MISSING."""
        return getattr(self._data.ta, name) if name in self.indicators else MISSING


def resolve_type(dotted: str) -> type:
    """Return the class a policy's dotted name stands for."""
    module, _, name = dotted.rpartition(".")
    kind = getattr(importlib.import_module(module), name)
    if not isinstance(kind, type):
        raise TypeError(f"{dotted} is not a class")
    return kind


def resolve_types(listed: dict[str, frozenset[str]]) -> dict[type, frozenset[str]]:
    """Return lists of names by class instead of by the name of the class."""
    return {resolve_type(dotted): names for dotted, names in listed.items()}


ATTRIBUTES = resolve_types(standard.ATTRIBUTES | arrays.ATTRIBUTES | tables.ATTRIBUTES)
CLASS_ATTRIBUTES = resolve_types(standard.CLASS_ATTRIBUTES | tables.CLASS_ATTRIBUTES)
MISSING: Any = object()
_NAMED_TUPLE_METHODS = frozenset({"_asdict", "_fields", "_replace"})
# Reductions of a table are also written as `pd.Series.mean`.
_UNBOUND = tables.REDUCTIONS - GUARDED_METHODS


@functools.cache
def shown_by(kind: type) -> frozenset[str]:
    """Return the attributes that objects of a type show to scripts."""
    shown: set[str] = set()
    for base in kind.__mro__:
        shown |= ATTRIBUTES.get(base, frozenset())
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        shown |= {name for name in kind._fields if not name.startswith("_")}
        shown |= _NAMED_TUPLE_METHODS
    return frozenset(shown)


# What the bases of scripts' classes have that no script may take as it is.
_HIDDEN_IN_BASES = frozenset({"add_note", "format", "format_map", "obj", "with_traceback"})

# Of each type that was asked, the attributes that are handed out as they are.
_PLAIN: dict[type, frozenset[str]] = {}


def _plain_names(kind: type) -> frozenset[str]:
    shown = shown_by(kind)
    if issubclass(kind, tuple):
        return shown
    if issubclass(kind, str):
        return shown - {"format", "format_map"}
    if issubclass(kind, pd.MultiIndex):
        return shown - GUARDED_METHODS - {"codes"}
    if kind.__module__.startswith("pandas"):
        return shown - GUARDED_METHODS - {"ta"}
    if issubclass(kind, np.ndarray | np.generic):
        return shown - {"astype", "fill", "put"} - ORDERING_METHODS
    return shown


def get_attribute(owner: Any, name: str) -> Any:
    """Return an attribute for a dot in a script; the compiler has seen its name."""
    kind = type(owner)
    plain = _PLAIN.get(kind)
    if plain is not None and name in plain:
        return getattr(owner, name)
    if type(kind) is ScriptClass and name[0] != "_" and name not in _HIDDEN_IN_BASES:
        return getattr(owner, name)
    if kind is Facade and name in owner.members:
        return owner.members[name]
    return _require(owner, name)


def read_attribute(owner: Any, name: Any, default: Any = MISSING) -> Any:
    """Return an attribute for a script's `getattr()`, whose name nobody has seen before."""
    if type(name) is not str:
        raise TypeError("the name of an attribute is text")
    if default is MISSING:
        return get_attribute(owner, name) if name[:1] != "_" else _require(owner, name)
    try:
        value = find_attribute(owner, name)
    except AttributeError:
        return default
    return default if value is MISSING else value


def _require(owner: Any, name: str) -> Any:
    value = find_attribute(owner, name)
    if value is MISSING:
        raise AttributeError(explain_missing(owner, name))
    return value


def find_attribute(owner: Any, name: str) -> Any:
    """Return an attribute a script may read, or MISSING."""
    kind = type(owner)
    if kind is super:
        return _find_through_super(owner, name)
    if name in INSPECT_ATTRIBUTES or name in language.RESERVED_NAMES:
        return MISSING
    if kind is Facade:
        return owner.members.get(name, MISSING)
    if isinstance(kind, ScriptClass) or isinstance(owner, ScriptClass):
        return _find_on_script_object(owner, name)
    if name.startswith("__"):
        return _find_magic(owner, kind, name)
    if kind is IndicatorAccessor:
        return owner.find(name)
    if isinstance(owner, type):
        return _find_on_class(owner, name)
    if kind is types.FunctionType:
        return vars(owner).get(name, MISSING) if is_script_function(owner) else MISSING
    return _find_on_library_object(owner, kind, name)


def is_script_function(owner: types.FunctionType) -> bool:
    """Return whether a function was written in a script, and not by the platform."""
    return owner.__code__.co_filename == FILE_NAME


def _find_magic(owner: Any, kind: type, name: str) -> Any:
    # Names of things are text, which leads nowhere.
    if name in ("__name__", "__qualname__") and (
        isinstance(owner, type) or kind in (types.FunctionType, types.BuiltinFunctionType)
    ):
        return owner.__name__
    return MISSING


# --- a script's own classes and objects ---------------------------------------------------------


def _find_on_script_object(owner: Any, name: str) -> Any:
    if name.startswith("_") and not _is_own(owner, name):
        return _find_own_magic(owner, name)
    if isinstance(owner, type):
        # `mro` and its like belong to the metaclass, not to anything a script wrote.
        return getattr(owner, name) if _is_in_class(owner, name) else MISSING
    if not name.startswith("_") and is_hidden(type(owner), name):
        return (
            _FORMATTING[name](owner) if isinstance(owner, str) and name in _FORMATTING else MISSING
        )
    return getattr(owner, name, MISSING)


def is_hidden(kind: type, name: str) -> bool:
    """Return whether objects of a script's class have a name from a base that does not show it."""
    for base in kind.__mro__:
        if name in vars(base):
            return not isinstance(base, ScriptClass) and (
                name in _HIDDEN_IN_BASES or name not in shown_by(base)
            )
    return False


def _is_in_class(kind: type, name: str) -> bool:
    if isinstance(kind, ScriptEnum) and name in kind.__members__:
        return True
    return _is_defined(kind, name)


def _is_own(owner: Any, name: str) -> bool:
    # A name that begins with an underscore is a script's own if a script defined it.
    if name.startswith("__") and (name.endswith("__") and name not in language.MAGIC_METHODS):
        return False
    if name.endswith("_"):
        return name in language.MAGIC_METHODS and _is_defined(_class_of(owner), name)
    if not isinstance(owner, type) and name in getattr(owner, "__dict__", ()):
        return True
    return _is_defined(_class_of(owner), name)


def _class_of(owner: Any) -> type:
    return owner if isinstance(owner, type) else type(owner)


def _is_defined(kind: type, name: str) -> bool:
    return any(name in vars(base) for base in kind.__mro__ if isinstance(base, ScriptClass))


def _find_own_magic(owner: Any, name: str) -> Any:
    kind = _class_of(owner)
    if name in _NAMED_TUPLE_METHODS and name in shown_by(kind):
        return getattr(owner, name)
    if name == "_make" and isinstance(owner, type) and "_fields" in shown_by(kind):
        return getattr(owner, name)
    if name == "__class__" and kind is not owner:
        return kind
    if name in ("__name__", "__qualname__") and kind is owner:
        return owner.__name__
    if name == "__doc__":
        return kind.__doc__
    if name == "__dict__" and kind is not owner:
        # A copy: what is written to the object's own dictionary would pass no guard.
        return dict(getattr(owner, "__dict__", ()))
    if name in ("__annotations__", "__match_args__"):
        return _copied(vars(kind).get(name, MISSING))
    if name == "__init__" and kind is owner:
        return kind.__init__ if _is_plain_init(kind) else MISSING
    return MISSING


def _copied(value: Any) -> Any:
    return dict(value) if type(value) is dict else value


def _is_plain_init(kind: type) -> bool:
    return issubclass(kind, Exception) or kind.__init__ is object.__init__


def _find_through_super(owner: Any, name: str) -> Any:
    kind = owner.__self_class__
    if not isinstance(kind, ScriptClass) or name in INSPECT_ATTRIBUTES:
        return MISSING
    following = kind.__mro__[kind.__mro__.index(owner.__thisclass__) + 1 :]
    for base in following:
        if name not in vars(base):
            continue
        if issubclass(base, str) and name in _FORMATTING:
            return _FORMATTING[name](owner.__self__)
        if isinstance(base, ScriptClass):
            allowed = not name.startswith("__") or name in language.MAGIC_METHODS
        else:
            allowed = name in language.MAGIC_METHODS or name in shown_by(base)
        return getattr(owner, name) if allowed else MISSING
    return MISSING


# --- libraries ----------------------------------------------------------------------------------


_GUARDED_CLASS_METHODS = {
    **CLOCK_METHODS,
    (pd.Categorical, "from_codes"): categorical_from_codes,
}


def _find_on_class(owner: type, name: str) -> Any:
    if name in CLASS_ATTRIBUTES.get(owner, ()):
        guarded = _GUARDED_CLASS_METHODS.get((owner, name))
        return guarded or getattr(owner, name)
    if owner in (pd.Series, pd.DataFrame) and name in _UNBOUND:
        return getattr(owner, name, MISSING)
    if owner is str and name == "format":
        return lambda text, *arguments, **keywords: _format(text, arguments, keywords)
    if issubclass(owner, tuple) and name in ("_make", "_fields") and hasattr(owner, "_fields"):
        return getattr(owner, name)
    return MISSING


def _find_on_library_object(owner: Any, kind: type, name: str) -> Any:
    plain = _PLAIN.get(kind)
    if plain is None:
        plain = _PLAIN[kind] = _plain_names(kind)
    if name in plain:
        return getattr(owner, name, MISSING)
    if name not in shown_by(kind):
        # A column reads as an attribute, but never in the place of anything pandas itself has.
        return owner[name] if is_column(owner, name) or _is_label(owner, name) else MISSING
    if name == "ta":
        return IndicatorAccessor(owner) if kind is pd.DataFrame else MISSING
    if name in ORDERING_METHODS:
        return find_ordering_method(owner, name)
    if name == "codes":
        # The list itself is the index's own: turned round, its codes would fit other levels.
        return [codes.copy() for codes in owner.codes]
    if isinstance(owner, str):
        return _FORMATTING[name](owner)
    value = getattr(owner, name, MISSING)
    return MISSING if value is MISSING else guard_method(value)


def is_column(owner: Any, name: str) -> bool:
    """Return whether a name is that of a table's column, and of nothing pandas has."""
    kind = type(owner)
    return kind is pd.DataFrame and not hasattr(kind, name) and name in owner.columns


def _is_label(owner: Any, name: str) -> bool:
    # A row of a table, as iterrows() gives it; an index of instants would take names for dates.
    if type(owner) is not pd.Series or owner.index.inferred_type != "string":
        return False
    return not hasattr(pd.Series, name) and name in owner.index


def _format(text: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> str:
    if type(text) is not str:
        raise TypeError(f"str.format() formats text, not {type(text).__name__}")
    return FORMATTER.vformat(text, arguments, keywords)


_FORMATTING: dict[str, Callable[[str], Callable[..., str]]] = {
    "format": lambda text: (
        lambda *arguments, **keywords: FORMATTER.vformat(plain_text(text), arguments, keywords)
    ),
    "format_map": lambda text: lambda mapping: FORMATTER.vformat(plain_text(text), (), mapping),
}


def explain_missing(owner: Any, name: str) -> str:
    """Return the sentence of a refused attribute."""
    if type(owner) is Facade:
        return explain_attribute(owner.title, name, owner.members)
    if isinstance(owner, type):
        return explain_attribute(owner.__name__, name, CLASS_ATTRIBUTES.get(owner, ()))
    if type(owner) is IndicatorAccessor:
        return explain_attribute("data.ta", name, owner.indicators)
    if isinstance(type(owner), ScriptClass):
        known = {known for known in dir(type(owner)) if not known.startswith("__")}
        return explain_attribute(type(owner).__name__, name, known | set(_own_names(owner)))
    kind: type = type(owner)
    return explain_attribute(kind.__name__, name, shown_by(kind))


def _own_names(owner: Any) -> list[str]:
    return list(getattr(owner, "__dict__", ()))


def has_attribute(owner: Any, name: Any) -> bool:
    """Return whether a script could read an attribute."""
    return read_attribute(owner, name, _ABSENT) is not _ABSENT


_ABSENT = object()

# Aliases such as `list[float]` are written for readers; here they are the class itself.
_PARAMETRISED = frozenset({list, dict, tuple, set, frozenset, type})


def get_item(owner: Any, key: Any) -> Any:
    """Return an item of a container, but no parametrised class."""
    if isinstance(owner, type):
        return _item_of_class(owner, key)
    return owner[key]


def _item_of_class(owner: Any, key: Any) -> Any:
    if isinstance(owner, ScriptEnum):
        return owner[key]
    if owner in _PARAMETRISED or (isinstance(owner, ScriptClass) and issubclass(owner, GENERIC)):
        return owner
    raise TypeError(f"{owner.__name__} has no items")


FORMATTER: ScriptFormatter = ScriptFormatter(find=get_attribute, item=get_item)
