"""Sessions and the bars in them, against hours that are stated here and a library that knows."""

from __future__ import annotations

import warnings
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.aggregation import expected_count
from market.calendars import CALENDARS, Calendar, calendar_of
from market.timeframes import Timeframe

NEW_YORK, ALWAYS = calendar_of("NYSE"), calendar_of("BINANCE")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# As the exchanges announced them: changes of the clocks, half days, days off, far time zones.
@pytest.mark.parametrize(
    ("exchange", "day", "opens_at", "closes_at"),
    [
        ("NYSE", "2026-03-06", "2026-03-06T14:30", "2026-03-06T21:00"),
        ("NYSE", "2026-03-09", "2026-03-09T13:30", "2026-03-09T20:00"),
        ("NASDAQ", "2026-10-30", "2026-10-30T13:30", "2026-10-30T20:00"),
        ("NASDAQ", "2026-11-02", "2026-11-02T14:30", "2026-11-02T21:00"),
        ("NYSE", "2024-07-03", "2024-07-03T13:30", "2024-07-03T17:00"),
        ("NYSE", "2025-11-28", "2025-11-28T14:30", "2025-11-28T18:00"),
        ("LSE", "2025-12-24", "2025-12-24T08:00", "2025-12-24T12:30"),
        ("LSE", "2026-03-30", "2026-03-30T07:00", "2026-03-30T15:30"),
        ("NSE", "2026-01-05", "2026-01-05T03:45", "2026-01-05T10:00"),
        ("ASX", "2026-01-27", "2026-01-26T23:00", "2026-01-27T05:00"),
    ],
)
def test_a_session_is_open_when_the_exchange_says(
    exchange: str, day: str, opens_at: str, closes_at: str
) -> None:
    (session,) = calendar_of(exchange).sessions_on(date.fromisoformat(day))

    assert (session.opens_at, session.closes_at) == (utc(opens_at), utc(closes_at))
    assert calendar_of(exchange).session_of(session.opens_at) == session
    assert calendar_of(exchange).session_of(session.closes_at) is None


@pytest.mark.parametrize(
    ("exchange", "day"),
    [
        ("NYSE", "2024-06-19"),
        ("NYSE", "2025-01-09"),
        ("NYSE", "2001-09-11"),
        ("NYSE", "2026-11-22"),
        ("LSE", "2026-12-28"),
        ("NSE", "2026-01-26"),
    ],
)
def test_a_day_off_has_no_session(exchange: str, day: str) -> None:
    assert calendar_of(exchange).sessions_on(date.fromisoformat(day)) == ()


