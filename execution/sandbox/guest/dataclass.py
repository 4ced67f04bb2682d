"""`dataclasses` for scripts: the decorator and `field`, made of closures, with no text compiled."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import FrozenInstanceError
from typing import Any

from execution.sandbox.guest.classes import is_own_class
from execution.sandbox.guest.operators import guard_comparison

_MISSING: Any = type("Missing", (), {"__repr__": lambda _self: "MISSING"})()


class Field:
    """One field of a data class: its name, its default and what it takes part in."""

    __slots__ = (
        "compare", "default", "default_factory", "hash", "init", "keyword_only", "name", "repr",
    )  # fmt: skip

    def __init__(self, default: Any, factory: Any, **settings: Any) -> None:
        self.name = ""
        self.default = default
        self.default_factory = factory
        self.init: bool = settings.get("init", True)
        self.repr: bool = settings.get("repr", True)
        self.hash: bool | None = settings.get("hash")
        self.compare: bool = settings.get("compare", True)
        self.keyword_only: bool = settings.get("kw_only", False)

    @property
    def required(self) -> bool:
        """Whether there is neither a default nor a way to make one."""
        return self.default is _MISSING and self.default_factory is _MISSING

    def make_default(self) -> Any:
        """Return the value of an object that was given none."""
        return self.default if self.default_factory is _MISSING else self.default_factory()


def field(
    *,
    default: Any = _MISSING,
    default_factory: Any = _MISSING,
    init: bool = True,
    repr: bool = True,
    hash: bool | None = None,
    compare: bool = True,
    kw_only: bool = False,
    metadata: Any = None,
) -> Any:
    """Describe a field of a data class."""
    if default is not _MISSING and default_factory is not _MISSING:
        raise ValueError("cannot specify both default and default_factory")
    settings = {"init": init, "repr": repr, "hash": hash, "compare": compare, "kw_only": kw_only}
    return Field(default, default_factory, **settings)


# What is known of every data class; a class that goes takes nothing with it that matters.
_FIELDS: dict[type, tuple[Field, ...]] = {}


def _own_fields(kind: type, *, keyword_only: bool) -> list[Field]:
    found = []
    for name, annotation in vars(kind).get("__annotations__", {}).items():
        if "ClassVar" in str(annotation):
            continue
        default = vars(kind).get(name, _MISSING)
        described = default if type(default) is Field else Field(default, _MISSING)
        if isinstance(described.default, list | dict | set):
            raise ValueError(
                f"mutable default {type(described.default).__name__} for field {name} is not "
                "allowed: use default_factory"
            )
        described.name = name
        described.keyword_only = described.keyword_only or keyword_only
        _leave_default(kind, described)
        found.append(described)
    return found


def _leave_default(kind: type, described: Field) -> None:
    if described.default is not _MISSING:
        setattr(kind, described.name, described.default)
    elif described.name in vars(kind):
        delattr(kind, described.name)


def _collect(kind: type, *, keyword_only: bool) -> tuple[Field, ...]:
    collected: dict[str, Field] = {}
    for base in reversed(kind.__mro__[1:]):
        collected |= {described.name: described for described in _FIELDS.get(base, ())}
    own = _own_fields(kind, keyword_only=keyword_only)
    collected |= {described.name: described for described in own}
    positional = [f for f in collected.values() if f.init and not f.keyword_only]
    optional = False
    for described in positional:
        if optional and described.required:
            raise TypeError(f"non-default argument {described.name!r} follows default argument")
        optional = optional or not described.required
    return tuple(collected.values())


def _make_init(kind: type, fields: Sequence[Field]) -> Callable[..., None]:
    positional = [
        described for described in fields if described.init and not described.keyword_only
    ]
    finish = getattr(kind, "__post_init__", None)
    known = {described.name for described in fields if described.init}
    assign = object.__setattr__

    def __init__(self: Any, *arguments: Any, **keywords: Any) -> None:  # noqa: N807
        title = f"{kind.__name__}.__init__()"
        if len(arguments) > len(positional):
            most, given = len(positional) + 1, len(arguments) + 1
            raise TypeError(f"{title} takes {most} positional arguments but {given} were given")
        for described, value in zip(positional, arguments, strict=False):
            if described.name in keywords:
                raise TypeError(f"{title} got multiple values for argument {described.name!r}")
            assign(self, described.name, value)
        for name in keywords:
            if name not in known:
                raise TypeError(f"{title} got an unexpected keyword argument {name!r}")
        for described in fields[:] if not arguments else _without(fields, positional, arguments):
            if described.init and described.name in keywords:
                assign(self, described.name, keywords[described.name])
            elif not described.required:
                assign(self, described.name, described.make_default())
            elif described.init:
                raise TypeError(f"{title} missing required argument: {described.name!r}")
        if finish is not None:
            finish(self)

    return __init__


def _without(
    fields: Sequence[Field], positional: Sequence[Field], arguments: Sequence[Any]
) -> list[Field]:
    given = positional[: len(arguments)]
    return [described for described in fields if described not in given]


def _make_repr(fields: Sequence[Field]) -> Callable[[Any], str]:
    shown = [described.name for described in fields if described.repr]

    def __repr__(self: Any) -> str:  # noqa: N807
        parts = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{type(self).__qualname__}({parts})"

    return __repr__


def _compared(owner: Any, names: Sequence[str]) -> tuple[Any, ...]:
    return tuple(getattr(owner, name) for name in names)


def _make_comparison(
    name: str, names: Sequence[str], compare: Callable[[Any, Any], Any]
) -> Callable[[Any, Any], Any]:
    def method(self: Any, other: Any) -> Any:
        if type(other) is not type(self):
            return NotImplemented
        return compare(_compared(self, names), _compared(other, names))

    method.__name__ = name
    return guard_comparison(method)


def _make_hash(names: Sequence[str]) -> Callable[[Any], int]:
    return guard_comparison(lambda self: hash(_compared(self, names)))


def _refuse_change(self: Any, name: str, *_value: Any) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


_ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "__lt__": lambda a, b: a < b,
    "__le__": lambda a, b: a <= b,
    "__gt__": lambda a, b: a > b,
    "__ge__": lambda a, b: a >= b,
}


def _add_methods(kind: type, fields: tuple[Field, ...], settings: dict[str, bool]) -> None:
    compared = [described.name for described in fields if described.compare]
    made: dict[str, Any] = {}
    if settings["init"]:
        made["__init__"] = _make_init(kind, fields)
    if settings["repr"]:
        made["__repr__"] = _make_repr(fields)
    if settings["eq"]:
        made["__eq__"] = _make_comparison("__eq__", compared, lambda a, b: a == b)
    if settings["order"]:
        made |= {name: _make_comparison(name, compared, how) for name, how in _ORDER.items()}
    own = vars(kind)
    for name, method in made.items():
        if name == "__init__" or name not in own:
            setattr(kind, name, method)
    hashed = [f.name for f in fields if (f.compare if f.hash is None else f.hash)]
    if settings["eq"] and own.get("__hash__") is None:
        keeps = settings["frozen"] or settings["unsafe_hash"]
        kind.__hash__ = _make_hash(hashed) if keeps else None  # type: ignore[assignment]
    if settings["frozen"]:
        kind.__setattr__ = kind.__delattr__ = _refuse_change  # type: ignore[assignment]
    names = tuple(f.name for f in fields if f.init and not f.keyword_only)
    kind.__match_args__ = names  # type: ignore[attr-defined, misc]


_SETTINGS = {
    "init": True, "repr": True, "eq": True, "order": False, "frozen": False,
    "unsafe_hash": False, "kw_only": False, "slots": False, "match_args": True,
}  # fmt: skip


def dataclass(kind: type | None = None, /, **settings: bool) -> Any:
    """Give a class the methods that follow from its annotated fields."""
    unknown = settings.keys() - _SETTINGS.keys()
    if unknown:
        raise TypeError(f"dataclass() got an unexpected keyword argument {min(unknown)!r}")
    if kind is None:
        return functools.partial(dataclass, **settings)
    if not is_own_class(kind):
        raise TypeError("dataclass is for a script's own classes")
    chosen = _SETTINGS | settings
    if chosen["order"] and not chosen["eq"]:
        raise ValueError("eq must be true if order is true")
    _FIELDS[kind] = fields = _collect(kind, keyword_only=chosen["kw_only"])
    _add_methods(kind, fields, chosen)
    return kind


def _fields_of(owner: Any) -> tuple[Field, ...]:
    kind = owner if isinstance(owner, type) else type(owner)
    for base in kind.__mro__:
        if base in _FIELDS:
            return _FIELDS[base]
    raise TypeError("a data class or an object of one is needed")


def fields(owner: Any) -> tuple[Field, ...]:
    """Return the fields of a data class, in order."""
    return _fields_of(owner)


def asdict(owner: Any) -> dict[str, Any]:
    """Return an object's fields by name, data classes inside of it included."""
    return {
        described.name: _plain(getattr(owner, described.name)) for described in _fields_of(owner)
    }


def astuple(owner: Any) -> tuple[Any, ...]:
    """Return an object's fields in order, data classes inside of it included."""
    return tuple(asdict(owner).values())


def _plain(value: Any) -> Any:
    if type(value) in _FIELDS:
        return asdict(value)
    if type(value) is list:
        return [_plain(item) for item in value]
    if type(value) is dict:
        return {key: _plain(item) for key, item in value.items()}
    return value


def replace(owner: Any, **changes: Any) -> Any:
    """Return an object like another one, with some fields changed."""
    kept = {f.name: getattr(owner, f.name) for f in _fields_of(owner) if f.init}
    return type(owner)(**kept | changes)


def is_dataclass(owner: Any) -> bool:
    """Return whether something is a data class or an object of one."""
    kind = owner if isinstance(owner, type) else type(owner)
    return any(base in _FIELDS for base in kind.__mro__)
