"""Prices as streams for everybody: ``public:{instrument}:price|quote|ohlc:default``.

Whoever is signed in may follow them, and only what is followed is published. Price and quote are
conflated: at each turn an instrument's newest tick, if it is a newer one. Of the bars none is left
out while the stream is followed, and of those before at most the newest ``BARS_BEHIND``. The
ticks' and bars' tables say what is new; nobody has to be told of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from django.db import connection, transaction

from market import queries as market_queries
from market.models import Instrument
from market.timeframes import Timeframe
from streams import keys
from streams.appending import NewOutput
from streams.models import Following, Stream
from streams.publishing import make_public_streams, publish_to_each
from streams.queries import newest_instants

TURN_SECONDS = 0.25  # a price and a quote at most four times a second
INSTRUMENTS_SECONDS = 10.0  # how soon a new instrument has its streams
TIMEFRAMES_SECONDS = 60.0  # how soon bars of a shorter timeframe take over
BARS_BEHIND = 500
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)
NEWEST_TICKS = """
    SELECT w.id, t.at, t.price, t.size, t.bid, t.ask, t.source
    FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS w (id, key, since)
    CROSS JOIN LATERAL (
        SELECT * FROM market_tick WHERE instrument_key = w.key AND at > w.since
        AND cardinality(flags) = 0 AND {said} IS NOT NULL ORDER BY at DESC LIMIT 1
    ) t
"""
NEWEST_PRICES = NEWEST_TICKS.format(said="price")
NEWEST_QUOTES = NEWEST_TICKS.format(said="bid")
NEXT_BARS = """
    SELECT w.id, b.timeframe, b.opened_at, b.closes_at, b.open, b.high, b.low, b.close, b.volume
    FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::text[])
        AS w (id, key, since, timeframe)
    CROSS JOIN LATERAL (
        SELECT * FROM market_bar WHERE instrument_key = w.key AND timeframe = w.timeframe
        AND opened_at > w.since AND closes_at <= %s ORDER BY opened_at LIMIT %s
    ) b ORDER BY w.id, b.opened_at
"""
OPENED_BEFORE_NEWEST = """
    SELECT opened_at FROM market_bar WHERE instrument_key = %s AND timeframe = %s
    AND closes_at <= %s ORDER BY opened_at DESC OFFSET %s LIMIT 1
