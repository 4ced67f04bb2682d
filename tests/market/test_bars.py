from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import redis
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings
from structlog.testing import capture_logs

from market.bars import NewBar
from market.models import Bar
from market.queries import UnknownInstrument
from market.services.bars import (
    BarRefused,
    BarRevised,
    record_bars,
    record_history,
)
from market.shards import event_stream, shard_of
from tests.market.prices import DAY, FIRST_DAY, LATER, make_instrument, new_bar, new_bars

PRICES = st.floats(0.01, 1e6)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def aapl() -> None:
    make_instrument("AAPL")


@st.composite
def believable_bars(draw: st.DrawFn) -> list[NewBar]:
    days = draw(st.lists(st.integers(0, 40), min_size=1, max_size=12, unique=True))
    return [draw(believable_bar(day)) for day in days]


@st.composite
def believable_bar(draw: st.DrawFn, day: int) -> NewBar:
    low, opened, closed, high = sorted(draw(st.tuples(PRICES, PRICES, PRICES, PRICES)))
    volume = draw(st.floats(0, 1e12))
    return new_bar(day=day, open=opened, high=high, low=low, close=closed, volume=volume)


def stored() -> dict[object, tuple[float, ...]]:
    return {
        row.opened_at: (row.open, row.high, row.low, row.close, row.volume)
        for row in Bar.objects.all()
    }


@pytest.mark.parametrize("history", [False, True])
def test_recording_twice_is_recording_once(history: bool) -> None:
    def record(bars: list[NewBar]) -> int:
        return record_history(bars, now=LATER) if history else len(record_bars(bars, now=LATER))

    @hypothesis_settings(deadline=None, max_examples=40)
    @given(believable_bars(), st.data())
    def recorded_once(bars: list[NewBar], data: st.DataObject) -> None:
        again = data.draw(st.lists(st.sampled_from(bars)))
        with transaction.atomic():
            assert record([*bars, *again]) == len(bars)
            assert record(again) == 0
            assert record(bars) == 0

            assert stored() == {bar.opened_at: bar.values for bar in bars}
            transaction.set_rollback(True)

    recorded_once()


def test_only_what_is_new_is_returned() -> None:
    record_bars(new_bars([10, 11]), now=LATER)

    new = record_bars(new_bars([10, 11, 12]), now=LATER)

    assert [bar.close for bar in new] == [12]


@pytest.mark.parametrize("field", ["open", "high", "low", "close", "volume"])
def test_a_bar_sent_again_with_other_numbers_is_a_conflict(field: str) -> None:
    bar = new_bar(open=10.0, close=10.0, high=12.0, low=8.0)
    record_bars([bar], now=LATER)
    revised = replace(bar, **{field: getattr(bar, field) + 0.5})

    for again in (
        lambda: record_bars([new_bar(day=1), revised], now=LATER),
        lambda: record_history([new_bar(day=1), revised], now=LATER),
    ):
        with pytest.raises(BarRevised, match="AAPL 1d 2020-01-01") as caught, transaction.atomic():
            again()
        assert caught.value.details["bar_count"] == 1

    assert stored() == {bar.opened_at: bar.values}


def test_one_call_may_not_contradict_itself() -> None:
    with pytest.raises(BarRevised):
        record_bars([new_bar(close=10.0), new_bar(close=11.0)], now=LATER)

    assert stored() == {}


@pytest.mark.parametrize("record", [record_bars, record_history])
def test_one_bad_bar_refuses_them_all_and_names_its_row(record: object) -> None:
    assert callable(record)
    bars = [*new_bars([10, 11]), new_bar(day=2, high=9.0, volume=-1.0)]

    with pytest.raises(BarRefused, match=r"row 3 .AAPL 1d 2020-01-03") as caught:
        record(bars, now=LATER)

    assert caught.value.details["field"] == "bars.3.high"
    assert [problem["field"] for problem in caught.value.details["errors"]] == [
        "bars.3.high",
        "bars.3.volume",
    ]
    json.dumps(caught.value.details)
    assert stored() == {}


def test_a_bar_that_is_not_closed_yet_is_refused() -> None:
    with pytest.raises(BarRefused, match="record it when closed"):
        record_bars([new_bar()], now=FIRST_DAY + DAY - timedelta(seconds=1))

    assert record_bars([new_bar()], now=FIRST_DAY + DAY) == [new_bar()]


def test_an_unknown_instrument_is_refused() -> None:
    with pytest.raises(UnknownInstrument, match="there are AAPL"):
        record_bars([new_bar(), new_bar("TSLA")], now=LATER)

    assert stored() == {}


def test_no_bars_are_no_trouble() -> None:
    assert record_bars([], now=LATER) == []
    assert record_history([], now=LATER) == 0


@pytest.mark.parametrize(
    "change",
    [
        "high = 'NaN'",
        "high = 'Infinity'",
        "low = 'NaN'",
        "low = 0",
        "open = 'NaN'",
        "close = 'NaN'",
        "close = 1e9",
        "volume = 'NaN'",
        "volume = -1",
        "closes_at = opened_at",
    ],
)
def test_the_database_itself_refuses_an_impossible_bar(change: str) -> None:
    record_bars([new_bar()], now=LATER)

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE market_bar SET {change}")


def test_new_bars_are_announced_after_the_commit(
    redis_client: redis.Redis,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    stream = event_stream(shard_of("AAPL"))
    redis_client.delete(stream)
    record_history([new_bar(day=0)], now=LATER)

    with django_capture_on_commit_callbacks(execute=True):
        record_bars([new_bar(day=0), new_bar(day=1)], now=LATER)
        assert redis_client.xlen(stream) == 0

    events: Any = redis_client.xrange(stream)
    [event] = [fields for _, fields in events]
    assert {name.decode(): value.decode() for name, value in event.items()} == {
        "kind": "bar",
        "instrument_key": "AAPL",
        "timeframe": "1d",
        "opened_at": "2020-01-02T00:00:00+00:00",
        "closes_at": "2020-01-03T00:00:00+00:00",
    }


def test_bars_are_recorded_while_redis_is_away(
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    with capture_logs() as logs, django_capture_on_commit_callbacks(execute=True):
        record_bars([new_bar()], now=LATER)

    assert [entry["event"] for entry in logs] == ["events_not_announced"]
    assert len(stored()) == 1


def test_numbers_survive_the_database_to_the_last_bit() -> None:
    price = math.nextafter(0.1, 1)

    record_bars(
        [new_bar(open=price, high=price, low=price, close=price, volume=1e15 + 1)], now=LATER
    )

    assert stored() == {FIRST_DAY: (price, price, price, price, 1e15 + 1)}
