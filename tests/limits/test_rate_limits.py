"""Counting: exact among many at once, shared by processes, and never nothing at all."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.conf import settings

from common import door_counts
from common.rate_limits import RETRY_SECONDS, Counting, Limit
from tests.clocks import StillClock
from tests.streams.servers import OwnRedis, own_redis

TEN = Limit("tests", 10)
NOWHERE = "redis://127.0.0.1:1/0"


@pytest.fixture
def shared(redis_client: redis.Redis) -> Counting:
    return Counting(settings.REDIS_URL)


@pytest.fixture(scope="module")
def mortal_redis() -> Iterator[OwnRedis]:
    with own_redis() as server:
        yield server


def test_of_fifty_at_once_exactly_as_many_pass_as_the_limit_says(shared: Counting) -> None:
    with ThreadPoolExecutor(25) as threads:
        verdicts = list(threads.map(lambda _: shared.take(TEN, "ada"), range(50)))

    assert sum(verdict.allowed for verdict in verdicts) == 10


def test_processes_count_together_and_subjects_apart(
    shared: Counting, redis_client: redis.Redis
) -> None:
    other_process = Counting(settings.REDIS_URL)
    for _ in range(5):
        shared.take(TEN, "ada")
        other_process.take(TEN, "ada")

    refused = shared.take(TEN, "ada")

    assert (refused.allowed, refused.remaining) == (False, 0)
    assert 0 < refused.reset_seconds <= 60
    assert refused.details()["retry_after_seconds"] == refused.reset_seconds
    assert shared.take(TEN, "rita").remaining == 9


def test_looking_counts_nothing(shared: Counting) -> None:
    shared.take(TEN, "ada", cost=4)

    assert [shared.look(TEN, "ada").remaining for _ in range(3)] == [6, 6, 6]


def test_a_limit_of_nothing_lets_nobody_pass(shared: Counting) -> None:
    nothing = Limit("tests", 0)

    assert not shared.take(nothing, "ada").allowed
    assert not shared.look(nothing, "ada").allowed


def test_a_window_moves_on() -> None:
    one_a_second = Limit("tests", 1, 1)
    counting = Counting(NOWHERE)

    first, second = (counting.take(one_a_second, "ada").allowed for _ in range(2))

    assert (first, second) == (True, False)
    assert counting.look(one_a_second, "ada").reset_seconds == 1


def test_without_redis_each_process_goes_on_counting_at_the_same_rate() -> None:
    before = door_counts.current().get(("limits_counted_alone", ""), 0)
    counting = Counting(NOWHERE)

    verdicts = [counting.take(TEN, "ada").allowed for _ in range(15)]

    assert verdicts == [True] * 10 + [False] * 5
    assert counting.is_alone
    assert door_counts.current()["limits_counted_alone", ""] == before + 15


def test_a_redis_that_comes_back_is_counted_on_again(mortal_redis: OwnRedis) -> None:
    clock = StillClock()
    counting = Counting(mortal_redis.url, clock=clock)
    counting.take(TEN, "ada")
    mortal_redis.kill()
    counting.take(TEN, "ada")
    was_alone = counting.is_alone
    mortal_redis.start()

    still_alone = counting.take(TEN, "ada") and counting.is_alone
    clock.now += RETRY_SECONDS
    verdict = counting.take(TEN, "ada")

    assert (was_alone, still_alone, counting.is_alone) == (True, True, False)
    assert verdict.remaining == 9
