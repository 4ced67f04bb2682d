"""Carry committed outputs to Redis: stream entry, latest frame, wake-up. In order, none left out.

The database is the truth and Redis a copy. Everything here may be repeated after a crash: Redis
refuses an entry whose number it has, readers drop a frame they have seen, and the cursor only
moves up.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import structlog
from django.conf import settings
from django.db import connection
from redis import Redis
from redis.exceptions import ResponseError

from streams import cache, queries
from streams.frames import Frame, frame_of
from streams.models import Output, Stream

BATCH_OUTPUTS = 2000
BATCH_OUTPUTS_PER_STREAM = 200  # so that one long backlog does not hold up the other streams
BATCH_STREAMS = 500
CHECK_SECONDS = 1.0
MARKER = "streams:relayed_to"
REPEATED = "equal or smaller than the target stream top item"
# CASE and not COALESCE: beside a table with row policies PostgreSQL trusts the one not to tell
# anything of the rows, and so looks for the number in the index. With the other it reads the whole
# stream, every time.
OUTPUTS_TO_CARRY = """
    SELECT o.*
    FROM streams_stream s
    LEFT JOIN streams_relaycursor c ON c.stream_id = s.id
    CROSS JOIN LATERAL (
        SELECT * FROM streams_output
        WHERE stream_id = s.id
        AND seq > CASE WHEN c.relayed_seq IS NULL THEN 0 ELSE c.relayed_seq END
        ORDER BY seq LIMIT %s
    ) o
    WHERE s.seq > CASE WHEN c.relayed_seq IS NULL THEN 0 ELSE c.relayed_seq END
    AND (%s::bigint[] IS NULL OR s.id = ANY(%s))
    LIMIT %s
"""
# In the order of ids, so that two relays that overlap for a moment cannot deadlock.
MOVE_CURSORS = """
    INSERT INTO streams_relaycursor AS c (stream_id, relayed_seq)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[]) AS reached (id, seq) ORDER BY id
    ON CONFLICT (stream_id) DO UPDATE
    SET relayed_seq = GREATEST(c.relayed_seq, EXCLUDED.relayed_seq)
"""
log = structlog.get_logger(__name__)


@dataclass
class Relay:
    """The one that carries, for as long as it holds the lock."""

    redis: Redis
    _checked_at: float = field(default=float("-inf"), init=False)

    def carry(self, stream_ids: Iterable[int] | None = None) -> int:
        """Carry what is committed and not yet carried, and return how many outputs that were.

        Without ``stream_ids`` every stream is looked at.
        """
        self.restore_if_lost()
        ids = None if stream_ids is None else list(stream_ids)
        carried = 0
        while True:
            outputs = _outputs_to_carry(ids)
            if not outputs:
                return carried
            self._send(outputs)
            _move_cursors(outputs)
            carried += len(outputs)

    def restore_if_lost(self) -> None:
        """Fill Redis again when it was flushed, restarted or exchanged since the last look."""
        now = time.monotonic()
        if now - self._checked_at < CHECK_SECONDS:
            return
        server = self._server_id()
        if self.redis.get(MARKER) != server:
            self.restore()
            self.redis.set(MARKER, server)
        self._checked_at = now

    def restore(self) -> int:
        """Compare every stream with its copy, write anew what differs, and return how many."""
        restored = 0
        streams = Stream.objects.filter(relay_cursor__relayed_seq__gt=0)
        rows = list(streams.values_list("pk", "key", "epoch", "relay_cursor__relayed_seq"))
        for start in range(0, len(rows), BATCH_STREAMS):
            part = rows[start : start + BATCH_STREAMS]
            for row, intact in zip(part, self._are_intact(part), strict=True):
                if not intact:
                    self._rewrite(row)
                    restored += 1
        if restored:
            log.info("streams_restored_to_redis", streams=restored)
        return restored

    def _send(self, outputs: Sequence[Output]) -> None:
        pipeline = self.redis.pipeline(transaction=False)
        newest: dict[str, Frame] = {}
        for output in outputs:
            key, frame = output.stream.key, frame_of(output)
            cache.append(pipeline, output, frame)
            pipeline.publish(cache.channel_name(key), frame.stored)
            newest[key] = frame
        for key, frame in newest.items():
            pipeline.set(cache.latest_name(key), frame.stored)
        for reply in pipeline.execute(raise_on_error=False):
            if isinstance(reply, Exception) and not _is_repetition(reply):
                raise reply

    def _are_intact(self, rows: Sequence[tuple[int, str, str, int]]) -> list[bool]:
        pipeline = self.redis.pipeline(transaction=False)
        for _, key, _, _ in rows:
            pipeline.xlen(key)
            pipeline.xrevrange(key, count=1)
            pipeline.xrange(key, count=1)
            pipeline.exists(cache.latest_name(key))
        replies = iter(pipeline.execute())
        return [
            _is_intact(epoch, relayed, *looked)
            for (_, _, epoch, relayed), looked in zip(
                rows, zip(replies, replies, replies, replies, strict=True), strict=True
            )
        ]

    def _rewrite(self, row: tuple[int, str, str, int]) -> None:
        stream_id, key, _, relayed = row
        outputs = queries.last_outputs(stream_id, up_to=relayed, limit=settings.STREAM_REDIS_MAXLEN)
        with self.redis.pipeline(transaction=True) as pipeline:
            cache.replace(pipeline, key, outputs)
            pipeline.execute()

    def _server_id(self) -> str:
        return str(self.redis.info("server")["run_id"])


def _outputs_to_carry(stream_ids: list[int] | None) -> list[Output]:
    limits = [BATCH_OUTPUTS_PER_STREAM, stream_ids, stream_ids, BATCH_OUTPUTS]
    outputs = list(Output.objects.raw(OUTPUTS_TO_CARRY, limits))
    streams = Stream.objects.in_bulk({output.stream_id for output in outputs})
    for output in outputs:
        output.stream = streams[output.stream_id]
    return outputs


def _move_cursors(outputs: Iterable[Output]) -> None:
    reached = {output.stream_id: output.seq for output in outputs}
    with connection.cursor() as cursor:
        cursor.execute(MOVE_CURSORS, [list(reached), list(reached.values())])


def _is_intact(
    epoch: str,
    relayed: int,
    length: int,
    newest: list[tuple[str, dict[str, str]]],
    oldest: list[tuple[str, dict[str, str]]],
    has_latest: int,
) -> bool:
    if (
        not newest
        or not oldest
        or not has_latest
        or length < min(relayed, settings.STREAM_REDIS_MAXLEN)
    ):
        return False
    # All entries are of one epoch when the first and the last are.
    epochs = {fields.get("_epoch") for _, fields in (newest[0], oldest[0])}
    return newest[0][0] == f"{relayed}-0" and epochs == {epoch}


def _is_repetition(reply: Exception) -> bool:
    return isinstance(reply, ResponseError) and REPEATED in str(reply)
