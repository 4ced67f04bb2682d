"""Reading and writing attributes and items for a script: what the policy lists, nothing else."""

import functools
import importlib
import operator
import types
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from RestrictedPython.transformer import INSPECT_ATTRIBUTES

from execution.sandbox import policy
from execution.sandbox.guest.clock import RUN_CLOCK
from execution.sandbox.guest.dispatch import GUARDED_METHODS, guard_method


class Facade:
    """A module as scripts see it: some names of the real one, read-only."""

    __slots__ = ("members", "title")

    members: Mapping[str, Any]
    title: str

    def __init__(self, title: str, members: dict[str, Any]) -> None:
        object.__setattr__(self, "title", title)
        object.__setattr__(self, "members", types.MappingProxyType(members))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"the module {self.title} is read-only")

    def __repr__(self) -> str:
        return f"<module {self.title}>"


class ScriptClass(type):
    """The type of every class a script defines."""

    def __new__(
        cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any]
    ) -> "ScriptClass":
        for base in bases:
            listed = base.__name__ in policy.BASES_OF_SCRIPT_CLASSES
            if not isinstance(base, ScriptClass) and not listed:
                raise TypeError(f"a script's class cannot derive from {base.__name__}")
        return super().__new__(cls, name, bases, namespace)


class IndicatorAccessor:
    """`data.ta`: the indicators of a table, without the accessor's own machinery."""

    __slots__ = ("_data",)
    indicators: frozenset[str] = frozenset()

    def __init__(self, data: pd.DataFrame) -> None:
        self._data = data

    def find(self, name: str) -> Any:
        if name not in self.indicators:
            raise AttributeError(f"there is no indicator {name!r}")
        return getattr(self._data.ta, name)


def resolve_type(dotted: str) -> type:
    """Return the class a policy's dotted name stands for."""
    module, _, name = dotted.rpartition(".")
    kind = getattr(importlib.import_module(module), name)
    if not isinstance(kind, type):
        raise TypeError(f"{dotted} is not a class")
    return kind


def _resolve_types(listed: dict[str, frozenset[str]]) -> dict[type, frozenset[str]]:
    return {resolve_type(dotted): names for dotted, names in listed.items()}


_ATTRIBUTES = _resolve_types(policy.ATTRIBUTES)
_CLASS_ATTRIBUTES = _resolve_types(policy.CLASS_ATTRIBUTES)
_ASSIGNABLE = _resolve_types(policy.ASSIGNABLE_ATTRIBUTES)
_MISSING = object()

# Constructors that would read the machine's clock read the run's.
_CLOCK_METHODS: dict[str, Callable[..., Any]] = {
    "datetime.now": RUN_CLOCK.now,
    "datetime.utcnow": RUN_CLOCK.utcnow,
    "datetime.today": RUN_CLOCK.now,
    "date.today": RUN_CLOCK.today,
    "Timestamp.now": lambda tz=None: (
        pd.Timestamp(RUN_CLOCK.now()).tz_localize("UTC").tz_convert(tz)
        if tz is not None
        else pd.Timestamp(RUN_CLOCK.now())
    ),
    "Timestamp.utcnow": lambda: pd.Timestamp(RUN_CLOCK.now()).tz_localize("UTC"),
    "Timestamp.today": lambda tz=None: pd.Timestamp(RUN_CLOCK.now(tz)),
}


@functools.cache
def shown_by(kind: type) -> frozenset[str]:
    """Return the attributes that objects of a type show to scripts."""
    shown: set[str] = set()
    for base in kind.__mro__:
        shown |= _ATTRIBUTES.get(base, frozenset())
    if issubclass(kind, tuple):
        shown |= {name for name in getattr(kind, "_fields", ()) if not name.startswith("_")}
    return frozenset(shown)


def get_attribute(owner: Any, name: Any, default: Any = _MISSING) -> Any:
    """Return an attribute if the policy lists it for the owner's type."""
    if type(name) is not str:
        raise TypeError("the name of an attribute is text")
    value = _find_attribute(owner, name)
    if value is not _MISSING:
        return value
    if default is not _MISSING:
        return default
    raise AttributeError(_explain_missing(owner, name))


def _find_attribute(owner: Any, name: str) -> Any:
    kind = type(owner)
    if kind is super:
        return _find_through_super(owner, name)
    if name.startswith("_") or name in INSPECT_ATTRIBUTES:
        return _MISSING
    if kind is Facade:
        return owner.members.get(name, _MISSING)
    if isinstance(kind, ScriptClass) or kind is ScriptClass:
        return _find_on_script_object(owner, name)
    if kind is IndicatorAccessor:
        return owner.find(name)
    if isinstance(owner, type):
        return _find_on_class(owner, name)
    return _find_on_library_object(owner, kind, name)


def _find_through_super(owner: Any, name: str) -> Any:
    if name.startswith("_") and name != "__init__":
        return _MISSING
    return getattr(owner, name, _MISSING)


def _find_on_script_object(owner: Any, name: str) -> Any:
    # `mro` and its like belong to the metaclass, not to anything a script wrote.
    if isinstance(owner, ScriptClass):
        if not any(name in vars(base) for base in owner.__mro__):
            return _MISSING
        return getattr(owner, name)
    if isinstance(owner, BaseException) and name in ("with_traceback", "add_note"):
        return _MISSING
    return getattr(owner, name, _MISSING)


def _find_on_class(owner: type, name: str) -> Any:
    if name in _CLASS_ATTRIBUTES.get(owner, ()):
        clocked = _CLOCK_METHODS.get(f"{owner.__name__}.{name}")
        return clocked or getattr(owner, name)
    return _MISSING


