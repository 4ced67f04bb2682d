"""The `import` statement of scripts: it finds facades and nothing else."""

from collections.abc import Callable
from typing import Any

from execution.sandbox.guest.explain import explain_attribute, explain_import
from execution.sandbox.guest.facade import Facade


class _Importable:
    """What `from module import name` takes its names from."""

    __slots__ = ("_facade",)

    def __init__(self, facade: Facade) -> None:
        self._facade = facade

    def __getattr__(self, name: str) -> Any:
        facade = object.__getattribute__(self, "_facade")
        try:
            return facade.members[name]
        except KeyError:
            message = explain_attribute(f"the module {facade.title}", name, facade.members)
            raise ImportError(message) from None


def make_import(modules: dict[str, Facade]) -> Callable[..., Any]:
    """Return the `__import__` of scripts, which finds facades and nothing else."""

    def import_module(
        name: str,
        _globals: object = None,
        _locals: object = None,
        wanted: tuple[str, ...] | list[str] | None = None,
        level: int = 0,
    ) -> Any:
        # A library written in C imports through the built-ins of the script that called it. It
        # passes a list, which no import statement does, and takes the module from elsewhere.
        if isinstance(wanted, list):
            return None
        facade = None if level else modules.get(name)
        if facade is None:
            raise ImportError(explain_import(name or ".", modules))
        if wanted:
            return _Importable(facade)
        # `import numpy.linalg` binds the outermost name.
        return modules[name.split(".")[0]]

    return import_module
