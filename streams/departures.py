"""Tell the clients before the process stops, so that they come back soon and not all at once."""

from __future__ import annotations

import asyncio
import random
import signal
import threading
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

SOONEST_MS, LATEST_MS = 500, 3000
FAREWELL_SECONDS = 1.0
Farewell = Callable[[], Awaitable[None]]


def reconnect_after_ms() -> int:
    """Return how long a client should stay away: a different time for each."""
    return random.randint(SOONEST_MS, LATEST_MS)


def before_exit(farewell: Farewell) -> None:
    """Let ``farewell`` finish before the server that runs the loop hears SIGTERM or SIGINT.

    Servers close all sockets as soon as they are told to stop, so the word has to come first.
    """
    if threading.current_thread() is not threading.main_thread():
        return  # only the main thread is told of signals
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        server_handler = signal.getsignal(number)
        if callable(server_handler):
            signal.signal(number, _postponed(server_handler, farewell, loop))


def _postponed(
    server_handler: Callable[[int, FrameType | None], Any],
    farewell: Farewell,
    loop: asyncio.AbstractEventLoop,
) -> Callable[[int, FrameType | None], None]:
    async def say_farewell_and_stop(number: int, frame: FrameType | None) -> None:
        try:
            await asyncio.wait_for(farewell(), FAREWELL_SECONDS)
        except TimeoutError:
            pass
        finally:
            server_handler(number, frame)

    def handle(number: int, frame: FrameType | None) -> None:
        signal.signal(number, server_handler)  # a second signal is heard at once
        asyncio.run_coroutine_threadsafe(say_farewell_and_stop(number, frame), loop)

    return handle
