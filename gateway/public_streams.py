"""Prices as streams for everybody, and the indicators that are computed from them.

These are ``public:{instrument}:price|quote|ohlc:default`` and ``common:{instrument}:…``. Whoever is
signed in may follow them, and only what is followed is published. Price and quote are conflated: at
each turn an instrument's newest tick, if it is a newer one. Of the bars that scripts are run
for, and of the indicators at their closes, none is left out while the stream is followed, and of
those before at most the newest ``BARS_BEHIND``. The ticks' and bars' tables say what is new; nobody
has to be told of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from django.db import connection, transaction

from gateway.new_prices import (
    NEWEST_PRICES,
    NEWEST_QUOTES,
    NEXT_BARS,
    OPENED_BEFORE_NEWEST,
    bar_output,
    price_output,
    quote_output,
)
from market import queries as market_queries
from market.models import Instrument
from market.timeframes import Timeframe
from streams.appending import NewOutput
from streams.common_streams import note_followed
from streams.models import Following, Stream
from streams.publishing import make_public_streams, publish_to_each
from streams.queries import newest_instants

TURN_SECONDS = 0.25  # a price and a quote at most four times a second
INSTRUMENTS_SECONDS = 10.0  # how soon a new instrument has its streams
NOTED_SECONDS = 30.0  # how often it is kept in mind who is followed
TIMEFRAMES_SECONDS = 60.0  # how soon bars of another timeframe take over
BARS_BEHIND = 500
COMMON = "common"
BEGINNING = datetime(1, 1, 2, tzinfo=UTC)


@dataclass
class PublicStreams:
    """What was published last, and what is to be published next."""

    _instruments: set[str] = field(default_factory=set)
    _streams: dict[int, Stream] = field(default_factory=dict)
    _since: dict[int, datetime] = field(default_factory=dict)
    _timeframes: dict[str, tuple[float, str | None]] = field(default_factory=dict)
    _elsewhere: set[int] = field(default_factory=set)
    _made_at: float = float("-inf")
    _asked_at: float = float("-inf")
    _noted_at: float = float("-inf")

    def make_streams(self) -> None:
        """Give every instrument its streams; they hold nothing before they are followed."""
        if monotonic() - self._made_at < INSTRUMENTS_SECONDS:
            return
        self._made_at = monotonic()
        new = set(Instrument.objects.values_list("key", flat=True)) - self._instruments
        self._instruments |= new
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
        streams = self._known(followed)
        self._forget_all_but(streams)
        self._note(streams, now=now)
        self._begin(streams, now=now)
        by_kind: dict[str, list[Stream]] = {}
        for stream in streams:
            by_kind.setdefault(_kind(stream), []).append(stream)
        prices = self._newest(NEWEST_PRICES, by_kind.get("price", []), price_output)
        quotes = self._newest(NEWEST_QUOTES, by_kind.get("quote", []), quote_output)
        bars = self._next_bars([*by_kind.get("ohlc", []), *by_kind.get(COMMON, [])], now=now)
        closes = [
            (stream, [bar_output(row) for row in rows])
            for stream, rows in bars
            if _kind(stream) != COMMON
        ]
        count = self._append([*prices, *quotes], closes, now=now)
        # After the prices, for computing takes its time.
        return count + self._append([], self._indicators(bars), now=now)

    def _known(self, followed: Collection[int]) -> list[Stream]:
        # Whoever asks for another indicator makes its stream elsewhere.
        if unknown := set(followed) - self._streams.keys():
            self._streams |= Stream.objects.filter(public=True).in_bulk(unknown)
        return [self._streams[one] for one in sorted(followed) if one in self._streams]

    def _append(
        self,
        unconfirmed: Sequence[tuple[Stream, list[NewOutput]]],
        confirmed: Sequence[tuple[Stream, list[NewOutput]]],
        *,
        now: datetime,
    ) -> int:
        if not (unconfirmed or confirmed):
            return 0
        with transaction.atomic():
            published = publish_to_each(unconfirmed, confirmed=False, now=now)
            published += publish_to_each(confirmed, confirmed=True, now=now)
        for output in published:
            self._since[output.stream_id] = output.bar_opened_at or output.timestamp
        return len(published)

    def _indicators(
        self, bars: Sequence[tuple[Stream, list[Any]]]
    ) -> list[tuple[Stream, list[NewOutput]]]:
        # Streams of one instrument have the same new bars, unless somebody has only just come.
        together: dict[tuple[str, datetime], tuple[list[Stream], list[Any]]] = {}
        for stream, rows in bars:
            if _kind(stream) == COMMON:
                since = self._since[stream.pk]
                together.setdefault((stream.instrument_key, since), ([], rows))[0].append(stream)
        if not together:
            return []
        # With it come TA-Lib and pandas, some 70 MB: only where somebody follows an indicator.
        from gateway.common_indicators import ClosedBar, outputs_at

        found: list[tuple[Stream, list[NewOutput]]] = []
        for (instrument_key, _), (streams, rows) in together.items():
            closed = [ClosedBar(instrument_key, *row[1:5]) for row in rows]
            found += outputs_at(streams, closed)
            for stream in streams:
                # Of a bar without a value nothing is published; it is done with all the same.
                self._since[stream.pk] = closed[-1].opened_at
        return found

    def _note(self, streams: Sequence[Stream], *, now: datetime) -> None:
        if monotonic() - self._noted_at >= NOTED_SECONDS:
            self._noted_at = monotonic()
            note_followed(streams, now=now)

    def _forget_all_but(self, streams: Sequence[Stream]) -> None:
        # Who comes back to a stream begins with what is so then.
        followed = {stream.pk for stream in streams}
        self._since = {one: since for one, since in self._since.items() if one in followed}
        self._streams = {
            one: stream
            for one, stream in self._streams.items()
            if stream.followed_at is None or one in followed
        }

    def _begin(self, streams: Sequence[Stream], *, now: datetime) -> None:
        new = [stream for stream in streams if stream.pk not in self._since]
        if not new:
            return
        newest = newest_instants([stream.pk for stream in new])
        by_bars = {stream.pk for stream in new if _kind(stream) in ("ohlc", COMMON)}
        oldest: dict[tuple[str, bool], datetime | None] = {}
        for stream in new:
            since = newest.get(stream.pk)
            if stream.pk in by_bars:
                market = (stream.instrument_key, since is not None)
                if market not in oldest:
                    oldest[market] = self._before_the_newest(*market, now=now)
                since = max(filter(None, [since, oldest[market]]), default=None)
            self._since[stream.pk] = since or BEGINNING

    def _before_the_newest(
        self, instrument_key: str, has_spoken: bool, *, now: datetime
    ) -> datetime | None:
        timeframe = self._base_timeframe(instrument_key, now=now)
        behind = BARS_BEHIND if has_spoken else 1
        with connection.cursor() as cursor:
            cursor.execute(OPENED_BEFORE_NEWEST, [instrument_key, timeframe, now, behind])
            found = cursor.fetchone()
        return found[0] if found else None

    def _base_timeframe(self, instrument_key: str, *, now: datetime) -> str | None:
        looked_at, timeframe = self._timeframes.get(instrument_key, (float("-inf"), None))
        if monotonic() - looked_at > TIMEFRAMES_SECONDS:
            # Of a file there may be shorter bars than any that come.
            named = market_queries.heard_timeframes(instrument_key)
            named = named or market_queries.timeframes_of(instrument_key, as_of=now)
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
    ) -> list[tuple[Stream, list[Any]]]:
        if not streams:
            return []
        # Asked for once, whatever is to be said of them.
        alike: dict[tuple[str, datetime], list[Stream]] = {}
        for stream in streams:
            alike.setdefault((stream.instrument_key, self._since[stream.pk]), []).append(stream)
        first = [same[0] for same in alike.values()]
        timeframes = [self._base_timeframe(one.instrument_key, now=now) for one in first]
        found: dict[int, list[Any]] = {}
        with connection.cursor() as cursor:
            cursor.execute(NEXT_BARS, [*self._asked(first), timeframes, now, BARS_BEHIND])
            for row in cursor.fetchall():
                found.setdefault(row[0], []).append(row)
        return [
            (stream, found[same[0].pk])
            for same in alike.values()
            if same[0].pk in found
            for stream in same
        ]

    def _asked(self, streams: Sequence[Stream]) -> list[list[Any]]:
        return [
            [stream.pk for stream in streams],
            [stream.instrument_key for stream in streams],
            [self._since[stream.pk] for stream in streams],
        ]


def _kind(stream: Stream) -> str:
    signal_type, *_, name, _ = stream.key.split(":")
    return COMMON if signal_type == COMMON else name
