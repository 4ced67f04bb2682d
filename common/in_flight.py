"""How many requests this process answers at the moment, and how many it takes at most."""

from __future__ import annotations

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
        self.room = 0


_places = _Places()


@contextmanager
def place_for(path: str, *, room: int | None = None) -> Iterator[None]:
    """Hold a place for one request, or raise ServerBusy; without a room it is the settings'."""
    with _places.lock:
        _places.room = settings.WEB_REQUESTS_AT_ONCE if room is None else room
        reserved = RESERVED if path.startswith(RESERVED_FOR) else 0
        if _places.taken >= _places.room + reserved:
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
    return min(1.0, _places.taken / _places.room) if _places.room else 0.0
