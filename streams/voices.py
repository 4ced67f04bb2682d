"""Word of streams that is no output: that one should have spoken and did not, and that it does.

It goes the way of wake-ups: whoever follows the stream at this moment hears it, nobody later.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

import structlog
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

from streams import cache
from streams.frames import to_text

# What a hub knows it by, among the frames on the same channel.
BEGINNING = '{"type":"silence'
log = structlog.get_logger(__name__)


def tell_silences(silent: Iterable[tuple[str, datetime, datetime]]) -> None:
    """Tell who follows streams that they should have spoken: key, by when, and when they did."""
    _publish(
        {
            "type": "silence",
            "stream_key": key,
            "expected_by": expected_by.isoformat(),
            "last_at": last_at.isoformat(),
        }
        for key, expected_by, last_at in silent
    )


def tell_silences_over(keys: Iterable[str], *, at: datetime) -> None:
    """Tell who follows streams that they are silent no longer, or need not speak any more."""
    _publish({"type": "silence_over", "stream_key": key, "at": at.isoformat()} for key in keys)


def _publish(bodies: Iterable[dict[str, str]]) -> None:
    try:
        pipeline = _client(settings.REDIS_URL).pipeline(transaction=False)
        for body in bodies:
            pipeline.publish(cache.channel_name(body["stream_key"]), to_text(body))
        pipeline.execute()
    except RedisError as error:
        # The rows and the alerts say it, too.
        log.warning("silences_not_told", error=str(error))


@lru_cache(maxsize=2)
def _client(url: str) -> Redis:
    return cache.connect(url)
