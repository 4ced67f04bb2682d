"""A timeframe is read as new as its shorter bars are, whatever was once recorded of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.reads import newest_close
from market.bars import NewBar
from market.queries import bars_between, latest_bar
from market.services.bars import record_bars, record_history
from tests.market.oracle import DAY, as_dict, make_coin

pytestmark = pytest.mark.django_db

JUNE = datetime(2025, 6, 5, 8, tzinfo=UTC)
JANUARY = datetime(2026, 1, 4, 8, tzinfo=UTC)
LATER = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
FIVE = 5 * MINUTE


def bars_from(
    timeframe: str, start: datetime, count: int, *, length: timedelta, close: float
) -> list[NewBar]:
    return [
        NewBar(
            instrument_key="BTC",
            timeframe=timeframe,
            opened_at=start + number * length,
            open=close,
            high=close + 1,
            low=close - 1,
            close=close,
            volume=1.0,
        )
        for number in range(count)
    ]


def as_they_close(bars: list[NewBar]) -> None:
    for bar in bars:
        record_bars([bar], now=bar.closes_at)


def closes_of(timeframe: str, *, as_of: datetime, limit: int) -> list[tuple[datetime, float]]:
    found = as_dict(bars_between("BTC", timeframe, as_of=as_of, limit=limit))
    return [(opened_at, values[3]) for opened_at, values in found.items()]


@pytest.fixture
def old_fives_and_new_minutes(db: None) -> datetime:
    """Two hours of 5m bars of a file from June, and an hour of minutes from January."""
    make_coin()
    record_history(bars_from("5m", JUNE, 24, length=FIVE, close=100.0), now=LATER)
    as_they_close(bars_from("1m", JANUARY, 60, length=MINUTE, close=200.0))
    return JANUARY + 60 * MINUTE


def test_bars_that_were_recorded_once_are_followed_by_those_of_newer_minutes(
    old_fives_and_new_minutes: datetime,
) -> None:
    as_of = old_fives_and_new_minutes
    made = [(JANUARY + number * FIVE, 200.0) for number in range(12)]

    assert closes_of("5m", as_of=as_of, limit=5) == made[-5:]
    assert closes_of("5m", as_of=as_of, limit=14) == [
        (JUNE + 22 * FIVE, 100.0),
        (JUNE + 23 * FIVE, 100.0),
        *made,
    ]
    assert len(closes_of("5m", as_of=as_of, limit=500)) == 24 + 12


def test_the_newest_bar_is_that_of_the_newest_minutes(old_fives_and_new_minutes: datetime) -> None:
    as_of = old_fives_and_new_minutes

    newest = latest_bar("BTC", "5m", as_of=as_of)
    before = latest_bar("BTC", "5m", as_of=JANUARY)

    assert newest is not None
    assert before is not None
    assert (newest.opened_at, newest.close) == (as_of - FIVE, 200.0)
    assert newest_close("BTC", "5m") == as_of
    assert (before.opened_at, before.close) == (JUNE + 23 * FIVE, 100.0)


def test_an_open_bar_does_not_follow_recorded_ones(old_fives_and_new_minutes: datetime) -> None:
    as_of = old_fives_and_new_minutes - MINUTE

    assert closes_of("5m", as_of=as_of, limit=1) == [(as_of + MINUTE - 2 * FIVE, 200.0)]


def test_minutes_of_a_file_fill_the_days_between_those_recorded_and_those_kept(db: None) -> None:
    make_coin()
    march = datetime(2025, 3, 1, tzinfo=UTC)
    record_history(bars_from("1d", march, 3, length=DAY, close=50.0), now=LATER)
    as_they_close(bars_from("1m", JANUARY + 16 * 60 * MINUTE - MINUTE, 2, length=MINUTE, close=9.0))
    june = JUNE.replace(hour=0)
    record_history(bars_from("1m", june, 2 * 1440, length=MINUTE, close=100.0), now=LATER)

    days = closes_of("1d", as_of=LATER, limit=4)

    last_of_march = (march + 2 * DAY, 50.0)
    kept = (JANUARY.replace(hour=0), 9.0)
    assert days == [last_of_march, (june, 100.0), (june + DAY, 100.0), kept]


def test_a_timeframe_that_is_heard_no_more_hides_nothing_that_was_known_then(db: None) -> None:
    make_coin()
    record_history(bars_from("5m", JUNE, 24, length=FIVE, close=100.0), now=LATER)
    as_they_close(bars_from("1m", JANUARY, 60, length=MINUTE, close=200.0))

    then = closes_of("1h", as_of=JUNE + DAY, limit=9)
    now = closes_of("1h", as_of=LATER, limit=9)

    assert then == [(JUNE, 100.0), (JUNE + 12 * FIVE, 100.0)]
    assert now[-1] == (JANUARY, 200.0)
