"""What is new in the tables of ticks and bars since an instant, for many streams at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from streams.appending import NewOutput

NEWEST_TICKS = """
    SELECT w.id, t.at, t.price, t.size, t.bid, t.ask, t.source
    FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS w (id, key, since)
    CROSS JOIN LATERAL (
        SELECT * FROM market_tick WHERE instrument_key = w.key AND at > w.since
        AND cardinality(flags) = 0 AND NOT is_history AND {said} IS NOT NULL
        ORDER BY at DESC LIMIT 1
    ) t
"""
NEWEST_PRICES = NEWEST_TICKS.format(said="price")
NEWEST_QUOTES = NEWEST_TICKS.format(said="bid")
# What came as history, or after a later bar, is nothing new: plans leave it out as well. Up to the
# newest bar that was heard: history that is newer still may be long.
LIVE_BARS = """
    instrument_key = w.key AND timeframe = w.timeframe AND NOT is_history AND NOT is_overtaken
    AND opened_at <= (SELECT h.opened_at FROM market_heardtimeframe h
        WHERE h.instrument_key = w.key AND h.timeframe = w.timeframe)
"""
NEXT_BARS = f"""
    SELECT w.id, b.timeframe, b.opened_at, b.closes_at, b.known_at,
        b.open, b.high, b.low, b.close, b.volume
    FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::text[])
        AS w (id, key, since, timeframe)
    CROSS JOIN LATERAL (
        SELECT * FROM market_bar
        WHERE {LIVE_BARS} AND opened_at > w.since AND closes_at <= %s ORDER BY opened_at LIMIT %s
    ) b ORDER BY w.id, b.opened_at
"""
OPENED_BEFORE_NEWEST = f"""
    SELECT b.opened_at FROM (SELECT %s AS key, %s AS timeframe) w
    CROSS JOIN LATERAL (
        SELECT opened_at FROM market_bar
        WHERE {LIVE_BARS} AND closes_at <= %s ORDER BY opened_at DESC OFFSET %s LIMIT 1
    ) b
"""


def price_output(row: Sequence[Any]) -> NewOutput:
    """Return the price of a tick as an output."""
    _, at, price, size, _, _, source = row
    return NewOutput(value=price, timestamp=at, metadata={"size": size, "source": source})


def quote_output(row: Sequence[Any]) -> NewOutput:
    """Return the quote of a tick as an output."""
    _, at, _, _, bid, ask, source = row
    return NewOutput(value={"bid": bid, "ask": ask}, timestamp=at, metadata={"source": source})


def bar_output(row: Sequence[Any]) -> NewOutput:
    """Return a closed bar as an output."""
    _, timeframe, opened_at, closes_at, _, *values = row
    names = ("open", "high", "low", "close", "volume")
    metadata: Mapping[str, Any] = {"timeframe": timeframe, **dict(zip(names, values, strict=True))}
    return NewOutput(
        value=metadata["close"],
        timestamp=closes_at,
        metadata=dict(metadata),
        bar_opened_at=opened_at,
    )
