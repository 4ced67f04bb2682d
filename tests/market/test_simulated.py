"""The made-up feed: the same for the same seed, and no dirt of it reaches the bars."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from typing import Any

import pytest
from django.db import connections

from common.row_scope import PLATFORM, within
from market.feeds.simulated import Dirt, SimulatedFeed, with_dirt
from market.models import Bar, FormingBar, HeardTimeframe, Instrument, Tick, TickFeed, TickIdentity
from market.services.simulation import NoInstrumentKey, NotSimulated, prepare_simulated
from market.services.ticks import RecordedTicks, record_ticks
from market.ticks import NewTick
from tests.market.prices import make_instrument

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DIRTY = Dirt(duplicates=0.05, swaps=0.05)


def feed(*, seed: int = 7, dirt: Dirt | None = None, rate: float = 5.0) -> SimulatedFeed:
    return SimulatedFeed(
        instrument_keys=("SIM-A",),
        seed=seed,
        started_at=START,
        ticks_per_second=rate,
        dirt=dirt or Dirt(),
    )


def ticks_of(made: SimulatedFeed, count: int) -> list[NewTick]:
    return list(islice(made.ticks(), count))


def test_the_same_seed_makes_the_same_ticks_and_another_others() -> None:
    assert ticks_of(feed(dirt=DIRTY), 500) == ticks_of(feed(dirt=DIRTY), 500)
    assert ticks_of(feed(), 500) != ticks_of(feed(seed=8), 500)


def test_there_are_quotes_and_trades_and_the_price_stays_in_sight() -> None:
    ticks = ticks_of(feed(), 5000)

    trades = [tick.price for tick in ticks if tick.price is not None]
    assert 2000 < len(trades) < 3000
    assert all(tick.bid < tick.ask for tick in ticks if tick.bid and tick.ask)
    assert 50 < min(trades) < max(trades) < 200
    assert len({round(price, 2) for price in trades}) > 100


@pytest.mark.parametrize("name", ["duplicates", "swaps", "gaps"])
def test_as_much_dirt_is_mixed_in_as_was_asked_for(name: str) -> None:
    clean = ticks_of(feed(), 4000)

    dirty = list(with_dirt(clean, Dirt(**{name: 0.05}), seed=3))

    seen = Counter(tick.event_id for tick in dirty)
    places = [tick.sequence or 0 for tick in dirty]
    found = {
        "duplicates": sum(count - 1 for count in seen.values()),
        "swaps": sum(later < earlier for earlier, later in pairwise(places)),
        "gaps": len(clean) - len(seen),
    }
    assert 140 < found.pop(name) < 260
    assert set(found.values()) == {0}


def as_recorded(model: Any, *without: str) -> list[dict[str, Any]]:
    rows = model.objects.order_by("pk").values()
    return [{name: row[name] for name in row if name not in without} for row in rows]


@pytest.mark.django_db
def test_with_dirt_or_without_the_tables_are_the_same() -> None:
    prepare_simulated(["SIM-A"], now=START)
    clean = ticks_of(feed(), 1500)
    later = START + timedelta(hours=1)

    said = record_ticks(clean, now=later)
    expected = as_recorded(Tick, "remarks"), as_recorded(Bar, "known_at")
    Tick.objects.all().delete()
    for model in (Bar, *_states()):
        model.objects.all().delete()
    found = [
        record_ticks(batch, now=later)
        for batch in _batches(list(with_dirt(clean, DIRTY, seed=11)), 50)
    ]

    assert (said.accepted, said.remarked) == (1500, {})
    assert (as_recorded(Tick, "remarks"), as_recorded(Bar, "known_at")) == expected
    assert len(expected[1]) == 4
    assert sum(each.duplicates for each in found) > 40
    assert sum(each.remarked.get("out_of_order", 0) for each in found) > 40
    assert all(each.flagged == {} for each in found)


def _states() -> list[Any]:
    return [TickIdentity, TickFeed, FormingBar, HeardTimeframe]


def _batches(ticks: list[NewTick], size: int) -> list[list[NewTick]]:
    return [ticks[start : start + size] for start in range(0, len(ticks), size)]


@pytest.mark.django_db(transaction=True)
def test_of_twenty_copies_of_a_batch_at_once_one_counts() -> None:
    prepare_simulated(["SIM-A"], now=START)
    batch = ticks_of(feed(), 300)

    def record(_: int) -> RecordedTicks:
        try:
            with within(PLATFORM):
                return record_ticks(batch, now=START + timedelta(hours=1))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as threads:
        found = list(threads.map(record, range(20)))

    assert sorted((each.accepted, each.duplicates) for each in found) == [
        *[(0, 300)] * 19,
        (300, 0),
    ]
    assert Tick.objects.count() == 300


@pytest.mark.django_db
def test_no_made_up_price_reaches_a_real_instrument() -> None:
    make_instrument("AAPL")

    with pytest.raises(NotSimulated):
        prepare_simulated(["SIM-A", "AAPL"], now=START)
    with pytest.raises(NoInstrumentKey):
        prepare_simulated(["no key"], now=START)

    assert list(Instrument.objects.values_list("pk", flat=True)) == ["AAPL"]
