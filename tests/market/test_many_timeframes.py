"""However many timeframes of an instrument are kept, a bar that ends none costs what one costs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from market.bars import NewBar
from market.models import Bar, KeptTimeframe
from market.services.bars import record_bars
from market.services.keeping import keep_timeframe
from tests.market.oracle import make_coin
from tests.market.test_derived import START

pytestmark = pytest.mark.django_db


def comes(minute: int) -> datetime:
    """Record the bar of a minute, and return when it closed."""
    bar = NewBar(
        instrument_key="BTC",
        timeframe="1m",
        opened_at=START + timedelta(minutes=minute),
        open=1.0,
        high=2.0,
        low=1.0,
        close=2.0,
        volume=1.0,
    )
    record_bars([bar], now=bar.closes_at)
    return bar.closes_at


def keep(minutes: Iterable[int], *, now: datetime) -> None:
    for length in minutes:
        keep_timeframe("BTC", f"{length}m", now=now)


def test_a_bar_that_ends_none_of_them_is_recorded_with_as_many_statements_for_many_as_for_few() -> (
    None
):
    make_coin("BTC")
    counts = []
    for first, lengths in ((0, (10, 20)), (3, range(30, 300, 10))):
        comes(first)
        keep(lengths, now=comes(first + 1))
        with CaptureQueriesContext(connection) as captured:
            closed_at = comes(first + 2)
        counts.append(len(captured))

    assert counts[0] == counts[1]
    heard = KeptTimeframe.objects.filter(source="1m").values_list("heard_until", "heard_at")
    assert set(heard) == {(closed_at, closed_at)}
    for minute in range(6, 11):
        comes(minute)
    [made] = Bar.objects.filter(timeframe="10m")
    assert (made.opened_at, made.volume) == (START, 10.0)
