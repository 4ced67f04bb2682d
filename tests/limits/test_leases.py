"""Leases: few questions for what happens often, and still never more than the limit."""

from __future__ import annotations

import asyncio

import pytest
from pytest_django import Settings

from common import rate_limits
from common.errors import RateLimited
from common.rate_leases import GOOD_FOR_SECONDS, Leases
from common.rate_limits import Limit, Verdict
from ingest import rates
from tests.clocks import StillClock

OFTEN = Limit("tests", 10_000)
SELDOM = Limit("tests", 3)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, limits_on: None) -> list[int]:
    costs: list[int] = []
    really = rate_limits.take

    def noted(limit: Limit, subject: str, *, cost: int = 1) -> Verdict:
        costs.append(cost)
        return really(limit, subject, cost=cost)

    monkeypatch.setattr(rate_limits, "take", noted)
    return costs


def test_a_wide_limit_is_asked_for_a_thousandth_at_a_time(asked: list[int]) -> None:
    leases = Leases()

    assert all(leases.take(OFTEN, "feed").allowed for _ in range(25))
    assert asked == [10, 10, 10]


def test_a_narrow_limit_is_counted_one_by_one(asked: list[int]) -> None:
    leases = Leases()

    assert [leases.take(SELDOM, "feed").allowed for _ in range(4)] == [True, True, True, False]
    assert asked == [1, 1, 1, 1]


def test_two_processes_never_spend_more_than_the_limit(limits_on: None) -> None:
    limit = Limit("tests", 2_005)
    processes = [Leases(), Leases()]

    passed = sum(one.take(limit, "feed").allowed for _ in range(1_010) for one in processes)

    assert 2_003 <= passed <= 2_005  # what one held and could not spend is all that is missing


def test_what_was_not_spent_in_time_is_lost(asked: list[int]) -> None:
    clock = StillClock()
    leases = Leases(clock=clock)
    leases.take(OFTEN, "feed")

    clock.now += GOOD_FOR_SECONDS + 0.1
    leases.take(OFTEN, "feed")

    assert asked == [10, 10]


def test_a_producer_beyond_its_minute_is_told_when_to_go_on(
    limits_on: None, settings: Settings
) -> None:
    settings.PRODUCER_SIGNALS_PER_MINUTE = 2
    rates.require_room("feed-a")
    asyncio.run(rates.require_room_async("feed-a"))

    with pytest.raises(rates.TooManySignals) as refused:
        asyncio.run(rates.require_room_async("feed-a"))
    rates.require_room("feed-b")

    assert isinstance(refused.value, RateLimited)
    assert 1 <= refused.value.details["retry_after_seconds"] <= 60