@pytest.mark.parametrize("name", ["XNYS", "XLON", "XBOM", "XTKS", "XHKG"])
def test_the_table_of_sessions_is_what_the_library_says(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it reads pandas in a way that newer ones discourage
        import exchange_calendars

        theirs = exchange_calendars.get_calendar(name, start="2005-01-01", end="2026-12-31")
        expected = [
            (row.Index.date(), opens.to_pydatetime(), closes.to_pydatetime())
            for row in theirs.schedule.itertuples()
            for opens, closes in pieces_of(row)
        ]
    found = calendar_of(name).sessions_between(utc("2005-01-01"), utc("2027-01-01"))

    assert [(s.day, s.opens_at, s.closes_at) for s in found] == expected


def pieces_of(row: Any) -> list[tuple[Any, Any]]:
    if row.break_start == row.break_start:  # NaT is not itself
        return [(row.open, row.break_start), (row.break_end, row.close)]
    return [(row.open, row.close)]


# As both exchanges say: Tokyo closes half an hour later since 5 November 2024; Hong Kong opens the
# morning only on the eve of its new year.
@pytest.mark.parametrize(
    ("exchange", "day", "sessions"),
    [
        ("TSE", "2024-11-01", ["00:00-02:30", "03:30-06:00"]),
        ("TSE", "2024-11-05", ["00:00-02:30", "03:30-06:30"]),
        ("HKEX", "2026-11-20", ["01:30-04:00", "05:00-08:00"]),
        ("HKEX", "2026-02-16", ["01:30-04:00"]),
    ],
)
def test_where_there_is_a_pause_at_noon_a_day_has_two_sessions(
    exchange: str, day: str, sessions: list[str]
) -> None:
    found = calendar_of(exchange).sessions_on(date.fromisoformat(day))

    assert [f"{s.opens_at:%H:%M}-{s.closes_at:%H:%M}" for s in found] == sessions


def test_bars_end_with_the_morning_and_begin_with_the_afternoon() -> None:
    tokyo = calendar_of("XTKS")
    start, end = utc("2026-11-20"), utc("2026-11-21")

    hours = list(tokyo.expected_bars(Timeframe("1h"), start, end))
    (day,) = tokyo.expected_bars(Timeframe("1d"), start, end)

    assert [f"{bar.opened_at:%H:%M}-{bar.closes_at:%H:%M}" for bar in hours] == [
        "00:00-01:00",
        "01:00-02:00",
        "02:00-02:30",
        "03:30-04:30",
        "04:30-05:30",
        "05:30-06:30",
    ]
    assert (day.starts_at, day.closes_at) == (utc("2026-11-20T00:00"), utc("2026-11-20T06:30"))
    assert tokyo.period_of(Timeframe("1h"), utc("2026-11-20T03:00")) is None
    assert expected_count(day, source=Timeframe("1m"), calendar=tokyo) == 330


def test_hours_begin_with_the_session_and_the_last_is_shorter() -> None:
    bars = list(NEW_YORK.expected_bars(Timeframe("1h"), utc("2026-11-27"), utc("2026-11-28")))

    assert [f"{bar.opened_at:%H:%M}-{bar.closes_at:%H:%M}" for bar in bars] == [
        "14:30-15:30",
        "15:30-16:30",
        "16:30-17:30",
        "17:30-18:00",
    ]


def test_a_day_is_the_day_of_the_exchange() -> None:
    (bar,) = NEW_YORK.expected_bars(Timeframe("1440m"), utc("2026-03-09"), utc("2026-03-10"))

    assert (bar.opened_at, bar.starts_at, bar.closes_at) == (
        utc("2026-03-09"),
        utc("2026-03-09T13:30"),
        utc("2026-03-09T20:00"),
    )


def test_several_days_close_with_their_last_session() -> None:
    period = NEW_YORK.period_of(Timeframe("5d"), utc("2026-11-27T15:00"))

    assert period is not None
    # Monday to Friday; Thanksgiving is in between, and Friday ends early.
    assert (period.opened_at, period.closes_at) == (utc("2026-11-23"), utc("2026-11-27T18:00"))


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-11-27T17:29", "2026-11-27T17:30"),
        ("2026-11-27T17:30", "2026-11-27T18:00"),
        ("2026-11-27T18:00", "2026-11-30T15:30"),
    ],
)
def test_the_next_close_is_found_across_nights_and_weekends(after: str, expected: str) -> None:
    assert NEW_YORK.next_close(Timeframe("1h"), utc(after)) == utc(expected)


LENGTHS = st.one_of(
    st.integers(1, 1440).map(lambda n: f"{n}m"),
    st.integers(1, 24).map(lambda n: f"{n}h"),
    st.integers(1, 30).map(lambda n: f"{n}d"),
)
INSTANTS = st.integers(789_000_000, 2_019_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


@given(exchange=st.sampled_from(["NYSE", "ASX", "BINANCE"]), length=LENGTHS, instant=INSTANTS)
def test_bars_lie_beside_each_other_and_every_open_instant_has_one(
    exchange: str, length: str, instant: datetime
) -> None:
    calendar, timeframe = calendar_of(exchange), Timeframe(length)
    bars = []
    for bar in calendar.expected_bars(timeframe, instant, instant + timedelta(days=100)):
        bars.append(bar)
        if len(bars) == 5:
            break

    assert bars[0].closes_at == calendar.next_close(timeframe, instant)
    for bar in bars:
        assert bar.starts_at < bar.closes_at
        assert calendar.period_of(timeframe, bar.starts_at) == bar
        assert calendar.period_of(timeframe, bar.closes_at - timedelta(microseconds=1)) == bar
    assert all(first.closes_at <= second.starts_at for first, second in pairwise(bars))
    found = calendar.period_of(timeframe, instant)
    assert (found is None) == (calendar.session_of(instant) is None)
    assert found is None or found == bars[0]


@given(length=LENGTHS, instant=INSTANTS)
def test_at_all_hours_bars_are_those_counted_from_midnight(length: str, instant: datetime) -> None:
    timeframe = Timeframe(length)
    period = ALWAYS.period_of(timeframe, instant)

    assert period is not None
    assert period.opened_at == timeframe.floor(instant)
    assert period.closes_at == timeframe.closes_at(period.opened_at)


def test_after_what_is_known_weekdays_are_taken_as_open() -> None:
    calendar = calendar_of("NSE")

    assert calendar.known_until == date(2026, 12, 31)
    assert len(calendar.sessions_on(date(2027, 1, 4))) == 1
    assert calendar.sessions_on(date(2027, 1, 3)) == ()


def test_every_name_has_a_calendar_and_the_unknown_is_always_open() -> None:
    for name in set(CALENDARS.values()):
        assert not calendar_of(name).is_always_open
        assert calendar_of(name) is calendar_of(name.lower())
    assert isinstance(ALWAYS, Calendar)
    assert ALWAYS.is_always_open
