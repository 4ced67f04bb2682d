"""The page of all error codes, made from the classes."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from common import errors
from common.transports import CODES, codes_of

APPS = ("common", "accounts", "registry", "market", "streams", "gateway", "execution", "ingest")
# Where the composition root has errors of its own: beside its addresses, and what answers for none.
OF_THE_ROOT = ("signalhub.urls", "signalhub.error_pages", "signalhub.serving.refusals")
HEADER = """# Errors

Every error is `application/problem+json` with `status`, `code` and `detail`, and with what helps to
act on it: `field`, `line`, `retry_after_seconds` and others. Codes never change their meaning.
A 5xx is always our fault, never the script's or the caller's: anything that nobody foresaw is 500
`internal_error`, INTERNAL, 1011, and its `request_id` finds it in the log. `POST /api/v1/signals`
answers with the same statuses in the form that its clients know, `{"detail": ...}`.

gRPC: the code of the call; OK stands where the reply itself says that the script failed. WebSocket:
what a connection is closed with when it cannot go on; otherwise an error is a frame with `code`.

| code | HTTP | gRPC | WebSocket | sentence |
|---|---|---|---|---|
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
    # Whoever tests what becomes of errors makes some of their own.
    ours = {*APPS, *(name.partition(".")[0] for name in OF_THE_ROOT)}
    leaves = {
        leaf
        for leaf in _descendants(errors.SignalHubError)
        if leaf.__module__.partition(".")[0] in ours
    } - set(CODES)
    return sorted(leaves, key=lambda leaf: (leaf.code, leaf.__qualname__))


def error_page() -> str:
    """Return the page as Markdown."""
    return HEADER + "".join(_row(leaf) for leaf in [*CODES, *error_classes()])


def _row(leaf: type[errors.SignalHubError]) -> str:
    sentence = (leaf.__doc__ or "").strip().splitlines()[0]
    codes = codes_of(leaf)
    websocket = codes.websocket or "frame"
    return f"| `{leaf.code}` | {codes.http} | {codes.grpc} | {websocket} | {sentence} |\n"


def _descendants(
    kind: type[errors.SignalHubError],
) -> Iterator[type[errors.SignalHubError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)
