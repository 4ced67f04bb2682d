"""Bars as columns, and other bars made of them: longer ones, and the same ones at other hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from market.timeframes import Timeframe

Int64Array = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

COLUMNS = ("open", "high", "low", "close", "volume")
_SECOND_NS = 1_000_000_000
_DAY_NS = 86_400 * _SECOND_NS
_MINUTE_NS = 60 * _SECOND_NS
_HOUR_NS = 60 * _MINUTE_NS
# When the made-up exchange of short bars is open, in minutes of its day: at midnight, where longer
# bars begin, in the morning and in the afternoon.
_SESSIONS = ((0, 60), (540, 660), (870, 960))
_MONDAY = 3  # 1970-01-01 was a Thursday, so the day with this number modulo 7 is no weekday's


@dataclass(frozen=True, kw_only=True)
class Bars:
    """Bars of one instrument and timeframe, oldest first; every array has shape ``(n,)``.

    ``opened_ns`` and ``closes_ns`` count nanoseconds since 1970 UTC.
    """

    timeframe: str
    opened_ns: Int64Array
    closes_ns: Int64Array
    columns: Mapping[str, FloatArray]

    def __len__(self) -> int:
        return len(self.opened_ns)

    def slice(self, begin: int, end: int) -> Bars:
        """Return the bars from one position until before another."""
        return Bars(
            timeframe=self.timeframe,
            opened_ns=self.opened_ns[begin:end],
            closes_ns=self.closes_ns[begin:end],
            columns={name: values[begin:end] for name, values in self.columns.items()},
        )

    def known_at(self, instant_ns: int) -> int:
        """Return how many of the bars had closed by an instant."""
        return int(np.searchsorted(self.closes_ns, instant_ns, side="right"))


def make_bars(timeframe: str, opened_ns: Int64Array, columns: Mapping[str, FloatArray]) -> Bars:
    """Return bars of a timeframe that opened at some instants."""
    return Bars(
        timeframe=timeframe,
        opened_ns=opened_ns,
        closes_ns=closing_instants(opened_ns, timeframe),
        columns=columns,
    )


def closing_instants(opened_ns: Int64Array, timeframe: str) -> Int64Array:
    """Return when bars close; a day that the length does not divide ends with a shorter bar."""
    length = Timeframe(timeframe).seconds * _SECOND_NS
    closes = opened_ns + length
    if length < _DAY_NS:
        closes = np.minimum(closes, (opened_ns // _DAY_NS + 1) * _DAY_NS)
    return closes


def at_other_hours(bars: Bars, timeframe: str) -> Bars:
    """Return the same prices as if they had been traded in bars of a shorter timeframe.

    A day has sessions at midnight, in the morning and in the afternoon UTC, or 24 hours where the
    bars are as long as that; the newest bar stays newest, and weekends are free.
    """
    starts = _starts_of_a_day(Timeframe(timeframe).seconds * _SECOND_NS)
    days = -(-len(bars) // len(starts))
    last_day = int(bars.opened_ns[-1] // _DAY_NS) if len(bars) else 0
    weekdays: list[int] = []
    day = last_day
    while len(weekdays) < days:
        if (day + _MONDAY) % 7 < 5:
            weekdays.append(day)
        day -= 1
    opened = np.add.outer(np.array(weekdays[::-1], dtype=np.int64) * _DAY_NS, starts).ravel()
    return make_bars(timeframe, opened[len(opened) - len(bars) :], bars.columns)


def _starts_of_a_day(length_ns: int) -> Int64Array:
    if length_ns >= _HOUR_NS:
        return np.arange(0, _DAY_NS, length_ns, dtype=np.int64)
    return np.concatenate(
        [
            np.arange(begin * _MINUTE_NS, end * _MINUTE_NS, length_ns, dtype=np.int64)
            for begin, end in _SESSIONS
        ]
    )


def rescaled(bars: Bars, *, price: float, volume: float) -> Bars:
    """Return the same moves at other levels: the median close and the median volume are given."""
    prices = price / float(np.median(bars.columns["close"]))
    volumes = volume / max(1.0, float(np.median(bars.columns["volume"])))
    columns = {
        name: np.maximum(1.0, np.round(values * volumes)) if name == "volume" else values * prices
        for name, values in bars.columns.items()
    }
    return replace(bars, columns=columns)


def longer_bars(bars: Bars, timeframe: str) -> Bars:
    """Return the bars of a longer timeframe that bars of a shorter one add up to."""
    if not len(bars):
        return make_bars(timeframe, bars.opened_ns, bars.columns)
    length = Timeframe(timeframe).seconds * _SECOND_NS
    origin = bars.opened_ns // _DAY_NS * _DAY_NS if length <= _DAY_NS else np.int64(0)
    starts = origin + (bars.opened_ns - origin) // length * length
    first = np.flatnonzero(np.diff(starts, prepend=starts[0] - 1))
    last = np.append(first[1:], len(starts)) - 1
    columns = {
        "open": bars.columns["open"][first],
        "high": np.maximum.reduceat(bars.columns["high"], first),
        "low": np.minimum.reduceat(bars.columns["low"], first),
        "close": bars.columns["close"][last],
        "volume": np.add.reduceat(bars.columns["volume"], first),
    }
    return make_bars(timeframe, starts[first], columns)


def to_instant(nanoseconds: int) -> datetime:
    """Return an instant in UTC; bars open and close at whole microseconds."""
    return datetime.fromtimestamp(nanoseconds // _SECOND_NS, tz=UTC)
