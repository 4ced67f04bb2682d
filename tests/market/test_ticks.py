"""Ticks are recorded once each, judged, and kept whatever is wrong with them."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from pytest_django import DjangoCaptureOnCommitCallbacks

from market.models import Bar, Tick, TickCount, TickFeed
from market.queries import UnknownInstrument
from market.services.bars import record_bars
from market.services.ticks import RecordedTicks, TickRefused, record_ticks
from market.shards import event_stream, shard_of
from market.ticks import NewTick
from tests.market.prices import LATER, make_instrument, new_bar
from tests.market.ticks import new_tick, recorded

pytestmark = pytest.mark.django_db

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _instrument() -> None:
    make_instrument("AAPL")


def record(*ticks: NewTick) -> RecordedTicks:
    return record_ticks(ticks, now=LATER)


def test_a_tick_is_kept_as_it_was_sent() -> None:
    said = record(new_tick(1, price=10.5, size=3.0, bid=10.0, ask=11.0, sequence=7))

    tick = Tick.objects.get()
    assert said.accepted == 1
    assert (tick.price, tick.size, tick.bid, tick.ask, tick.sequence) == (10.5, 3.0, 10.0, 11.0, 7)
    assert (tick.flags, tick.remarks, tick.received_at) == ([], [], LATER)


def test_a_tick_sent_again_is_counted_and_left() -> None:
    record(new_tick(1, price=10.0))

    said = record(new_tick(1, price=10.0), new_tick(2, price=10.0), new_tick(2, price=10.0))

    assert (said.accepted, said.duplicates, said.flagged) == (1, 2, {})
    assert Tick.objects.count() == 2


@pytest.mark.parametrize(
    "changed", [{"price": 10.1}, {"at": LATER - 59 * SECOND}, {"size": 2.0}], ids=str
)
def test_a_tick_sent_again_otherwise_is_kept_apart_and_counts_for_nothing(
    changed: dict[str, Any],
) -> None:
    first = new_tick(1, price=10.0, size=1.0)
    record(first)

    said = record(replace(first, **changed))
    again = record(replace(first, **changed))

    assert (said.accepted, said.flagged) == (0, {"changed": 1})
    assert again.duplicates == 1
    kept = {tuple(tick.flags): tick for tick in Tick.objects.all()}
    assert kept[()].price == 10.0
    assert kept["changed",].event_id.startswith("1~")


def test_a_change_inside_one_call_is_seen_as_well() -> None:
    said = record(new_tick(1, price=10.0), new_tick(1, price=11.0), new_tick(1, price=11.0))

    assert (said.accepted, said.duplicates, said.flagged) == (1, 1, {"changed": 1})


@pytest.mark.parametrize(
    ("fields", "flags"),
    [
        ({"price": None, "bid": 10.2, "ask": 10.1}, ["crossed"]),
        ({"price": None, "bid": 10.1, "ask": 10.1}, []),
        ({"price": 0.0}, ["impossible"]),
        ({"price": -1.0}, ["impossible"]),
        ({"price": math.nan}, ["impossible"]),
        ({"price": math.inf}, ["impossible"]),
        ({"price": None, "bid": 0.0}, ["impossible"]),
        ({"price": None, "ask": -0.1}, ["impossible"]),
        ({"size": -1.0}, ["impossible"]),
        ({"size": math.nan}, ["impossible"]),
        ({"size": 0.0}, []),
        ({"price": 20.0}, []),
        ({"price": 20.1}, ["outlier"]),
        ({"price": 5.0}, []),
        ({"price": 4.9}, ["outlier"]),
        ({"price": None, "bid": 10.0, "ask": 100.0}, ["outlier"]),
        ({"at": LATER + 5 * SECOND}, []),
        ({"at": LATER + 6 * SECOND}, ["future"]),
        ({"at": LATER + 6 * SECOND, "price": -1.0}, ["future", "impossible"]),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_tick_is_flagged_and_the_tick_kept(
    fields: dict[str, Any], flags: list[str]
) -> None:
    record(new_tick(1, at=LATER - 10 * SECOND, price=10.0))

    said = record(new_tick(2, **{"at": LATER - 5 * SECOND, **fields}))

    assert list(said.findings[0].flags) == flags
    assert Tick.objects.get(event_id="2").flags == flags


def test_the_last_good_price_is_the_measure_not_the_last_one() -> None:
    record(new_tick(1, price=10.0), new_tick(2, price=1000.0), new_tick(3, price=10.1))

    assert recorded() == {"1": [], "2": ["outlier"], "3": []}


def test_a_price_that_stays_elsewhere_is_believed_in_the_end() -> None:
    believed = settings.TICK_OUTLIERS_BELIEVED
    record(new_tick(0, price=100.0))

    said = record(*(new_tick(n, price=10.0 + n / 100) for n in range(1, believed + 3)))

    assert said.flagged == {"outlier": believed - 1}
    assert [finding.counts for finding in said.findings[-3:]] == [True, True, True]


def test_a_tick_overtaken_within_its_open_bar_counts_and_is_remarked_upon() -> None:
    said = record(new_tick(1, at=LATER - 20 * SECOND), new_tick(2, at=LATER - 21 * SECOND))

    assert (said.accepted, said.remarked) == (2, {"out_of_order": 1})
    assert Tick.objects.get(event_id="2").remarks == ["out_of_order"]


def test_another_source_is_not_out_of_order() -> None:
    record(new_tick(1, at=LATER - 20 * SECOND))

    said = record(new_tick(2, at=LATER - 21 * SECOND, source="other"))

    assert said.remarked == {}


@pytest.mark.parametrize(("after", "flagged"), [(1.9, {}), (2.0, {"late": 1})])
def test_a_bar_waits_a_little_for_ticks_that_were_overtaken(
    after: float, flagged: dict[str, int]
) -> None:
    minute = LATER - timedelta(minutes=1)
    record(new_tick(1, at=minute + after * SECOND))

    said = record(new_tick(2, at=minute - 0.1 * SECOND))

    assert said.flagged == flagged


def test_a_tick_of_a_bar_that_is_recorded_is_late() -> None:
    minute = LATER - timedelta(minutes=1)
    record_bars([new_bar(timeframe="1m", opened_at=minute)], now=LATER)

    said = record(new_tick(1, at=LATER - SECOND), new_tick(2, at=LATER))

    assert [list(finding.flags) for finding in said.findings] == [["late"], []]
    assert Bar.objects.count() == 1


def test_a_jump_of_the_sources_own_numbers_is_remarked_upon() -> None:
    said = record(
        *(new_tick(n, sequence=sequence) for n, sequence in enumerate((1, 2, 5, 4, 6, None, 7)))
    )

    assert [list(finding.remarks) for finding in said.findings] == [
        [], [], ["gap"], [], [], [], [],
    ]  # fmt: skip
    assert TickFeed.objects.get().sequence == 7


def test_what_was_found_is_counted_by_source_instrument_and_day() -> None:
    record(new_tick(1), new_tick(1), new_tick(2, price=-1.0), new_tick(3, source="other"))
    record(new_tick(1), new_tick(4, price=10.0))

    counts = {(row.source, row.finding): row.count for row in TickCount.objects.all()}
    assert counts == {
        ("test", "accepted"): 2,
        ("test", "duplicate"): 2,
        ("test", "impossible"): 1,
        ("other", "accepted"): 1,
    }
    assert TickCount.objects.filter(day=date(2026, 1, 5)).count() == 4


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"at": (LATER).replace(tzinfo=None)}, "at"),
        ({"at": LATER.replace(year=2300)}, "at"),
        ({"source": "Upper case"}, "source"),
        ({"event_id": ""}, "event_id"),
        ({"event_id": "x" * 65}, "event_id"),
        ({"event_id": "a\x00b"}, "event_id"),
        ({"event_id": "1~ab"}, "event_id"),
        ({"price": None}, "price"),
        ({"sequence": -1}, "sequence"),
        ({"sequence": 2**63}, "sequence"),
    ],
    ids=str,
)
def test_what_cannot_be_kept_refuses_the_call_and_names_row_and_field(
    fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(TickRefused) as refused:
        record(new_tick(1), replace(new_tick(2), **fields))

    assert refused.value.details["field"] == f"ticks.2.{field}"
    assert not Tick.objects.exists()


def test_an_unknown_instrument_refuses_the_call() -> None:
    with pytest.raises(UnknownInstrument, match="NOPE"):
        record(new_tick(1), new_tick(2, instrument_key="NOPE"))

    assert not Tick.objects.exists()


def test_ticks_that_count_are_announced_after_commit(
    redis_client: redis.Redis,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    stream = event_stream(shard_of("AAPL"))
    redis_client.delete(stream)

    with django_capture_on_commit_callbacks(execute=True):
        record(new_tick(1), new_tick(2, price=-1.0))

    events: Any = redis_client.xrange(stream)
    assert [(fields[b"kind"], fields[b"count"]) for _, fields in events] == [(b"ticks", b"1")]
