"""The page of all error codes, made from the classes."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from common import errors
from common.http.problems import STATUS_BY_CATEGORY

APPS = ("common", "accounts", "registry", "market", "streams", "gateway", "execution", "ingest")
# Where the composition root has errors of its own: beside its addresses, and what answers for none.
OF_THE_ROOT = ("signalhub.urls", "signalhub.error_pages")
HEADER = """# Errors

Every error is `application/problem+json` with `status`, `code` and `detail`, and with what helps to
act on it: `field`, `line`, `retry_after_seconds` and others. Codes never change their meaning.
A 5xx is always our fault, never the script's or the caller's.

| code | status | sentence |
|---|---|---|
"""


def error_classes() -> list[type[errors.SignalHubError]]:
    """Import every module of the apps and return all leaves, by code."""
    for name in OF_THE_ROOT:
        importlib.import_module(name)
    for app in APPS:
        package = importlib.import_module(app)
        for module in pkgutil.walk_packages(package.__path__, f"{app}."):
            if ".sandbox" not in module.name and ".management." not in module.name:
                importlib.import_module(module.name)
    leaves = set(_descendants(errors.SignalHubError)) - set(STATUS_BY_CATEGORY)
    return sorted(leaves, key=lambda leaf: (leaf.code, leaf.__qualname__))


def error_page() -> str:
    """Return the page as Markdown."""
    return HEADER + "".join(_row(leaf) for leaf in [*STATUS_BY_CATEGORY, *error_classes()])


def _row(leaf: type[errors.SignalHubError]) -> str:
    sentence = (leaf.__doc__ or "").strip().splitlines()[0]
    return f"| `{leaf.code}` | {_status(leaf)} | {sentence} |\n"


def _status(leaf: type[errors.SignalHubError]) -> int:
    explicit = getattr(leaf, "http_status", None)
    if isinstance(explicit, int):
        return explicit
    return next(status for kind, status in STATUS_BY_CATEGORY.items() if issubclass(leaf, kind))


def _descendants(
    kind: type[errors.SignalHubError],
) -> Iterator[type[errors.SignalHubError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)
