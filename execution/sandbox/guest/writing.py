"""Assigning attributes and items for a script: its own objects, and what holds data."""

import operator
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from RestrictedPython.transformer import INSPECT_ATTRIBUTES

from execution.sandbox.guest.attributes import (
    get_attribute,
    get_item,
    is_column,
    is_script_function,
    resolve_types,
)
from execution.sandbox.guest.classes import ScriptClass
from execution.sandbox.guest.clock import refuse_machine_clock
from execution.sandbox.guest.facade import Facade
from execution.sandbox.guest.transformer import quote
from execution.sandbox.policy import language, tables

_ASSIGNABLE = resolve_types(tables.ASSIGNABLE_ATTRIBUTES)
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
    """What an assignment is made through: it lets the allowed ones pass to the real object.

    A script never holds one: the compiler writes it in front of the dot or the bracket of a target,
    where Python throws it away.
    """

    __slots__ = ("_owner",)

    _owner: Any

    def __init__(self, owner: Any) -> None:
        object.__setattr__(self, "_owner", owner)

    def __setitem__(self, key: Any, value: Any) -> None:
        if not _may_store_items(self._owner):
            raise TypeError(f"items of {type(self._owner).__name__} cannot be assigned")
        if isinstance(self._owner, np.ndarray) and self._owner.dtype.kind == "M":
            refuse_machine_clock(value)
        self._owner[key] = value

    def __delitem__(self, key: Any) -> None:
        deletable = isinstance(self._owner, list | dict | pd.Series | pd.DataFrame)
        own = isinstance(type(self._owner), ScriptClass)
        if not (deletable or own or type(self._owner).__module__ == "collections"):
            raise TypeError(f"items of {type(self._owner).__name__} cannot be deleted")
        del self._owner[key]

    def __setattr__(self, name: str, value: Any) -> None:
        set_attribute(self._owner, name, value)

    def __delattr__(self, name: str) -> None:
        owner = self._owner
        _check_assigned(name)
        if not (isinstance(type(owner), ScriptClass) or isinstance(owner, ScriptClass)):
            raise AttributeError(f"{quote(name)} cannot be deleted")
        delattr(owner, name)


def _check_assigned(name: Any) -> None:
    if (
        type(name) is not str
        or name.startswith("__")
        or (name.startswith("_") and name.endswith("_") and name != "_")
        or name in INSPECT_ATTRIBUTES
        or name in language.RESERVED_NAMES
    ):
        raise AttributeError(f"{quote(str(name))!r} cannot be assigned")


def _is_own(owner: Any) -> bool:
    if type(owner) is types.FunctionType:
        return is_script_function(owner)
    return isinstance(type(owner), ScriptClass) or isinstance(owner, ScriptClass)


def set_attribute(owner: Any, name: Any, value: Any) -> None:
    """Assign an attribute of a script's own object, or one the policy lists as assignable."""
    _check_assigned(name)
    kind = type(owner)
    if _is_own(owner):
        setattr(owner, name, value)
    elif is_column(owner, name):
        owner[name] = value
    elif any(isinstance(owner, listed) and name in names for listed, names in _ASSIGNABLE.items()):
        setattr(owner, name, value)
    elif kind is Facade:
        raise AttributeError(f"the module {owner.title} is read-only")
    elif kind is pd.DataFrame:
        raise AttributeError(
            f'DataFrame.{quote(name)} cannot be assigned; write df["{quote(name)}"] = …'
        )
    else:
        raise AttributeError(f"{kind.__name__}.{quote(name)} cannot be assigned")


def delete_attribute(owner: Any, name: Any) -> None:
    """Delete an attribute of a script's own object."""
    Writer(owner).__delattr__(name)


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


class Loaded:
    """A place of an augmented assignment, with the value it had when it was read."""

    __slots__ = ("key", "old", "owner", "store")

    def __init__(
        self, owner: Any, key: Any, old: Any, store: Callable[[Any, Any, Any], None]
    ) -> None:
        self.owner = owner
        self.key = key
        self.old = old
        self.store = store


def _store_item(owner: Any, key: Any, value: Any) -> None:
    guard_write(owner)[key] = value


def load_item(owner: Any, key: Any) -> Loaded:
    """Read an item that is about to be changed."""
    return Loaded(owner, key, get_item(owner, key), _store_item)


def load_attribute(owner: Any, name: str) -> Loaded:
    """Read an attribute that is about to be changed."""
    return Loaded(owner, name, get_attribute(owner, name), set_attribute)


def store_inplace(place: Loaded, symbol: str, operand: Any) -> None:
    """Finish an augmented assignment."""
    place.store(place.owner, place.key, _INPLACE[symbol](place.old, operand))
