"""From short bars to longer ones, many at once. Knows no table and no clock.

A longer bar opens with its first short bar and closes with its last. Short bars between sessions
belong to no longer one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from market.calendars import DAY, Calendar, Period
from market.timeframes import EPOCH, Timeframe

Int64Array = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

VALUE_COLUMNS = ("open", "high", "low", "close", "volume")
WHOLE = "whole"  # 1 for a short bar that misses nothing itself, else 0
NEWS = "news"  # 1 for a short bar that did not come as history, else 0
LARGEST = np.finfo(np.float64).max
DAY_NS = 86_400_000_000_000
_NO_SESSION = np.iinfo(np.int64).min


@dataclass(frozen=True, kw_only=True)
class BarColumns:
    """Bars as columns, oldest first; every array has shape ``(n,)``.

    ``opened_at_ns`` counts nanoseconds since 1970 UTC; ``values`` holds open, high, low, close
    and volume.
    """

    opened_at_ns: Int64Array
    values: dict[str, FloatArray]

    def __len__(self) -> int:
        return len(self.opened_at_ns)

    def part(self, chosen: slice) -> BarColumns:
        """Return a stretch of the bars."""
        return BarColumns(
            opened_at_ns=self.opened_at_ns[chosen],
            values={name: column[chosen] for name, column in self.values.items()},
        )


def aggregated(
    bars: BarColumns, *, source: Timeframe, timeframe: Timeframe, calendar: Calendar
) -> BarColumns:
    """Return the longer bars that hold short ones.

    Where the short ones have a column ``whole`` or ``news``, so have the longer ones: the sum of
    theirs.
    """
    names = _names_of(bars.opened_at_ns, source=source, timeframe=timeframe, calendar=calendar)
    inside = names != _NO_SESSION
    if not inside.all():
        names, bars = names[inside], _chosen(bars, inside)
    starts = np.flatnonzero(np.diff(names, prepend=_NO_SESSION))
    return BarColumns(opened_at_ns=names[starts], values=_values(bars, starts))


def expected_count(period: Period, *, source: Timeframe, calendar: Calendar) -> int:
    """Return how many short bars a longer one is made of when none is missing."""
    return count_expected(calendar, source, start=period.starts_at, end=period.closes_at)


def count_expected(
    calendar: Calendar, timeframe: Timeframe, *, start: datetime, end: datetime
) -> int:
    """Return how many bars lie between two instants at which bars begin or end."""
    sessions = calendar.sessions_between(start, end)
    if timeframe.length >= DAY:
        return len({calendar.period_of_day(timeframe, session.day) for session in sessions})
    stretches = (min(session.closes_at, end) - max(session.opens_at, start) for session in sessions)
    return sum(-(-stretch // timeframe.length) for stretch in stretches)


def instant_of(nanoseconds: int) -> datetime:
    """Return an instant, to the microsecond, from nanoseconds since 1970 UTC."""
    return EPOCH + timedelta(microseconds=int(nanoseconds) // 1000)


def nanoseconds_of(instant: datetime) -> int:
    """Return nanoseconds since 1970 UTC."""
    return (instant - EPOCH) // timedelta(microseconds=1) * 1000


# What a longer bar is called, for each short one.
def _names_of(
    opened_at_ns: Int64Array, *, source: Timeframe, timeframe: Timeframe, calendar: Calendar
) -> Int64Array:
    if not len(opened_at_ns):
        return opened_at_ns
    if source.length >= DAY:
        return _days_of(opened_at_ns // DAY_NS, timeframe)
    opens, closes, days = _sessions(opened_at_ns, calendar)
    which = np.searchsorted(opens, opened_at_ns, side="right") - 1
    # Before the first one: the comparison below is with the last, which closes later.
    inside = (which >= 0) & (opened_at_ns < closes[which])
    if timeframe.length >= DAY:
        names = _days_of(days[which], timeframe)
    else:
        length = timeframe.seconds * 1_000_000_000
        names = opens[which] + (opened_at_ns - opens[which]) // length * length
    return np.where(inside, names, _NO_SESSION)


def _days_of(days: Int64Array, timeframe: Timeframe) -> Int64Array:
    count = timeframe.length // DAY
    return days // count * count * DAY_NS


def _sessions(
    opened_at_ns: Int64Array, calendar: Calendar
) -> tuple[Int64Array, Int64Array, Int64Array]:
    start, end = instant_of(opened_at_ns[0]), instant_of(opened_at_ns[-1])
    found = list(calendar.sessions_between(start, end + timedelta(microseconds=1)))
    found = found or [calendar.session_closing_after(end)]
    rows = [
        (
            nanoseconds_of(session.opens_at),
            nanoseconds_of(session.closes_at),
            (session.day - EPOCH.date()).days,
        )
        for session in found
    ]
    opens, closes, days = np.array(rows, dtype=np.int64).T
    return opens, closes, days


def _chosen(bars: BarColumns, rows: npt.NDArray[np.bool_]) -> BarColumns:
    return BarColumns(
        opened_at_ns=bars.opened_at_ns[rows],
        values={name: column[rows] for name, column in bars.values.items()},
    )


def _values(bars: BarColumns, starts: Int64Array) -> dict[str, FloatArray]:
    if not len(starts):
        return {name: np.empty(0) for name in bars.values}
    ends = np.append(starts[1:], len(bars)) - 1
    values = bars.values
    longer = {
        "open": values["open"][starts],
        "high": np.maximum.reduceat(values["high"], starts),
        "low": np.minimum.reduceat(values["low"], starts),
        "close": values["close"][ends],
        "volume": _sums(values["volume"], starts),
    }
    for counted in {WHOLE, NEWS} & values.keys():
        longer[counted] = _sums(values[counted], starts)
    return longer


def _sums(column: FloatArray, starts: Int64Array) -> FloatArray:
    with np.errstate(over="ignore"):
        return np.minimum(np.add.reduceat(column, starts), LARGEST)


def periods_of(
    names_ns: Int64Array, *, timeframe: Timeframe, calendar: Calendar
) -> Iterator[Period | None]:
    """Yield the period of each longer bar, by its name; None for dates without a session."""
    for name in names_ns:
        opened_at = instant_of(name)
        if timeframe.length >= DAY:
            yield calendar.period_of_day(timeframe, opened_at.astimezone(UTC).date())
        else:
            yield calendar.period_of(timeframe, opened_at)
