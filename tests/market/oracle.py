"""Longer bars by another way: pandas on plain stretches of time, stated one by one."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta

import pandas as pd

from market.aggregation import VALUE_COLUMNS, BarColumns
from market.bars import NewBar
from market.models import Bar, Instrument

Numbers = tuple[float, float, float, float, float]
Stretch = tuple[datetime, datetime, datetime]  # name, start, end
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def make_coin(key: str = "BTC") -> Instrument:
    """Build an instrument that is traded at all hours."""
    return Instrument.objects.create(
        key=key,
        name=key,
        kind="crypto",
        currency="USD",
        exchange="COINBASE",
        timezone="UTC",
        created_at=EPOCH,
    )


def minutes_of(
    key: str, stretches: Iterable[tuple[datetime, datetime]], *, seed: int = 3, gaps: float = 0.1
) -> list[NewBar]:
    """Return a walk of minute bars through stretches of time, some of them left out."""
    chance = random.Random(seed)
    bars, price = [], 100.0
    for start, end in stretches:
        at = start
        while at < end:
            closes = round(max(1.0, price + chance.gauss(0, 0.3)), 2)
            if chance.random() >= gaps:
                bars.append(
                    NewBar(
                        instrument_key=key,
                        timeframe="1m",
                        opened_at=at,
                        open=price,
                        high=max(price, closes) + round(chance.random(), 2),
                        low=min(price, closes) - round(chance.random() / 2, 2),
                        close=closes,
                        volume=round(chance.expovariate(0.01), 3),
                    )
                )
            price, at = closes, at + timedelta(minutes=1)
    return bars


def stretches_of_days(start: datetime, days: int, length: timedelta) -> list[Stretch]:
    """Return the stretches of a length within each of some days, counted from midnight UTC."""
    found = []
    for number in range(days):
        midnight = start + number * DAY
        at = midnight
        while at < midnight + DAY:
            found.append((at, at, min(at + length, midnight + DAY)))
            at += length
    return found


def stretches_of_sessions(
    sessions: Sequence[tuple[datetime, datetime]], length: timedelta
) -> list[Stretch]:
    """Return the stretches of a length within sessions, counted from their openings."""
    found = []
    for opens_at, closes_at in sessions:
        if length >= DAY:
            found.append((datetime.combine(closes_at.date(), time(), UTC), opens_at, closes_at))
            continue
        at = opens_at
        while at < closes_at:
            found.append((at, at, min(at + length, closes_at)))
            at += length
    return found


def expected_bars(short: Sequence[NewBar], stretches: Sequence[Stretch]) -> dict[datetime, Numbers]:
    """Return what pandas makes of the short bars in each stretch, without empty ones."""
    frame = pd.DataFrame(
        [bar.values for bar in short],
        columns=list(VALUE_COLUMNS),
        index=pd.DatetimeIndex([bar.opened_at for bar in short]),
    ).sort_index()
    found = {}
    for name, start, end in stretches:
        part = frame[(frame.index >= pd.Timestamp(start)) & (frame.index < pd.Timestamp(end))]
        if len(part):
            found[name] = (
                float(part["open"].iloc[0]),
                float(part["high"].max()),
                float(part["low"].min()),
                float(part["close"].iloc[-1]),
                float(part["volume"].sum()),
            )
    return found


def as_dict(bars: BarColumns) -> dict[datetime, Numbers]:
    """Return what was read, by the names of the bars."""
    rows = zip(*(bars.values[name].tolist() for name in VALUE_COLUMNS), strict=True)
    return {
        EPOCH + timedelta(microseconds=at // 1000): row
        for at, row in zip(bars.opened_at_ns.tolist(), rows, strict=True)
    }


def recorded(key: str, timeframe: str) -> dict[datetime, Numbers]:
    """Return what is recorded, by the names of the bars."""
    return {
        bar.opened_at: (bar.open, bar.high, bar.low, bar.close, bar.volume)
        for bar in Bar.objects.filter(instrument_key=key, timeframe=timeframe)
    }
