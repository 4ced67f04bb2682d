"""One Redis subscription connection that comes back by itself and says when it did.

Announcements may be lost at any time; whoever is told of a new connection reads again what was
announced meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable
from typing import Any, cast

import structlog
from redis.asyncio.connection import Connection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

CONNECT_SECONDS = 2
ACKNOWLEDGE_SECONDS = 1
PING_SECONDS = 10
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.1, 3.0
log = structlog.get_logger(__name__)


class Wakeups:
    """Listen on channels for as long as ``run`` runs."""

    def __init__(
        self,
        url: str,
        *,
        on_message: Callable[[str, str], None],
        on_connected: Callable[[], None],
    ) -> None:
        # A connection of our own instead of the library's PubSub, which reconnects unseen.
        self._connection = _connection(url)
        self._on_message = on_message
        self._on_connected = on_connected
        self._channels: set[str] = set()
        self._acknowledged: set[str] = set()
        self._progress = asyncio.Event()
        self._listening = self._is_lost = False
        self._heard_at = 0.0

    async def subscribe(self, channel: str) -> None:
        """Listen on a channel; on return, what is announced from here on is heard.

        While Redis is away it returns without that: the channel is subscribed with the next
        connection, and ``on_connected`` says when.
        """
        self._channels.add(channel)
        await self._send("SUBSCRIBE", channel)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ACKNOWLEDGE_SECONDS):
                while channel not in self._acknowledged and not self._is_lost:
                    self._progress.clear()
                    await self._progress.wait()

    async def unsubscribe(self, channel: str) -> None:
        """Listen on a channel no longer."""
        self._channels.discard(channel)
        self._acknowledged.discard(channel)
        await self._send("UNSUBSCRIBE", channel)

    async def run(self) -> None:
        """Keep the connection until cancelled."""
        wait = FIRST_WAIT_SECONDS
        while True:
            try:
                await self._connect()
                wait = FIRST_WAIT_SECONDS
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._ping())
                    await self._listen()
            except* (RedisError, OSError) as trouble:
                log.warning("wakeups_lost_redis", error=str(trouble.exceptions[0]))
            finally:
                self._listening, self._is_lost = False, True
                self._acknowledged.clear()
                self._progress.set()
                with contextlib.suppress(RedisError, OSError):
                    await self._connection.disconnect(nowait=True)
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    async def _connect(self) -> None:
        await self._connection.connect()  # type: ignore[no-untyped-call]
        self._listening, self._is_lost = True, False
        self._heard_at = asyncio.get_running_loop().time()
        for channel in list(self._channels):
            await self._connection.send_command("SUBSCRIBE", channel)
        self._on_connected()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            reply: Any = await self._connection.read_response(timeout=math.inf)
            self._heard_at = loop.time()
            match reply:
                case ["message", channel, text]:
                    self._on_message(channel, text)
                case ["subscribe", channel, _] if channel in self._channels:
                    self._acknowledged.add(channel)
                    self._progress.set()

    async def _ping(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(PING_SECONDS)
            if loop.time() - self._heard_at > 2 * PING_SECONDS + CONNECT_SECONDS:
                raise OSError("no answer to a ping")
            await self._connection.send_command("PING")

    async def _send(self, command: str, channel: str) -> None:
        if not self._listening:
            return  # the next connection begins with all channels
        # The listener sees a lost connection by itself.
        with contextlib.suppress(RedisError, OSError):
            await self._connection.send_command(command, channel)


def _connection(url: str) -> Connection:
    pool = ConnectionPool.from_url(
        url,
        protocol=2,
        decode_responses=True,
        socket_timeout=None,
        socket_connect_timeout=CONNECT_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
    return cast("Connection", pool.make_connection())  # type: ignore[no-untyped-call]
