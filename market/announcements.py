"""Tell whoever waits that bars or ticks were recorded. A wake-up: the table is what counts.

Every instrument's events go to one of a fixed number of streams, so that several processes can
share them out by instrument.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cache
from typing import Any

import redis
import structlog
from django.conf import settings

from market.bars import NewBar
from market.shards import event_stream, shard_of
from market.ticks import NewTick

log = structlog.get_logger(__name__)

KEPT = 10_000  # of one shard: hours of a busy market, then Redis forgets the oldest
PATIENCE_SECONDS = 1.0  # a slow Redis must not hold up the recording of prices

Fields = dict[str, str]


class EventKind(StrEnum):
    """What an event tells of."""

    BAR = "bar"
    TICKS = "ticks"
    CORRECTION = "correction"


# 4 is the most urgent: a closed bar is what subscribers wait for, ticks come again in a moment.
URGENCY = {EventKind.BAR: 4, EventKind.TICKS: 2, EventKind.CORRECTION: 1}


def announce(bars: Sequence[NewBar]) -> None:
    """Append one event for each bar to the stream of its instrument's shard.

    Without Redis nothing is lost but time: readers look at the table as well. It is logged.
    """
    _append([_bar_event(bar) for bar in bars])


def announce_corrections(bars: Sequence[NewBar]) -> None:
    """Append one event for each bar whose recorded numbers were replaced.

    They make nothing due: what was computed with the old numbers stays as it was published.
    Without Redis nothing is lost but time, as with bars.
    """
    _append([_correction_event(bar) for bar in bars])


def announce_ticks(ticks: Sequence[NewTick]) -> None:
    """Append one event for each instrument of some ticks, however many they are."""
    by_instrument: dict[str, list[NewTick]] = {}
    for tick in ticks:
        by_instrument.setdefault(tick.instrument_key, []).append(tick)
    _append([_ticks_event(key, those) for key, those in by_instrument.items()])


def announce_again(fields: Fields) -> None:
    """Append an event as it was announced once before.

    Raises
    ------
    redis.RedisError
        It was not appended: whoever asks for it waits for an answer.
    """
    _append_all([fields])


def _bar_event(bar: NewBar) -> Fields:
    return {
        "kind": EventKind.BAR,
        "instrument_key": bar.instrument_key,
        "timeframe": bar.timeframe,
        "opened_at": bar.opened_at.isoformat(),
        "closes_at": bar.closes_at.isoformat(),
    }


def _correction_event(bar: NewBar) -> Fields:
    return {
        **_bar_event(bar),
        "kind": EventKind.CORRECTION,
        "known_at": (bar.known_at or bar.closes_at).isoformat(),
    }


def _ticks_event(instrument_key: str, ticks: Sequence[NewTick]) -> Fields:
    return {
        "kind": EventKind.TICKS,
        "instrument_key": instrument_key,
        "count": str(len(ticks)),
        "newest_at": max(tick.at for tick in ticks).isoformat(),
    }


def _append(events: Sequence[Fields]) -> None:
    if not events:
        return
    try:
        _append_all(events)
    except redis.RedisError as error:
        log.warning("events_not_announced", events=len(events), error=str(error))


def _append_all(events: Iterable[Fields]) -> None:
    # All at once, so that whoever is woken by the first finds the others there.
    with _client(settings.REDIS_URL).pipeline(transaction=True) as pipeline:
        for fields in events:
            stream = event_stream(shard_of(fields["instrument_key"]))
            pipeline.xadd(stream, dict[Any, Any](fields), maxlen=KEPT, approximate=True)
        pipeline.execute()


@cache
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS
    )
