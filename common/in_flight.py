"""How many requests this process answers at the moment, and how many it takes at most."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from common import door_counts
from common.errors import Unavailable

# So that whoever looks after a full process still gets an answer from it.
RESERVED = 4
RESERVED_FOR = ("/health", "/metrics")
RETRY_SECONDS = 1


class ServerBusy(Unavailable):
    """This process answers as many requests as it can; try again after Retry-After."""

    code = "server_busy"


class Shed(Unavailable):
    """The platform is loaded, and this can wait; nothing was done. Try again after Retry-After."""

    code = "shed"


class _Places:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.taken = 0


_places = _Places()


@contextmanager
def place_for(path: str) -> Iterator[None]:
    """Hold a place for one request, or raise ServerBusy."""
    room = settings.WEB_REQUESTS_AT_ONCE + (RESERVED if path.startswith(RESERVED_FOR) else 0)
    with _places.lock:
        if _places.taken >= room:
            door_counts.add("server_busy")
            raise ServerBusy(retry_after_seconds=RETRY_SECONDS)
        _places.taken += 1
    try:
        yield
    finally:
        with _places.lock:
            _places.taken -= 1


def share() -> float:
    """Return which share of the places is taken."""
    return min(1.0, _places.taken / settings.WEB_REQUESTS_AT_ONCE)


def busy_reply() -> tuple[list[tuple[str, str]], bytes]:
    """Return headers and body of the 503, made without any of the application."""
    error = ServerBusy(retry_after_seconds=RETRY_SECONDS)
    body = {
        **error.details,
        "type": "about:blank",
        "title": "Server busy",
        "status": 503,
        "code": error.code,
        "detail": error.message,
    }
    content = json.dumps(body).encode()
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(content))),
        ("Retry-After", str(RETRY_SECONDS)),
    ]
    return headers, content