def _find_on_library_object(owner: Any, kind: type, name: str) -> Any:
    if name not in shown_by(kind):
        # A column reads as an attribute, but never in the place of anything pandas itself has.
        is_column = kind is pd.DataFrame and not hasattr(kind, name) and name in owner.columns
        return owner[name] if is_column else _MISSING
    if name == "ta":
        return IndicatorAccessor(owner) if kind is pd.DataFrame else _MISSING
    value: Any = getattr(owner, name, _MISSING)
    if name in GUARDED_METHODS and value is not _MISSING and not isinstance(owner, str):
        return guard_method(value)
    return value


def _explain_missing(owner: Any, name: str) -> str:
    if type(owner) is Facade:
        return f"the module {owner.title} has no {name!r} that a script may use"
    if isinstance(owner, str) and name in ("format", "format_map"):
        return "text has no format() here; write an f-string"
    described = owner.__name__ if isinstance(owner, type) else type(owner).__name__
    if name.startswith("_"):
        return f"{described}.{name}: attributes may not begin with an underscore"
    return f"{described} has no {name!r} that a script may use"


def has_attribute(owner: Any, name: str) -> bool:
    """Return whether a script could read an attribute."""
    return get_attribute(owner, name, None) is not None


def get_item(owner: Any, key: Any) -> Any:
    """Return an item of a container, but no parametrised class."""
    if isinstance(owner, type):
        raise TypeError(f"{owner.__name__} has no items")
    return owner[key]


# --- writing -----------------------------------------------------------------------------------

_ITEM_OWNERS = (list, dict, np.ndarray, pd.Series, pd.DataFrame)
_INDEXERS = ("_LocIndexer", "_iLocIndexer", "_AtIndexer", "_iAtIndexer")


def _may_store_items(owner: Any) -> bool:
    kind = type(owner)
    if isinstance(owner, _ITEM_OWNERS) or isinstance(kind, ScriptClass):
        return True
    if kind.__module__ == "collections":
        return True
    return kind.__name__ in _INDEXERS and kind.__module__.startswith("pandas.")


class Writer:
    """What an assignment is made through: it lets the allowed ones pass to the real object."""

    __slots__ = ("_owner",)

    _owner: Any

    def __init__(self, owner: Any) -> None:
        object.__setattr__(self, "_owner", owner)

    def __setitem__(self, key: Any, value: Any) -> None:
        if not _may_store_items(self._owner):
            raise TypeError(f"items of {type(self._owner).__name__} cannot be assigned")
        self._owner[key] = value

    def __delitem__(self, key: Any) -> None:
        if not isinstance(self._owner, list | dict | pd.Series | pd.DataFrame):
            raise TypeError(f"items of {type(self._owner).__name__} cannot be deleted")
        del self._owner[key]

    def __setattr__(self, name: str, value: Any) -> None:
        set_attribute(self._owner, name, value)

    def __delattr__(self, name: str) -> None:
        if name.startswith("_") or not isinstance(type(self._owner), ScriptClass):
            raise AttributeError(f"{name} cannot be deleted")
        delattr(self._owner, name)


def set_attribute(owner: Any, name: Any, value: Any) -> None:
    """Assign an attribute of a script's own object, or one the policy lists as assignable."""
    if type(name) is not str or name.startswith("_") or name in INSPECT_ATTRIBUTES:
        raise AttributeError(f"{name!r} cannot be assigned")
    own = isinstance(type(owner), ScriptClass) or isinstance(owner, ScriptClass)
    listed = any(isinstance(owner, kind) and name in names for kind, names in _ASSIGNABLE.items())
    if type(owner) is Facade:
        raise AttributeError(f"the module {owner.title} is read-only")
    if not own and not listed:
        raise AttributeError(f"{type(owner).__name__}.{name} cannot be assigned")
    setattr(owner, name, value)


def guard_write(owner: Any) -> Any:
    """Return what an assignment to an object's items or attributes goes through."""
    return owner if type(owner) in (list, dict) else Writer(owner)


_INPLACE: dict[str, Callable[[Any, Any], Any]] = {
    "+=": operator.iadd,
    "-=": operator.isub,
    "*=": operator.imul,
    "/=": operator.itruediv,
    "//=": operator.ifloordiv,
    "%=": operator.imod,
    "**=": operator.ipow,
    "@=": operator.imatmul,
    "<<=": operator.ilshift,
    ">>=": operator.irshift,
    "&=": operator.iand,
    "|=": operator.ior,
    "^=": operator.ixor,
}


def apply_inplace(symbol: str, old: Any, operand: Any) -> Any:
    """Return what `old <symbol> operand` leaves in the place of `old`."""
    return _INPLACE[symbol](old, operand)


class Loaded:
    """A place of an augmented assignment, with the value it had when it was read."""

    __slots__ = ("old", "store")

    def __init__(self, old: Any, store: Callable[[Any], None]) -> None:
        self.old = old
        self.store = store


def load_item(owner: Any, key: Any) -> Loaded:
    """Read an item that is about to be changed."""
    old = get_item(owner, key)
    return Loaded(old, lambda new: operator.setitem(guard_write(owner), key, new))


def load_attribute(owner: Any, name: str) -> Loaded:
    """Read an attribute that is about to be changed."""
    return Loaded(get_attribute(owner, name), lambda new: set_attribute(owner, name, new))


def store_inplace(place: Loaded, symbol: str, operand: Any) -> None:
    """Finish an augmented assignment."""
    place.store(_INPLACE[symbol](place.old, operand))
