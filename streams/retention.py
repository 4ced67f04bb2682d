"""Forget prices that were streamed long ago, and streams of indicators that nobody follows.

What scripts and producers put out is never deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from redis import Redis

from streams import cache, interest
from streams.models import Output, Stream

BATCH = 2000  # outputs in one transaction
STREAMS_AT_ONCE = 100
UNUSED_FOR = timedelta(hours=1)  # asked for, and nothing was ever published
UNFOLLOWED_FOR = timedelta(days=7)
# A stream's newest output stays: it says what is new, and is what a follower is shown first. What
# is old has the lowest numbers, so a stream is asked only for these.
FORGET_PRICES = """
    DELETE FROM streams_output WHERE (stream_id, seq) IN (
        SELECT o.stream_id, o.seq FROM streams_stream s CROSS JOIN LATERAL (
            SELECT stream_id, seq, created_at FROM streams_output
            WHERE stream_id = s.id AND seq < s.seq ORDER BY seq LIMIT %(batch)s
        ) o
        WHERE s.public AND s.key ~ '^public:.*:(price|quote):default$'
        AND o.created_at < %(before)s LIMIT %(batch)s
    ) AND created_at < %(before)s
"""


def never() -> bool:
    """Tell that nobody asks to stop."""
    return False


def forget_old_prices(*, now: datetime, is_stopped: Callable[[], bool] = never) -> int:
    """Delete the prices and quotes that were streamed long ago, in batches; return how many."""
    before = now - timedelta(days=settings.PUBLIC_PRICE_RETENTION_DAYS)
    forgotten = 0
    while not is_stopped():
        with connection.cursor() as cursor:
            cursor.execute(FORGET_PRICES, {"before": before, "batch": BATCH})
            forgotten += cursor.rowcount
            if cursor.rowcount < BATCH:
                break
    return forgotten


def forget_unfollowed_streams(
    redis: Redis, *, now: datetime, is_stopped: Callable[[], bool] = never
) -> int:
    """Delete the streams that were made on demand and are followed no longer; return how many."""
    followed = interest.wanted(redis)
    unused = Stream.objects.filter(seq=0, followed_at__lt=now - UNUSED_FOR)
    idle = unused | Stream.objects.filter(followed_at__lt=now - UNFOLLOWED_FOR)
    # What is delivered elsewhere, or was, has rows that name it.
    idle = idle.filter(followings=None).exclude(pk__in=followed).order_by("followed_at")
    forgotten = 0
    while not is_stopped():
        done = sum(_forget(stream, redis) for stream in idle[:STREAMS_AT_ONCE])
        forgotten += done
        if not done:
            break
    return forgotten


@transaction.atomic
def _forget(stream: Stream, redis: Redis) -> bool:
    same = Stream.objects.filter(pk=stream.pk, followed_at=stream.followed_at)
    if not same.select_for_update().exists():
        return False  # somebody has asked for it meanwhile
    # The copy first: a stream without one is read from its rows, but not the other way round.
    redis.delete(stream.key, cache.latest_name(stream.key))
    Output.objects.filter(stream=stream).delete()
    same.delete()
    return True
