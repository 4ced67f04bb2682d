from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market import due_bars, queries
from market.models import Bar
from market.services.bars import record_bars, record_history
from market.timeframes import Timeframe
from tests.market.prices import DAY, FIRST_DAY, LATER, make_instrument, new_bar, new_bars

DAYS = 60
pytestmark = pytest.mark.django_db


@pytest.fixture
def history() -> None:
    """Sixty days of AAPL with a weekend's gap, one bar of IBM, and minutes of AAPL."""
    make_instrument("AAPL")
    make_instrument("IBM")
    days = [new_bar(day=day, close=100.0 + day) for day in range(DAYS) if day not in (30, 31)]
    minutes = [
        new_bar(timeframe="1m", opened_at=FIRST_DAY + timedelta(minutes=minute), close=5.0)
        for minute in range(5)
    ]
    record_history([*days, *minutes, new_bar("IBM", close=200.0)], now=LATER)


def nanoseconds(instant: datetime) -> int:
    return int(instant.timestamp()) * 1_000_000_000


@pytest.mark.usefixtures("history")
def test_a_read_never_returns_a_bar_that_closes_after_its_instant() -> None:
    length = Timeframe("1d").length

    @settings(deadline=None, max_examples=50)
    @given(st.integers(-2 * 24 * 60, (DAYS + 2) * 24 * 60), st.integers(1, DAYS + 5))
    def reads_look_back_only(minutes: int, limit: int) -> None:
        as_of = FIRST_DAY + timedelta(minutes=minutes)
        known = [
            bar
            for bar in Bar.objects.filter(instrument_key="AAPL", timeframe="1d").order_by(
                "opened_at"
            )
            if bar.closes_at <= as_of
        ]

        bars = queries.bars_between("AAPL", "1d", as_of=as_of, limit=limit)
        newest = queries.latest_bar("AAPL", "1d", as_of=as_of)

        assert all(
            opened + length.total_seconds() * 1e9 <= nanoseconds(as_of)
            for opened in bars.opened_at_ns
        )
        assert bars.values["close"].tolist() == [bar.close for bar in known[-limit:]]
        assert newest == (known[-1] if known else None)

    reads_look_back_only()


@pytest.mark.usefixtures("history")
def test_a_bar_is_known_from_the_instant_it_closes() -> None:
    closes_at = FIRST_DAY + DAY

    at_close = queries.bars_between("AAPL", "1d", as_of=closes_at, limit=5)
    just_before = queries.bars_between(
        "AAPL", "1d", as_of=closes_at - timedelta(microseconds=1), limit=5
    )

    assert (len(at_close), len(just_before)) == (1, 0)


@pytest.mark.usefixtures("history")
def test_columns_are_the_stored_numbers_oldest_first() -> None:
    bars = queries.bars_between("AAPL", "1d", as_of=LATER, limit=3)

    assert bars.opened_at_ns.tolist() == [
        nanoseconds(FIRST_DAY + day * DAY) for day in (DAYS - 3, DAYS - 2, DAYS - 1)
    ]
    assert {name: column.tolist() for name, column in bars.values.items()} == {
        "open": [157.0, 158.0, 159.0],
        "high": [158.0, 159.0, 160.0],
        "low": [156.0, 157.0, 158.0],
        "close": [157.0, 158.0, 159.0],
        "volume": [1000.0, 1000.0, 1000.0],
    }
    assert bars.opened_at_ns.dtype == np.int64
    assert {column.dtype for column in bars.values.values()} == {np.dtype(np.float64)}
    assert all(column.flags.c_contiguous for column in bars.values.values())


def test_old_history_far_from_the_instant_is_found() -> None:
    make_instrument("AAPL")
    record_history([new_bar(day=0, close=1.5), new_bar(day=1, close=2.5)], now=LATER)

    bars = queries.bars_between("AAPL", "1d", as_of=LATER, limit=2)
    one = queries.bars_between("AAPL", "1d", as_of=LATER, limit=1)

    assert bars.values["close"].tolist() == [1.5, 2.5]
    assert one.values["close"].tolist() == [2.5]


