"""The classes scripts define, and what they may derive from.

Two invariants hold for every class of a script. Its type is ``ScriptClass``, so that the guards
tell a script's own objects, whose attributes it may read and assign, from everything else. And
nothing a library reads by name (``__array_interface__``, ``__reduce__``, ``_typ`` …) is ever
defined on it: the compiler refuses such names in a class body, ``set_attribute`` later.
"""

import builtins
import collections
import enum
import functools
from collections.abc import Callable
from typing import Any

from execution.sandbox.guest.operators import guard_comparison, guard_operators, hide_sequences
from execution.sandbox.policy import language


class ScriptClass(type):
    """The type of every class a script defines."""


class ScriptEnum(ScriptClass, enum.EnumType):
    """The type of every enumeration a script defines."""

    def __call__(cls, value: Any, *rest: Any, **keywords: Any) -> Any:
        """Return the member with a value; no class is made this way, for nobody checks its body."""
        if rest or keywords:
            raise TypeError(f"{cls.__name__}() takes one value; write the members in a class")
        return super().__call__(value)


class _Marker:
    """Stands in a list of bases for something that is made when the class is."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<class {self.name}>"

    def __mro_entries__(self, _bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (_MARKED[self.name],)


class _NamedTupleBase:
    pass


class _TypedDictBase:
    pass


_MARKED: dict[str, type] = {"NamedTuple": _NamedTupleBase, "TypedDict": _TypedDictBase}
NAMED_TUPLE = _Marker("NamedTuple")
TYPED_DICT = _Marker("TypedDict")

# Bases that scripts find in `abc`, `typing` and `enum`.
ABC = ScriptClass("ABC", (), {})
GENERIC = ScriptClass("Generic", (), {})
PROTOCOL = ScriptClass("Protocol", (GENERIC,), {})


def _enumeration(name: str, *bases: type) -> Any:
    # The members' base has to be made the way `class` makes it: in the namespace of enumerations.
    return ScriptEnum(name, bases, ScriptEnum.__prepare__(name, bases))


ENUM = _enumeration("Enum", enum.Enum)
INT_ENUM = _enumeration("IntEnum", enum.IntEnum)
STR_ENUM = _enumeration("StrEnum", enum.StrEnum)
FLAG = _enumeration("Flag", enum.Flag)
INT_FLAG = _enumeration("IntFlag", enum.IntFlag)

# Shared by every run of a process, so no script may change them.
_PLATFORM_CLASSES = frozenset({ABC, GENERIC, PROTOCOL, ENUM, INT_ENUM, STR_ENUM, FLAG, INT_FLAG})


def is_own_class(kind: Any) -> bool:
    """Return whether something is a class that a script itself defined."""
    return isinstance(kind, ScriptClass) and kind not in _PLATFORM_CLASSES


_BUILT_IN_BASES = frozenset(getattr(builtins, name) for name in language.BASES_OF_SCRIPT_CLASSES)


def _check_bases(bases: tuple[Any, ...]) -> None:
    for base in bases:
        # Identity, not names: a name can be given to anything.
        if not isinstance(base, ScriptClass) and base not in _BUILT_IN_BASES:
            raise TypeError(
                f"a script's class cannot derive from {getattr(base, '__name__', base)}; "
                "keep an object of it in an attribute instead"
            )


def make_class(name: str, bases: tuple[Any, ...], namespace: dict[str, Any]) -> type:
    """Return the class of a `class` statement."""
    if bases == (_TypedDictBase,):
        return dict
    guard_operators(namespace)
    hide_sequences(namespace)
    if "__getattr__" in namespace:
        namespace["__getattr__"] = _without_protocols(namespace["__getattr__"])
    if bases == (_NamedTupleBase,):
        return _make_named_tuple(name, namespace)
    _check_bases(bases)
    if any(isinstance(base, ScriptEnum) for base in bases):
        return _make_enumeration(name, bases, namespace)
    made: type = ScriptClass(name, bases, namespace)
    if ABC in made.__mro__:
        _mark_abstract(made)
    return made


def _without_protocols(method: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    # numpy and pandas ask any object for names like `__array_interface__`, which hold addresses.
    def __getattr__(self: Any, name: str) -> Any:  # noqa: N807
        if name.startswith("_"):
            raise AttributeError(name)
        return method(self, name)

    return __getattr__


def _make_named_tuple(name: str, namespace: dict[str, Any]) -> type:
    fields = list(namespace.get("__annotations__", ()))
    defaults = [namespace.pop(field) for field in fields if field in namespace]
    plain = collections.namedtuple(name, fields, defaults=defaults)  # type: ignore[misc]
    return ScriptClass(name, (plain,), {"__slots__": (), **namespace})


def _make_enumeration(name: str, bases: tuple[type, ...], namespace: dict[str, Any]) -> type:
    prepared = ScriptEnum.__prepare__(name, bases)
    for key, value in namespace.items():
        prepared[key] = value
    return ScriptEnum(name, bases, prepared)


def _mark_abstract(made: type) -> None:
    inherited = {
        name for base in made.__bases__ for name in getattr(base, "__abstractmethods__", ())
    }
    abstract = frozenset(
        name
        for name in inherited | set(vars(made))
        if getattr(getattr(made, name, None), "__isabstractmethod__", False)
    )
    # Python itself refuses to make objects of a class that has these.
    made.__abstractmethods__ = abstract  # type: ignore[attr-defined]


def total_ordering(kind: Any) -> Any:
    """Fill in the comparisons a script's class leaves out."""
    if not is_own_class(kind):
        raise TypeError("total_ordering is for a script's own classes")
    given = set(vars(kind))
    made = functools.total_ordering(kind)
    for name in (set(vars(made)) - given) & language.COMPARISONS:
        setattr(made, name, guard_comparison(vars(made)[name]))
    return made
