"""The tick of an instant, the forming bar and the closed one agree about what came last."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from market.known_ticks import forming_bar, tick_at
from market.models import Bar
from market.ticks import NewTick
from tests.market.prices import make_instrument
from tests.market.trades import OPENING, new_tick, store, take_in

pytestmark = pytest.mark.django_db

END = OPENING + timedelta(minutes=1)
FIRST, LAST = 1.0, 2.0
# Of each the second happened last.
PAIRS = {
    "the source's own count": ({"event_id": "b", "sequence": 1}, {"event_id": "a", "sequence": 2}),
    "a count before none": ({"event_id": "b"}, {"event_id": "a", "sequence": 0}),
    "names of which the shorter is earlier": ({"event_id": "9"}, {"event_id": "10"}),
    "names of one length": ({"event_id": "A"}, {"event_id": "a"}),
    "characters, not a language's order": ({"event_id": "B"}, {"event_id": "a"}),
    "sources": ({"source": "X", "sequence": 9}, {"source": "a", "sequence": 1}),
}


@pytest.mark.parametrize("said", PAIRS.values(), ids=list(PAIRS))
def test_of_ticks_of_one_instant_all_agree_which_was_the_last(
    said: tuple[dict[str, object], dict[str, object]],
) -> None:
    make_instrument("AAPL")
    pair = [new_tick(5, price, **fields) for price, fields in zip((FIRST, LAST), said, strict=True)]
    at = pair[0].at

    take_in([*pair[::-1], new_tick(62.5, 7.0)])

    last, forming = tick_at("AAPL", at), forming_bar("AAPL", "1m", at=at)
    closed = Bar.objects.get(timeframe="1m")
    assert last is not None
    assert forming is not None
    assert last.price == LAST
    assert (forming.open, forming.close) == (closed.open, closed.close) == (FIRST, LAST)


def test_a_bar_that_forms_ends_as_the_one_that_is_recorded() -> None:
    make_instrument("AAPL")
    chance = random.Random(3)
    ticks = [_tick(number, chance) for number in range(400)]
    chance.shuffle(ticks)

    take_in([*ticks, new_tick(70, 5.0)])

    closed = Bar.objects.get(timeframe="1m")
    for instant in {tick.at for tick in ticks}:
        forming, last = forming_bar("AAPL", "1m", at=instant), tick_at("AAPL", instant)
        assert forming is not None
        assert last is not None
        assert forming.close == last.price
    whole = forming_bar("AAPL", "1m", at=END - timedelta(microseconds=1))
    assert whole is not None
    assert (whole.open, whole.high, whole.low, whole.close) == closed_prices(closed)


def _tick(number: int, chance: random.Random) -> NewTick:
    return new_tick(
        chance.choice([1, 2, 30, 59]),
        float(number + 1),
        event_id=f"{chance.choice('aBcD')}{number}",
        source=chance.choice(["desk", "Floor", "é"]),
        sequence=chance.choice([None, chance.randrange(100)]),
    )


def closed_prices(bar: Bar) -> tuple[float, float, float, float]:
    return bar.open, bar.high, bar.low, bar.close


def test_without_a_tick_there_is_none_of_an_instant() -> None:
    make_instrument("AAPL")
    store([new_tick(5)], now=END)

    assert tick_at("AAPL", OPENING) is None
