"""Read frames back: from Redis while it has them, else from the database."""

from __future__ import annotations

from typing import cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from common import row_scope
from streams import cache, queries
from streams.access import ReadableStream
from streams.frames import Frame, frame_of, read_frame
from streams.threads import in_thread

log = structlog.get_logger(__name__)


class FrameReader:
    """Reads the frames of streams."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def after(self, stream: ReadableStream, seq: int, limit: int) -> list[Frame]:
        """Return up to ``limit`` frames with a number above ``seq``, in order.

        The first has the number ``seq + 1`` unless that output is no longer kept.
        """
        frames = await self._after_in_redis(stream, seq, limit)
        return frames or await _after_in_database(stream.id, seq, limit)

    async def last(self, stream: ReadableStream, limit: int) -> list[Frame]:
        """Return the newest ``limit`` frames up to the stream's number, oldest first."""
        if stream.seq == 0 or limit == 0:
            return []
        if limit == 1:
            latest = await self._latest(stream)
            if latest is not None:
                return [latest]
        return await _last_in_database(stream.id, stream.seq, limit)

    async def _after_in_redis(self, stream: ReadableStream, seq: int, limit: int) -> list[Frame]:
        try:
            found = await self._redis.xrange(stream.key, min=f"{seq + 1}-0", count=limit)
        except RedisError as error:
            log.warning("frames_read_from_database", error=str(error))
            return []
        entries = cast("list[tuple[str, dict[str, str]]]", found)
        frames: list[Frame] = []
        for expected, (entry_id, fields) in enumerate(entries, start=seq + 1):
            if entry_id != f"{expected}-0" or fields["_epoch"] != stream.epoch:
                break
            text, _, tolerance = fields["_frame"].partition("\n")
            frames.append(Frame(expected, stream.epoch, text, tolerance))
        return frames

    async def _latest(self, stream: ReadableStream) -> Frame | None:
        # Only the very frame counts: the copy may be a moment behind or ahead.
        try:
            text = await self._redis.get(cache.latest_name(stream.key))
        except RedisError:
            return None
        frame = read_frame(str(text)) if text else None
        if frame is None or (frame.seq, frame.epoch) != (stream.seq, stream.epoch):
            return None
        return frame


# Frames of a stream whose reading was allowed; one reading serves many sockets.


@in_thread
@row_scope.for_the_platform
def _after_in_database(stream_id: int, seq: int, limit: int) -> list[Frame]:
    return [frame_of(output) for output in queries.outputs_after(stream_id, seq, limit)]


@in_thread
@row_scope.for_the_platform
def _last_in_database(stream_id: int, seq: int, limit: int) -> list[Frame]:
    outputs = queries.last_outputs(stream_id, up_to=seq, limit=limit)
    return [frame_of(output) for output in outputs]
