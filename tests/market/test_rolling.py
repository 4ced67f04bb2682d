"""Bars are made of ticks once each, whatever the order in which these come."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.clock import utc_now
from market.bars import NewBar
from market.models import Bar, FormingBar, Tick
from market.services.bars import record_bars
from market.services.rolling import close_due_bars, closed_until
from market.services.ticks import record_ticks
from market.ticks import NewTick
from tests.market.prices import make_instrument
from tests.market.trades import OPENING, new_tick, take_in, walk

pytestmark = pytest.mark.django_db

GRACE = 2.0
Numbers = tuple[float, float, float, float, float]


def after(seconds: float) -> datetime:
    return OPENING + timedelta(seconds=seconds)


def stored() -> dict[datetime, Numbers]:
    return {
        bar.opened_at: (bar.open, bar.high, bar.low, bar.close, bar.volume)
        for bar in Bar.objects.filter(timeframe="1m")
    }


def resampled(ticks: list[NewTick]) -> dict[datetime, Numbers]:
    """Return what pandas makes of the trades, as an oracle of its own."""
    frame = pd.DataFrame(
        {"price": [tick.price for tick in ticks], "size": [tick.size for tick in ticks]},
        index=pd.DatetimeIndex([tick.at for tick in ticks]),
    ).sort_index(kind="stable")
    bars = frame["price"].resample("1min").ohlc()
    bars["volume"] = frame["size"].resample("1min").sum()
    bars = bars.dropna()
    opened_at = bars.index.to_numpy(dtype="datetime64[us]").tolist()
    return {
        at.replace(tzinfo=UTC): (row[0], row[1], row[2], row[3], row[4])
        for at, row in zip(opened_at, bars.to_numpy().tolist(), strict=True)
    }


def test_a_tick_of_a_later_bar_closes_one_when_the_grace_is_over(aapl: None) -> None:
    assert take_in([new_tick(5, 10.0), new_tick(50, 12.0)]) == []
    assert take_in([new_tick(60 + GRACE - 0.1, 13.0)]) == []

    (closed,) = take_in([new_tick(60 + GRACE, 14.0)])

    assert (closed.opened_at, closed.values) == (OPENING, (10.0, 12.0, 10.0, 12.0, 2.0))
    assert stored() == {OPENING: closed.values}


def test_a_tick_that_was_overtaken_counts_while_its_bar_is_open(aapl: None) -> None:
    take_in([new_tick(10, 10.0), new_tick(61, 20.0)])
    take_in([new_tick(59, 9.0), new_tick(1, 11.0)], now=after(61.5))

    (closed,) = take_in([new_tick(70)])

    assert closed.values == (11.0, 11.0, 9.0, 9.0, 3.0)


def test_a_late_tick_leaves_the_closed_bar_as_it_is(aapl: None) -> None:
    take_in([new_tick(10, 10.0), new_tick(70, 11.0)])
    before = stored()

    assert closed_until(["AAPL"]) == {"AAPL": after(60)}
    assert take_in([new_tick(30, 99.0)], now=after(71)) == []
    assert take_in([new_tick(190)])[0].opened_at == after(60)
    assert {at: bar for at, bar in stored().items() if at == OPENING} == before


def test_the_clock_closes_the_bar_of_a_quiet_instrument(aapl: None) -> None:
    take_in([new_tick(10, 10.0)])

    assert close_due_bars(now=after(60 + GRACE - 0.1)) == []
    (closed,) = close_due_bars(now=after(60 + GRACE))

    assert closed.values == (10.0, 10.0, 10.0, 10.0, 1.0)
    assert close_due_bars(now=after(600)) == []
    assert FormingBar.objects.get().due_at is None


def test_ticks_of_the_past_are_closed_by_the_pace_at_which_they_come(aapl: None) -> None:
    months_later = OPENING + timedelta(days=70)
    take_in([new_tick(50)], now=months_later)

    assert close_due_bars(now=months_later + timedelta(seconds=11)) == []
    assert len(close_due_bars(now=months_later + timedelta(seconds=12))) == 1


def test_a_tick_from_the_future_closes_nothing_before_its_time(aapl: None) -> None:
    take_in([new_tick(55), new_tick(64)], now=after(59))

    assert stored() == {}
    assert len(close_due_bars(now=after(62))) == 1


def test_a_clock_that_is_ahead_closes_nothing_and_makes_no_tick_late(aapl: None) -> None:
    before = utc_now() - timedelta(minutes=20)
    ahead = timedelta(hours=1)
    record_ticks([new_tick(1, at=before)], now=before + ahead)
    assert FormingBar.objects.get().heard_at < utc_now()
    close_due_bars(now=utc_now() + ahead)
    closed = closed_until(["AAPL"])["AAPL"]

    said = record_ticks([new_tick(2, at=utc_now())], now=utc_now() + ahead)
    told = record_ticks([new_tick(3, at=utc_now() + ahead)], now=utc_now() + ahead)

    assert closed <= utc_now()
    assert (said.accepted, said.flagged) == (1, {})
    assert told.flagged == {"future": 1}


def test_a_quote_is_no_trade_but_moves_the_time_on(aapl: None) -> None:
    take_in([new_tick(10, 10.0), new_tick(20, None, size=None, bid=1.0, ask=2.0)])

    (closed,) = take_in([new_tick(65, None, size=None, bid=1.0, ask=2.0)])

    assert closed.values == (10.0, 10.0, 10.0, 10.0, 1.0)
    assert FormingBar.objects.get().open_since is None


def test_what_happened_at_one_instant_is_in_the_order_of_its_names(aapl: None) -> None:
    take_in([new_tick(5, price, event_id=str(name)) for name, price in ((10, 3.0), (9, 2.0))])

    (closed,) = take_in([new_tick(65)])

    assert (closed.open, closed.close) == (2.0, 3.0)


def test_a_bar_that_was_sent_as_a_bar_stands(aapl: None) -> None:
    sent = NewBar(
        instrument_key="AAPL",
        timeframe="1m",
        opened_at=OPENING,
        open=5.0,
        high=5.0,
        low=5.0,
        close=5.0,
        volume=0.0,
    )
    record_bars([sent], now=after(60))

    assert take_in([new_tick(10, 10.0), new_tick(130, 10.0)]) == []
    assert stored() == {OPENING: sent.values}


def test_sizes_beyond_all_numbers_make_a_bar_all_the_same(aapl: None) -> None:
    take_in([new_tick(1, size=1.7e308), new_tick(2, size=1.7e308)])

    assert take_in([new_tick(65)])[0].volume == pytest.approx(1.797e308, rel=1e-3)


def test_a_walk_gives_the_bars_of_an_independent_aggregation(aapl: None) -> None:
    ticks = walk(1500)
    for start in range(0, len(ticks), 40):
        take_in(ticks[start : start + 40])
    close_due_bars(now=ticks[-1].at + timedelta(minutes=2))

    expected = resampled(ticks)
    assert stored().keys() == expected.keys()
    for opened_at, values in stored().items():
        assert values[:4] == expected[opened_at][:4]
        assert values[4] == pytest.approx(expected[opened_at][4], rel=1e-12)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10_000), batch=st.integers(3, 30))
def test_any_order_within_the_grace_and_any_repetition_gives_the_same_bars(
    aapl: None, seed: int, batch: int
) -> None:
    Bar.objects.all().delete()
    FormingBar.objects.all().delete()

    Tick.objects.all().delete()
    chance = random.Random(seed)
    ticks = walk(100, seed=seed, step=2.5)
    # Each comes up to a grace after it happened, and one in ten comes twice.
    sent = ticks + [tick for tick in ticks if chance.random() < 0.1]
    sent.sort(key=lambda tick: tick.at + timedelta(seconds=chance.uniform(0, GRACE * 0.99)))

    now = ticks[0].at
    for start in range(0, len(sent), batch):
        group = sent[start : start + batch]
        now = max(now, *(tick.at for tick in group))
        take_in(group, now=now)
    close_due_bars(now=now + timedelta(minutes=2))

    expected = resampled(ticks)
    found = stored()
    assert {at: values[:4] for at, values in found.items()} == {
        at: values[:4] for at, values in expected.items()
    }
    assert {at: values[4] for at, values in found.items()} == pytest.approx(
        {at: values[4] for at, values in expected.items()}, rel=1e-12
    )


@pytest.fixture
def aapl() -> None:
    make_instrument("AAPL")
