"""Tell whoever waits that bars or ticks were recorded. A wake-up: the table is what counts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, cast

import redis
import structlog
from django.conf import settings

from market.bars import NewBar
from market.ticks import NewTick

if TYPE_CHECKING:
    from redis.typing import EncodableT, FieldT

log = structlog.get_logger(__name__)

BARS_EVENT_STREAM = "market:bars"
TICKS_EVENT_STREAM = "market:ticks"
CORRECTIONS_EVENT_STREAM = "market:corrections"
KEPT = 10_000  # more than a day of bars for hundreds of instruments, then Redis forgets the oldest
PATIENCE_SECONDS = 1.0  # a slow Redis must not hold up the recording of prices


def announce(bars: Sequence[NewBar]) -> None:
    """Append one event for each bar to the stream of recorded bars.

    Without Redis nothing is lost but time: readers look at the table as well. It is logged.
    """
    events = [
        {
            "instrument_key": bar.instrument_key,
            "timeframe": bar.timeframe,
            "opened_at": bar.opened_at.isoformat(),
            "closes_at": bar.closes_at.isoformat(),
        }
        for bar in bars
    ]
    _append(BARS_EVENT_STREAM, events, of="bars")


def announce_corrections(bars: Sequence[NewBar]) -> None:
    """Append one event for each bar whose recorded numbers were replaced to a stream of their own.

    They make nothing due: what was computed with the old numbers stays as it was published.
    Without Redis nothing is lost but time, as with bars.
    """
    events = [
        {
            "kind": "correction",
            "instrument_key": bar.instrument_key,
            "timeframe": bar.timeframe,
            "opened_at": bar.opened_at.isoformat(),
            "closes_at": bar.closes_at.isoformat(),
            "known_at": (bar.known_at or bar.closes_at).isoformat(),
        }
        for bar in bars
    ]
    _append(CORRECTIONS_EVENT_STREAM, events, of="corrections")


def announce_ticks(ticks: Sequence[NewTick]) -> None:
    """Append one event for each tick that counts to the stream of recorded ticks.

    Without Redis nothing is lost but time, as with bars.
    """
    events = [
        {
            "instrument_key": tick.instrument_key,
            "at": tick.at.isoformat(),
            "source": tick.source,
            "event_id": tick.event_id,
        }
        for tick in ticks
    ]
    _append(TICKS_EVENT_STREAM, events, of="ticks")


def _append(stream: str, events: Sequence[dict[str, str]], *, of: str) -> None:
    try:
        with _client(settings.REDIS_URL).pipeline(transaction=False) as pipeline:
            for event in events:
                fields = cast("dict[FieldT, EncodableT]", event)
                pipeline.xadd(stream, fields, maxlen=KEPT, approximate=True)
            pipeline.execute()
    except redis.RedisError as error:
        log.warning(f"{of}_not_announced", **{of: len(events)}, error=str(error))


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
    )
