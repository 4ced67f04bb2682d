"""What Redis holds of a stream: its newest entries, its latest frame, and its wake-up channel.

All of it is a copy of committed outputs and can be built again from the database.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from redis import Redis
from redis.asyncio import Redis as AsyncRedis
from redis.client import Pipeline

from streams.frames import Frame, frame_of, redis_fields
from streams.models import Output

CONNECT_SECONDS = 2
ANSWER_SECONDS = 5


def latest_name(key: str) -> str:
    """Return the name under which a stream's latest frame is kept."""
    return f"latest:{key}"


def channel_name(key: str) -> str:
    """Return the pub/sub channel on which a stream's new frames are announced."""
    return f"out:{key}"


def connect(url: str) -> Redis:
    """Return a client for short commands."""
    return Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
    )


def connect_async(url: str) -> AsyncRedis:
    """Return a client for short commands in an event loop."""
    return AsyncRedis.from_url(
        url,
        decode_responses=True,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=CONNECT_SECONDS,
    )


def append(pipeline: Pipeline, output: Output, frame: Frame) -> None:
    """Add an output to its Redis stream under its own number, which Redis takes only once."""
    pipeline.xadd(
        output.stream.key,
        redis_fields(output, frame),
        id=f"{frame.seq}-0",
        maxlen=settings.STREAM_REDIS_MAXLEN,
        approximate=True,
    )


def replace(pipeline: Pipeline, key: str, outputs: Iterable[Output]) -> None:
    """Write a stream's Redis copy anew; the caller makes it one transaction."""
    pipeline.delete(key, latest_name(key))
    newest: Frame | None = None
    for output in outputs:
        newest = frame_of(output)
        append(pipeline, output, newest)
    if newest is not None:
        pipeline.set(latest_name(key), newest.stored)
