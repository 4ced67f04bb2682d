"""Modules as scripts see them."""

import types
from collections.abc import Mapping
from typing import Any


class Facade:
    """Some names of a real module, read-only.

    The real module is held nowhere: what is not among the members cannot be reached through it.
    """

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


def pick(module: Any, names: frozenset[str]) -> dict[str, Any]:
    """Return the listed names of a module; some exist only in newer versions of it."""
    return {name: getattr(module, name) for name in names if hasattr(module, name)}
