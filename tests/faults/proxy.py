"""A TCP proxy between two processes that breaks connections the way networks do.

Every link has an address of its own and forwards bytes it does not understand. What is done to it
from the test's thread happens in the network's.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.faults.sockets import end_with_reset

LOOPBACK = "127.0.0.1"
CHUNK_BYTES = 65_536


@dataclass(eq=False)
class _Conversation:
    """One connection through a link, and its continuation to the server."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    is_silent: bool = False
    awaits_marked: bool = False

    def reset(self) -> None:
        """End both halves with a reset."""
        self.ended.set()
        for writer in (self.client, self.server):
            connection: socket.socket = writer.get_extra_info("socket")
            with suppress(OSError):
                end_with_reset(connection)
            writer.transport.abort()


class Link:
    """An address that forwards to a server until it is told to misbehave."""

    def __init__(self, upstream: tuple[str, int], loop: asyncio.AbstractEventLoop) -> None:
        self.upstream = upstream
        self.port = 0
        self.answers_lost = 0
        self._loop = loop
        self._open: set[_Conversation] = set()
        self._delay_seconds = 0.0
        self._answers_to_lose = 0
        self._marks: tuple[bytes, ...] = ()

    def reset(self) -> None:
        """Reset every connection."""
        self._soon(self._reset_all)

    def go_silent(self, seconds: float) -> None:
        """Carry nothing more over the connections there are, and reset them after a while.

        New connections are served, as when a machine between forgot the old ones.
        """
        self._soon(lambda: self._silence(seconds))

    def delay(self, each_seconds: float, *, lasting_seconds: float) -> None:
        """Hold up everything that passes, for a while."""
        self._soon(lambda: self._slow_down(each_seconds, lasting_seconds))

    def lose_answers(self, count: int, *, to: tuple[bytes, ...] = ()) -> None:
        """Reset the next connections on which the server has done its work and answers.

        ``to`` names bytes of the requests that are meant; none: all are.
        """
        self._soon(lambda: self._begin_losing(count, to))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Forward one connection for as long as both of its ends want it."""
        try:
            from_server, to_server = await asyncio.open_connection(*self.upstream)
        except OSError:
            end_with_reset(writer.get_extra_info("socket"))
            writer.transport.abort()
            return
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        conversation = _Conversation(writer, to_server)
        self._open.add(conversation)
        pumps = [
            asyncio.create_task(self._carry_requests(conversation, reader)),
            asyncio.create_task(self._carry_answers(conversation, from_server)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._open.discard(conversation)
            for pump in pumps:
                pump.cancel()
            # Before anything is waited for: whoever is cancelled there would leave them open.
            writer.close()
            to_server.close()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _carry_requests(
        self, conversation: _Conversation, reader: asyncio.StreamReader
    ) -> None:
        async for chunk in self._chunks(conversation, reader):
            if not self._marks or any(mark in chunk for mark in self._marks):
                conversation.awaits_marked = True
            await _write(conversation.server, chunk)

    async def _carry_answers(
        self, conversation: _Conversation, reader: asyncio.StreamReader
    ) -> None:
        async for chunk in self._chunks(conversation, reader):
            if conversation.awaits_marked and self._answers_to_lose > 0:
                self._answers_to_lose -= 1
                self.answers_lost += 1
                conversation.reset()
                return
            conversation.awaits_marked = False
            await _write(conversation.client, chunk)

    async def _chunks(
        self, conversation: _Conversation, reader: asyncio.StreamReader
    ) -> AsyncIterator[bytes]:
        with suppress(ConnectionError):
            while chunk := await reader.read(CHUNK_BYTES):
                if self._delay_seconds:
                    await asyncio.sleep(self._delay_seconds)
                if conversation.is_silent:
                    await conversation.ended.wait()
                    return
                yield chunk
        if conversation.is_silent:
            await conversation.ended.wait()  # nor is it told that the other end has left

    def _reset_all(self) -> None:
        for conversation in tuple(self._open):
            conversation.reset()

    def _silence(self, seconds: float) -> None:
        silenced = tuple(self._open)
        for conversation in silenced:
            conversation.is_silent = True
            self._loop.call_later(seconds, conversation.reset)

    def _slow_down(self, each_seconds: float, lasting_seconds: float) -> None:
        self._delay_seconds = each_seconds
        self._loop.call_later(lasting_seconds, self._hurry_up)

    def _hurry_up(self) -> None:
        self._delay_seconds = 0.0

    def _begin_losing(self, count: int, marks: tuple[bytes, ...]) -> None:
        self._answers_to_lose, self._marks = count, marks

    def _soon(self, act: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(act)


class Network:
    """Links, and the thread in which they forward."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._servers: list[asyncio.Server] = []

    def link_to(self, host: str, port: int) -> Link:
        """Return a new link to a server, which need not run yet."""
        link = Link((host, port), self._loop)
        asyncio.run_coroutine_threadsafe(self._listen(link), self._loop).result()
        return link

    async def _listen(self, link: Link) -> None:
        server = await asyncio.start_server(link.serve, LOOPBACK, 0, backlog=512)
        link.port = server.sockets[0].getsockname()[1]
        self._servers.append(server)

    async def _shut(self) -> None:
        for server in self._servers:
            server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def start(self) -> None:
        """Begin to forward."""
        self._thread.start()

    def stop(self) -> None:
        """End every connection, and refuse new ones."""
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@contextmanager
def network() -> Iterator[Network]:
    """Run a network for the length of a block."""
    links = Network()
    links.start()
    try:
        yield links
    finally:
        links.stop()


async def _write(writer: asyncio.StreamWriter, chunk: bytes) -> None:
    with suppress(ConnectionError):  # whoever left is noticed where its words are read
        writer.write(chunk)
        await writer.drain()
