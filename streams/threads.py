"""Call the database from an event loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar, cast

from channels.db import database_sync_to_async

P = ParamSpec("P")
T = TypeVar("T")


def in_thread(function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """Make a function that uses the database awaitable.

    Each call runs in a thread of the loop's pool: in Django's one shared thread, a slow query of
    one socket would hold up all others.
    """
    threaded = database_sync_to_async(function, thread_sensitive=False)
    return cast("Callable[P, Awaitable[T]]", threaded)
