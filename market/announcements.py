"""Tell whoever waits that bars were recorded. A wake-up: the table is what counts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import redis
import structlog
from django.conf import settings

from market.bars import NewBar

log = structlog.get_logger(__name__)

BARS_EVENT_STREAM = "market:bars"
KEPT = 10_000  # more than a day of bars for hundreds of instruments, then Redis forgets the oldest
PATIENCE_SECONDS = 1.0  # a slow Redis must not hold up the recording of prices


def announce(bars: Sequence[NewBar]) -> None:
    """Append one event for each bar to the stream of recorded bars.

    Without Redis nothing is lost but time: readers look at the table as well. It is logged.
    """
    try:
        with _client(settings.REDIS_URL).pipeline(transaction=False) as pipeline:
            for bar in bars:
                pipeline.xadd(
                    BARS_EVENT_STREAM,
                    {
                        "instrument_key": bar.instrument_key,
                        "timeframe": bar.timeframe,
                        "opened_at": bar.opened_at.isoformat(),
                        "closes_at": bar.closes_at.isoformat(),
                    },
                    maxlen=KEPT,
                    approximate=True,
                )
            pipeline.execute()
    except redis.RedisError as error:
        log.warning("bars_not_announced", bars=len(bars), error=str(error))


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
    )