"""


@dataclass
class PublicStreams:
    """What was published last, and what is to be published next."""

    _streams: dict[int, Stream] = field(default_factory=dict)
    _since: dict[int, datetime] = field(default_factory=dict)
    _timeframes: dict[str, tuple[float, str | None]] = field(default_factory=dict)
    _elsewhere: set[int] = field(default_factory=set)
    _made_at: float = float("-inf")
    _asked_at: float = float("-inf")

    def make_streams(self) -> None:
        """Give every instrument its streams; they hold nothing before they are followed."""
        if monotonic() - self._made_at < INSTRUMENTS_SECONDS:
            return
        self._made_at = monotonic()
        known = {stream.instrument_key for stream in self._streams.values()}
        new = set(Instrument.objects.values_list("key", flat=True)) - known
        for stream in make_public_streams(new) if new else []:
            self._streams[stream.pk] = stream

    def followed_elsewhere(self) -> set[int]:
        """Return the streams that are delivered to somewhere else than a socket."""
        if monotonic() - self._asked_at >= INSTRUMENTS_SECONDS:
            self._asked_at = monotonic()
            followings = Following.objects.filter(stream__public=True, ended_at=None)
            self._elsewhere = set(followings.values_list("stream_id", flat=True))
        return self._elsewhere

    def publish(self, followed: Collection[int], *, now: datetime) -> int:
        """Publish what is new on streams that are followed; return how many outputs that were."""
        streams = [self._streams[one] for one in sorted(followed) if one in self._streams]
        self._forget_all_but(streams)
        by_kind: dict[str, list[Stream]] = {name: [] for name in keys.PUBLIC_INDICATORS}
        for stream in streams:
            by_kind[stream.key.split(":")[-2]].append(stream)
        self._begin(streams, now=now)
        prices = self._newest(NEWEST_PRICES, by_kind["price"], _price)
        quotes = self._newest(NEWEST_QUOTES, by_kind["quote"], _quote)
        bars = self._next_bars(by_kind["ohlc"], now=now)
        if not (prices or quotes or bars):
            return 0
        with transaction.atomic():
            published = publish_to_each([*prices, *quotes], confirmed=False, now=now)
            published += publish_to_each(bars, confirmed=True, now=now)
        for output in published:
            self._since[output.stream_id] = output.bar_opened_at or output.timestamp
        return len(published)

    def _forget_all_but(self, streams: Sequence[Stream]) -> None:
        # Who comes back to a stream begins with what is so then.
        followed = {stream.pk for stream in streams}
        self._since = {one: since for one, since in self._since.items() if one in followed}

    def _begin(self, streams: Sequence[Stream], *, now: datetime) -> None:
        new = [stream for stream in streams if stream.pk not in self._since]
        if not new:
            return
        newest = newest_instants([stream.pk for stream in new])
        for stream in new:
            since = newest.get(stream.pk)
            if stream.key.split(":")[-2] == "ohlc":
                since = self._first_bar(stream.instrument_key, since, now=now)
            self._since[stream.pk] = since or BEGINNING

    def _first_bar(
        self, instrument_key: str, since: datetime | None, *, now: datetime
    ) -> datetime | None:
        timeframe = self._base_timeframe(instrument_key, now=now)
        behind = BARS_BEHIND if since else 1
        with connection.cursor() as cursor:
            cursor.execute(OPENED_BEFORE_NEWEST, [instrument_key, timeframe, now, behind])
            found = cursor.fetchone()
        return max(filter(None, [since, found[0] if found else None]), default=None)

    def _base_timeframe(self, instrument_key: str, *, now: datetime) -> str | None:
        looked_at, timeframe = self._timeframes.get(instrument_key, (float("-inf"), None))
        if monotonic() - looked_at > TIMEFRAMES_SECONDS:
            named = market_queries.timeframes_of(instrument_key, as_of=now)
            timeframe = min(named, key=lambda name: Timeframe(name).length, default=None)
            self._timeframes[instrument_key] = monotonic(), timeframe
        return timeframe

    def _newest(
        self, query: str, streams: Sequence[Stream], written: Any
    ) -> list[tuple[Stream, list[NewOutput]]]:
        if not streams:
            return []
        with connection.cursor() as cursor:
            cursor.execute(query, self._asked(streams))
            return [(self._streams[row[0]], [written(row)]) for row in cursor.fetchall()]

    def _next_bars(
        self, streams: Sequence[Stream], *, now: datetime
    ) -> list[tuple[Stream, list[NewOutput]]]:
        if not streams:
            return []
        timeframes = [self._base_timeframe(one.instrument_key, now=now) for one in streams]
        found: dict[int, list[NewOutput]] = {}
        with connection.cursor() as cursor:
            cursor.execute(NEXT_BARS, [*self._asked(streams), timeframes, now, BARS_BEHIND])
            for row in cursor.fetchall():
                found.setdefault(row[0], []).append(_bar(row))
        return [(self._streams[one], outputs) for one, outputs in found.items()]

    def _asked(self, streams: Sequence[Stream]) -> list[list[Any]]:
        return [
            [stream.pk for stream in streams],
            [stream.instrument_key for stream in streams],
            [self._since[stream.pk] for stream in streams],
        ]


def _price(row: Sequence[Any]) -> NewOutput:
    _, at, price, size, _, _, source = row
    return NewOutput(value=price, timestamp=at, metadata={"size": size, "source": source})


def _quote(row: Sequence[Any]) -> NewOutput:
    _, at, _, _, bid, ask, source = row
    return NewOutput(value={"bid": bid, "ask": ask}, timestamp=at, metadata={"source": source})


def _bar(row: Sequence[Any]) -> NewOutput:
    _, timeframe, opened_at, closes_at, *values = row
    names = ("open", "high", "low", "close", "volume")
    metadata: Mapping[str, Any] = {"timeframe": timeframe, **dict(zip(names, values, strict=True))}
    return NewOutput(
        value=metadata["close"],
        timestamp=closes_at,
        metadata=dict(metadata),
        bar_opened_at=opened_at,
    )