@pytest.mark.parametrize("year", [1985, 1999, 2000, 2035, 2050])
def test_bars_of_any_year_have_a_place(year: int) -> None:
    make_instrument("AAPL")
    last_day_of_year = datetime(year, 12, 31, tzinfo=UTC)
    both = [new_bar(opened_at=last_day_of_year), new_bar(opened_at=last_day_of_year + DAY)]
    record_history(both, now=last_day_of_year + 5 * DAY)

    bars = queries.bars_between("AAPL", "1d", as_of=last_day_of_year + 5 * DAY, limit=10)

    assert bars.opened_at_ns.tolist() == [
        nanoseconds(last_day_of_year),
        nanoseconds(last_day_of_year + DAY),
    ]


@pytest.mark.usefixtures("history")
def test_after_leaves_out_its_own_bar() -> None:
    after = FIRST_DAY + (DAYS - 3) * DAY

    bars = queries.bars_between("AAPL", "1d", after=after, as_of=LATER, limit=50)

    assert bars.values["close"].tolist() == [158.0, 159.0]


def test_bars_to_run_for_come_oldest_first_and_closed_only_without_history() -> None:
    make_instrument("AAPL")
    record_history([new_bar(day=-1), new_bar(day=9)], now=LATER)
    record_bars(new_bars([10.0, 11.0, 12.0, 13.0]), now=LATER)
    as_of = FIRST_DAY + 3 * DAY

    first = due_bars.bars_after("AAPL", "1d", after=None, as_of=as_of, limit=2)
    rest = due_bars.bars_after("AAPL", "1d", after=first[-1].opened_at, as_of=as_of, limit=50)

    assert first == [(FIRST_DAY, FIRST_DAY + DAY, 0), (FIRST_DAY + DAY, FIRST_DAY + 2 * DAY, 0)]
    assert rest == [(FIRST_DAY + 2 * DAY, as_of, 0)]
    assert due_bars.last_bars("AAPL", "1d", as_of=as_of, limit=2) == [*rest, first[-1]]
    assert due_bars.newest_bars([("AAPL", "1d"), ("AAPL", "1m")]) == {
        ("AAPL", "1d"): FIRST_DAY + 3 * DAY
    }


@pytest.mark.usefixtures("history")
def test_markets_do_not_mix() -> None:
    assert queries.bars_between("IBM", "1d", as_of=LATER, limit=9).values["close"].tolist() == [200]
    assert queries.bars_between("AAPL", "1m", as_of=LATER, limit=9).values["close"].tolist() == (
        [5.0] * 5
    )
    assert queries.timeframes_of("AAPL", as_of=LATER) == ["1d", "1m"]
    assert queries.timeframes_of("AAPL", as_of=FIRST_DAY + timedelta(hours=1)) == ["1m"]
    assert queries.timeframes_of("IBM", as_of=LATER) == ["1d"]
    assert queries.timeframes_of("AAPL", as_of=FIRST_DAY) == []


def test_an_unknown_instrument_is_refused_naming_those_there_are() -> None:
    with pytest.raises(queries.UnknownInstrument, match="run load_prices"):
        queries.require_instrument("TSLA")
    for key in ("AAPL", "IBM"):
        make_instrument(key)

    with pytest.raises(queries.UnknownInstrument, match="'TSLA' is unknown; there are AAPL, IBM"):
        queries.require_instrument("TSLA")

    queries.require_instrument("IBM")
    assert len(queries.bars_between("TSLA", "1d", as_of=LATER, limit=1)) == 0
    assert queries.latest_bar("TSLA", "1d") is None


def test_the_newest_bar_without_an_instant_is_the_newest_recorded() -> None:
    make_instrument("AAPL")
    record_history(new_bars([10.0, 11.0, 12.0]), now=LATER)

    newest = queries.latest_bar("AAPL", "1d")

    assert newest is not None
    assert newest.close == 12
