"""A kept timeframe goes on when a feed changes the length of its bars."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from market.bars import NewBar
from market.models import Bar, KeptTimeframe
from market.queries import bars_between
from market.services.bars import record_bars, record_history
from market.services.keeping import keep_timeframe
from market.services.rolling import close_due_bars
from tests.market.oracle import as_dict, make_coin

pytestmark = pytest.mark.django_db

EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)
MINUTE, FIVE, HOUR = timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1)
LENGTHS = {"1m": MINUTE, "5m": FIVE}


def bars(timeframe: str, start: datetime, end: datetime, *, close: float) -> list[NewBar]:
    length = LENGTHS[timeframe]
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
        for number in range((end - start) // length)
    ]


def as_they_close(sent: list[NewBar]) -> None:
    for bar in sent:
        close_due_bars(now=bar.closes_at)
        record_bars([bar], now=bar.closes_at)


def hours() -> list[tuple[int, float, float, int | None]]:
    """Return the hour, the close, the volume and what is missing of each recorded hour."""
    rows = Bar.objects.filter(timeframe="1h").order_by("opened_at")
    return [(row.opened_at.hour, row.close, row.volume, row.missing) for row in rows]


@pytest.fixture(autouse=True)
def coin(db: None) -> None:
    make_coin()


def test_hours_that_were_asked_for_before_any_bar_are_made_of_whatever_comes() -> None:
    keep_timeframe("BTC", "1h", now=EIGHT)

    as_they_close(bars("5m", EIGHT, EIGHT + 2.5 * HOUR, close=100.0))

    assert hours() == [(8, 100.0, 12.0, 0), (9, 100.0, 12.0, 0)]


def test_hours_that_wait_for_minutes_are_made_of_a_file_of_longer_bars() -> None:
    keep_timeframe("BTC", "1h", now=EIGHT)

    record_history(bars("5m", EIGHT, EIGHT + 2 * HOUR, close=100.0), now=EIGHT + 9 * HOUR)
    as_they_close(bars("5m", EIGHT + 2 * HOUR, EIGHT + 3 * HOUR, close=101.0))

    assert [hour for hour, *_ in hours()] == [8, 9, 10]


def test_hours_of_longer_bars_go_on_with_minutes_from_a_whole_hour_on() -> None:
    as_they_close(bars("5m", EIGHT, EIGHT + HOUR, close=100.0))
    keep_timeframe("BTC", "1h", now=EIGHT + HOUR)
    as_they_close(bars("5m", EIGHT + HOUR, EIGHT + 1.5 * HOUR, close=100.0))

    as_they_close(bars("1m", EIGHT + 1.5 * HOUR, EIGHT + 3.5 * HOUR, close=200.0))

    assert hours() == [(8, 100.0, 12.0, 0), (9, 100.0, 6.0, 6), (10, 200.0, 60.0, 0)]
    assert KeptTimeframe.objects.get(timeframe="1h").source == "1m"
    read = as_dict(bars_between("BTC", "1h", as_of=EIGHT + 3.5 * HOUR, limit=9))
    assert [values[3] for values in read.values()] == [100.0, 100.0, 200.0]


def test_a_batch_of_minutes_leaves_the_hour_that_was_begun_of_longer_bars() -> None:
    as_they_close(bars("5m", EIGHT, EIGHT + HOUR, close=100.0))
    keep_timeframe("BTC", "1h", now=EIGHT + HOUR)
    as_they_close(bars("5m", EIGHT + HOUR, EIGHT + 1.5 * HOUR, close=100.0))

    minutes = bars("1m", EIGHT + 1.5 * HOUR, EIGHT + 3.5 * HOUR, close=200.0)
    record_bars(minutes, now=minutes[-1].closes_at)

    assert hours() == [(8, 100.0, 12.0, 0), (9, 100.0, 6.0, 6), (10, 200.0, 60.0, 0)]


def test_hours_of_minutes_go_on_with_longer_bars_once_a_whole_hour_had_no_minute() -> None:
    as_they_close(bars("1m", EIGHT, EIGHT + HOUR, close=100.0))
    keep_timeframe("BTC", "1h", now=EIGHT + HOUR)
    as_they_close(bars("1m", EIGHT + HOUR, EIGHT + 1.5 * HOUR, close=100.0))

    as_they_close(bars("5m", EIGHT + 1.5 * HOUR, EIGHT + 4.5 * HOUR, close=200.0))

    expected = [(8, 100.0, 60.0, 0), (9, 100.0, 30.0, 30)]
    assert hours() == [*expected, (10, 200.0, 12.0, 0), (11, 200.0, 12.0, 0)]


def test_a_feed_that_sends_both_has_its_hours_made_of_minutes() -> None:
    both = bars("1m", EIGHT, EIGHT + 3 * HOUR, close=100.0)
    both += bars("5m", EIGHT, EIGHT + 3 * HOUR, close=200.0)
    keep_timeframe("BTC", "1h", now=EIGHT)

    as_they_close(sorted(both, key=lambda bar: bar.closes_at))

    assert hours() == [(hour, 100.0, 60.0, 0) for hour in (8, 9, 10)]


def test_days_that_were_made_of_minutes_go_on_with_what_comes() -> None:
    midnight = EIGHT.replace(hour=0)
    as_they_close(bars("1m", midnight + 23 * HOUR, midnight + 24 * HOUR, close=100.0))

    as_they_close(bars("5m", midnight + 24 * HOUR, midnight + 73 * HOUR, close=200.0))

    days = Bar.objects.filter(timeframe="1d").order_by("opened_at")
    assert [(day.opened_at.day, day.close, day.missing) for day in days] == [
        (5, 100.0, 1380),
        (6, 200.0, 0),
        (7, 200.0, 0),
    ]


def test_whoever_subscribes_has_hours_of_what_is_heard_and_not_of_minutes_of_once() -> None:
    old = EIGHT - timedelta(days=200)
    record_history(bars("1m", old, old + 2 * HOUR, close=50.0), now=EIGHT)
    as_they_close(bars("5m", EIGHT, EIGHT + HOUR, close=100.0))

    keep_timeframe("BTC", "1h", now=EIGHT + HOUR)
    as_they_close(bars("5m", EIGHT + HOUR, EIGHT + 2 * HOUR, close=100.0))

    assert hours() == [(8, 100.0, 12.0, 0), (9, 100.0, 12.0, 0)]
    read = as_dict(bars_between("BTC", "1h", as_of=EIGHT + 2 * HOUR, limit=2))
    assert [values[3] for values in read.values()] == [100.0, 100.0]
