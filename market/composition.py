"""Compose longer bars of the recorded shorter ones that lie in given stretches of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from market.aggregation import (
    NEWS,
    VALUE_COLUMNS,
    WHOLE,
    BarColumns,
    aggregated,
    expected_count,
    instant_of,
    nanoseconds_of,
)
from market.bars import NewBar
from market.calendars import DAY, Calendar, Period
from market.models import Bar
from market.timeframes import Timeframe

FAR = timedelta(days=40)  # stretches further apart than this are read one by one


def compose(
    instrument_key: str,
    timeframe: Timeframe,
    *,
    source: Timeframe,
    periods: Sequence[Period],
    calendar: Calendar,
) -> Iterator[NewBar]:
    """Yield the bar of each period, oldest first, of the numbers that are recorded now.

    A period without any bar of the source has none. One that lacks some says how many. One that is
    made of history alone is history.
    """
    for near in _neighbours(periods):
        wanted = {period.opened_at: period for period in near}
        short = _read(instrument_key, source, *_stretch(near, source, timeframe))
        found = aggregated(short.bars, source=source, timeframe=timeframe, calendar=calendar)
        for row, name in enumerate(found.opened_at_ns):
            period = wanted.get(instant_of(name))
            if period is None:
                continue
            expected = expected_count(period, source=source, calendar=calendar)
            yield NewBar(
                instrument_key=instrument_key,
                timeframe=timeframe.name,
                opened_at=period.opened_at,
                ends_at=short.end_of(period, source, timeframe),
                missing=max(expected - int(found.values[WHOLE][row]), 0),
                is_history=not found.values[NEWS][row],
                open=float(found.values["open"][row]),
                high=float(found.values["high"][row]),
                low=float(found.values["low"][row]),
                close=float(found.values["close"][row]),
                volume=float(found.values["volume"][row]),
            )


@dataclass(frozen=True)
class _ShortBars:
    bars: BarColumns
    closes: list[datetime]

    # A daily bar may be recorded as closing with its date, later than its session does.
    def end_of(self, period: Period, source: Timeframe, timeframe: Timeframe) -> datetime:
        if source.length < DAY:
            return period.closes_at
        over = nanoseconds_of(period.opened_at + timeframe.length)
        last = int(np.searchsorted(self.bars.opened_at_ns, over)) - 1
        return max(period.closes_at, self.closes[last])


def _neighbours(periods: Sequence[Period]) -> Iterator[list[Period]]:
    group: list[Period] = []
    for period in periods:
        if group and period.starts_at - group[-1].closes_at > FAR:
            yield group
            group = []
        group.append(period)
    if group:
        yield group


def _stretch(
    periods: Sequence[Period], source: Timeframe, timeframe: Timeframe
) -> tuple[datetime, datetime]:
    if source.length >= DAY:
        return periods[0].opened_at, periods[-1].opened_at + timeframe.length
    return periods[0].starts_at, periods[-1].closes_at


def _read(key: str, source: Timeframe, start: datetime, end: datetime) -> _ShortBars:
    rows = list(
        Bar.objects.filter(
            instrument_key=key, timeframe=source.name, opened_at__gte=start, opened_at__lt=end
        )
        .order_by("opened_at")
        .values_list("opened_at", "closes_at", "missing", "is_history", *VALUE_COLUMNS)
    )
    numbers = np.array([row[4:] for row in rows], dtype=np.float64).reshape(-1, len(VALUE_COLUMNS))
    values = {name: numbers[:, place] for place, name in enumerate(VALUE_COLUMNS)}
    bars = BarColumns(
        opened_at_ns=np.array([nanoseconds_of(row[0]) for row in rows], dtype=np.int64),
        values={
            **values,
            WHOLE: np.array([not row[2] for row in rows], dtype=np.float64),
            NEWS: np.array([not row[3] for row in rows], dtype=np.float64),
        },
    )
    return _ShortBars(bars, [row[1] for row in rows])
