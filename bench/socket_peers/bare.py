"""The floor: bare Starlette hands every text that Redis announces to all its sockets."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

CHANNEL = "bench:sockets"
READY = '{"type":"subscription","status":"subscribed"}'

sockets: set[WebSocket] = set()


async def follow(socket: WebSocket) -> None:
    """Answer whatever a client says, and keep it among those who are served."""
    await socket.accept()
    with suppress(WebSocketDisconnect):
        while True:
            await socket.receive_text()
            await socket.send_text(READY)
            sockets.add(socket)
    sockets.discard(socket)


async def fan_out() -> None:
    """Send what comes to everybody."""
    async with Redis.from_url(os.environ["REDIS_URL"], decode_responses=True).pubsub() as announced:
        await announced.subscribe(CHANNEL)
        async for message in announced.listen():
            if message["type"] == "message":
                for socket in tuple(sockets):
                    await socket.send_text(message["data"])


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    task = asyncio.create_task(fan_out())
    yield
    task.cancel()


application = Starlette(routes=[WebSocketRoute("/ws/", follow)], lifespan=lifespan)
