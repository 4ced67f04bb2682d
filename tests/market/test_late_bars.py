"""A bar that comes after later ones of its timeframe is known from when it came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from market.bars import NewBar
from market.models import Bar, BarRevision, HeardTimeframe
from market.queries import bars_between
from market.services.bars import record_bars, record_history
from market.services.keeping import keep_timeframe
from tests.market.prices import DAY, FIRST_DAY, LATER, make_instrument, new_bar

pytestmark = pytest.mark.django_db

FIVE_MINUTES = timedelta(minutes=5)
OPENING = FIRST_DAY + timedelta(days=1, hours=14.5)  # of the first session of 2020


def five_minutes(number: int) -> NewBar:
    return new_bar(timeframe="5m", opened_at=OPENING + number * FIVE_MINUTES)


def hour(number: int) -> NewBar:
    return new_bar(timeframe="1h", opened_at=OPENING + timedelta(hours=number))


def day(number: int) -> NewBar:
    return new_bar(day=number)


SENT = pytest.mark.parametrize("bar", [day, five_minutes, hour], ids=["1d", "5m", "1h"])


def known_at(bar: NewBar) -> datetime | None:
    return Bar.objects.get(timeframe=bar.timeframe, opened_at=bar.opened_at).known_at


def opened_as_of(as_of: datetime, bar: NewBar) -> int:
    return len(bars_between("AAPL", bar.timeframe, as_of=as_of, limit=99))


@SENT
def test_reads_as_of_before_a_late_bar_came_do_not_change(bar: Callable[[int], NewBar]) -> None:
    make_instrument()
    for number in (0, 1, 3):
        record_bars([bar(number)], now=bar(number).closes_at)
    came_at = bar(3).closes_at + timedelta(seconds=40)
    before = came_at - timedelta(seconds=1)
    read_before = opened_as_of(before, bar(0))

    record_bars([bar(2)], now=came_at)

    assert known_at(bar(2)) == came_at
    assert (read_before, opened_as_of(before, bar(0))) == (3, 3)
    assert opened_as_of(came_at, bar(0)) == 4


def test_what_is_late_in_a_recording_is_late_in_its_time() -> None:
    make_instrument()
    record_bars([day(0), day(2)], now=LATER)

    record_bars([day(1), day(3)], now=LATER + timedelta(minutes=5))

    assert known_at(day(1)) == day(2).closes_at + timedelta(minutes=5)
    assert [known_at(day(number)) for number in (0, 2, 3)] == [None] * 3


def test_bars_of_one_call_and_bars_sent_again_are_not_late() -> None:
    make_instrument()
    record_bars([day(2), day(0), day(1)], now=LATER)
    record_bars([day(0)], now=LATER)

    assert [known_at(day(number)) for number in (0, 1, 2)] == [None] * 3


def test_timeframes_and_instruments_are_late_each_by_itself() -> None:
    make_instrument()
    make_instrument("IBM")
    record_bars([day(5)], now=LATER)

    record_bars([five_minutes(0), new_bar("IBM")], now=LATER)

    assert known_at(five_minutes(0)) is None
    assert Bar.objects.get(instrument_key="IBM").known_at is None


def test_history_was_known_when_it_closed_and_makes_nothing_late() -> None:
    make_instrument()
    record_bars([day(2)], now=day(2).closes_at)
    record_history([day(1), day(9)], now=LATER)

    record_bars([day(3)], now=LATER)

    assert [known_at(day(number)) for number in (1, 3, 9)] == [None] * 3


def test_longer_bars_that_hold_a_late_one_are_known_with_it() -> None:
    make_instrument()
    for number in (0, 2, 3):
        record_bars([day(number)], now=day(number).closes_at)
    keep_timeframe("AAPL", "2d", now=day(3).closes_at)
    record_bars([day(5)], now=day(5).closes_at)
    came_at = day(5).closes_at + timedelta(hours=3)

    record_bars([day(4)], now=came_at)

    assert known_at(day(4)) == came_at
    longer = Bar.objects.filter(timeframe="2d", opened_at__lte=day(4).opened_at)
    of_it = longer.latest("opened_at")
    assert of_it.missing == 0
    assert of_it.known_at == came_at
    assert BarRevision.objects.get().superseded_at == came_at


def test_an_installation_that_is_brought_up_to_date_knows_how_far_its_bars_have_come() -> None:
    make_instrument()
    make_instrument("IBM")
    record_bars([day(0), day(1), five_minutes(3), new_bar("IBM", day=4)], now=LATER)
    HeardTimeframe.objects.all().delete()

    with connection.cursor() as cursor:
        cursor.execute(import_module("market.migrations.0009_fill_heard_timeframe").FORWARD)

    assert set(HeardTimeframe.objects.values_list("pk", "opened_at", "heard_until")) == {
        (("AAPL", "1d"), day(1).opened_at, day(1).closes_at),
        (("AAPL", "5m"), five_minutes(3).opened_at, five_minutes(3).closes_at),
        (("IBM", "1d"), day(4).opened_at, day(4).closes_at),
    }


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_first", [True, False])
def test_of_two_recorders_at_once_the_second_to_commit_is_late(*, is_first: bool) -> None:
    make_instrument()
    if not is_first:
        record_bars([day(0)], now=day(0).closes_at)
    has_recorded, may_commit = Event(), Event()
    first = Thread(target=partial(_record_and_wait, day(2), has_recorded, may_commit))
    second = Thread(target=partial(_record, day(1)))
    first.start()
    assert has_recorded.wait(10)
    second.start()
    second.join(0.3)
    assert second.is_alive()

    may_commit.set()
    first.join(10)
    second.join(10)

    assert known_at(day(1)) == day(2).closes_at + DAY
    assert known_at(day(2)) is None


def _record_and_wait(bar: NewBar, has_recorded: Event, may_commit: Event) -> None:
    try:
        with transaction.atomic():
            record_bars([bar], now=bar.closes_at)
            has_recorded.set()
            may_commit.wait(10)
    finally:
        connection.close()


def _record(bar: NewBar) -> None:
    try:
        record_bars([bar], now=bar.closes_at + 2 * DAY)
    finally:
        connection.close()
