"""How many sockets each live process serves, told to Redis for whoever operates them."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import structlog
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.exceptions import RedisError

KEY = "signalhub:live"
TOLD_EVERY_SECONDS = 5.0
FORGOTTEN_SECONDS = 60
log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """What one process serves at a moment: sockets, the streams they follow, and how often."""

    sockets: int
    streams: int
    followers: int


@dataclass(frozen=True, kw_only=True)
class LiveProcess:
    """One process that serves sockets, as it was heard of last."""

    name: str
    crowd: Crowd
    heard_at: float


async def keep_telling(redis: AsyncRedis, count: Callable[[], Crowd]) -> None:
    """Tell Redis again and again what this process serves, for good."""
    name = f"{socket.gethostname()}:{os.getpid()}"
    while True:
        told = json.dumps({**asdict(count()), "at": time.time()})
        try:
            await redis.hset(KEY, name, told)
            await redis.expire(KEY, FORGOTTEN_SECONDS)
        except (RedisError, OSError) as error:
            log.warning("sockets_not_told", error=repr(error))
        await asyncio.sleep(TOLD_EVERY_SECONDS)


def known(redis: Redis) -> list[LiveProcess]:
    """Return every process that was heard of lately, by name."""
    said = {str(name): json.loads(text) for name, text in redis.hgetall(KEY).items()}
    oldest = time.time() - FORGOTTEN_SECONDS
    if gone := [name for name, found in said.items() if found["at"] < oldest]:
        redis.hdel(KEY, *gone)
    return [
        LiveProcess(
            name=name,
            crowd=Crowd(
                sockets=found["sockets"], streams=found["streams"], followers=found["followers"]
            ),
            heard_at=found["at"],
        )
        for name, found in sorted(said.items())
        if name not in gone
    ]
