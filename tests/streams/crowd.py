"""Many sockets in one thread, which close at random and resume, and what each of them was sent."""

from __future__ import annotations

import asyncio
import json
import random
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

AGAIN_SECONDS = 0.2
OPENED_AT_ONCE = 25  # as a crowd comes: not all in one moment
LOST = (WebSocketException, OSError, TimeoutError, EOFError)


@dataclass
class Member:
    """One reader of one stream, over all its connections."""

    key: str
    seen: list[int] = field(default_factory=list)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    newest: datetime | None = None
    connections: int = 0
    denied: str = ""

    @property
    def last(self) -> int:
        """Return the number from which it resumes."""
        return self.seen[-1] if self.seen else 0

    def take(self, frame: dict[str, Any]) -> None:
        """Keep what a frame says."""
        match frame["type"]:
            case "data":
                self.seen.append(frame["seq"])
                self.newest = datetime.fromisoformat(frame["published_at"])
            case "gap":
                self.gaps.append(frame)
            case "subscription_denied":
                self.denied = frame["reason"]


@dataclass
class Crowd:
    """Members, and how they come and go."""

    url: str
    token: str
    members: list[Member]
    seconds_open: float
    seed: int
    #: While it is set they come and go; afterwards they stay.
    restless: threading.Event = field(default_factory=threading.Event)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Crowd:
        self.restless.set()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    async def _run(self) -> None:
        chance, door = random.Random(self.seed), asyncio.Semaphore(OPENED_AT_ONCE)
        tasks = [
            asyncio.create_task(self._live(member, random.Random(chance.random()), door))
            for member in self.members
        ]
        while not self._stop.is_set():
            await asyncio.sleep(AGAIN_SECONDS)
            for task in tasks:
                if task.done():
                    task.result()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _live(self, member: Member, chance: random.Random, door: asyncio.Semaphore) -> None:
        while not member.denied:
            try:
                async with door:
                    connection = await connect(self.url, compression=None, open_timeout=30)
                    await self._resume(connection, member)
                await self._read(connection, member, chance)
            except LOST:
                await asyncio.sleep(AGAIN_SECONDS * chance.random())

    async def _resume(self, connection: ClientConnection, member: Member) -> None:
        member.connections += 1
        await connection.send(json.dumps({"type": "hello", "token": self.token}))
        resume = {member.key: member.last}
        subscribe = {"type": "subscribe", "stream_keys": [member.key], "resume": resume}
        await connection.send(json.dumps(subscribe))

    async def _read(
        self, connection: ClientConnection, member: Member, chance: random.Random
    ) -> None:
        stays = chance.expovariate(1 / self.seconds_open) if self.restless.is_set() else None
        try:
            async with asyncio.timeout(stays):
                while not member.denied:
                    member.take(json.loads(await connection.recv()))
        finally:
            # Half of them go without a word.
            if chance.random() < 0.5:
                connection.transport.abort()
            else:
                await connection.close()
