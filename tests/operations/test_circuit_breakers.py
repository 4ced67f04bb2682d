"""What processes know of breakers together, and each alone when Redis is away."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest
import redis
from django.conf import settings as django_settings

from common import breaker_board
from common.breaker_board import Board
from common.breaker_rule import BreakerLimits, State
from common.circuit_breakers import Breaker, BreakerOpen, breaker, states
from common.errors import Forbidden, Unavailable
from tests.streams.servers import own_redis

ROOT = Path(__file__).parents[2]
QUICK = BreakerLimits(open_seconds=0.3)


class Down(Unavailable):
    """It is down."""


def answer() -> str:
    return "well"


def fail() -> str:
    raise Down(reason="it burns")


def refuse() -> str:
    raise Forbidden()


@pytest.fixture
def name(redis_client: redis.Redis) -> str:
    return f"other {uuid.uuid4().hex[:8]}"


def process(name: str, limits: BreakerLimits = QUICK) -> Breaker:
    """Return a breaker as another process would have it: with a view of its own."""
    client = redis.Redis.from_url(django_settings.REDIS_URL, decode_responses=True)
    return Breaker(name, limits=limits, board=Board(lambda: client))


def fails(one: Breaker, times: int) -> None:
    for _ in range(times):
        with pytest.raises(Down):
            one.call(fail)


def wait_until_half_open(one: Breaker) -> None:
    deadline = time.monotonic() + 5
    while one.state is State.OPEN and time.monotonic() < deadline:
        time.sleep(0.01)
    assert one.state is State.HALF_OPEN


def test_what_one_process_finds_failing_no_other_asks(name: str) -> None:
    first, second = process(name), process(name)
    fails(first, 5)

    with pytest.raises(BreakerOpen) as refused:
        second.call(answer)

    assert refused.value.code == "breaker_open"
    assert refused.value.details == {"system": name, "retry_after_seconds": 1}


def test_failures_of_all_processes_make_one_row(name: str) -> None:
    processes = [process(name) for _ in range(5)]
    for one in processes[:4]:
        fails(one, 1)
    assert processes[4].state is State.CLOSED

    fails(processes[4], 1)

    assert [one.state for one in processes] == [State.OPEN] * 5


def test_a_success_in_between_begins_the_row_anew(name: str) -> None:
    first, second = process(name), process(name)
    fails(first, 4)
    assert second.call(answer) == "well"

    fails(first, 4)

    assert first.state is State.CLOSED


def test_refusals_of_the_other_system_open_nothing(name: str) -> None:
    one = process(name)
    for _ in range(20):
        with pytest.raises(Forbidden):
            one.call(refuse)

    assert one.state is State.CLOSED


def test_three_probes_of_whichever_processes_close_it_for_all(name: str) -> None:
    first, second = process(name), process(name)
    fails(first, 5)
    wait_until_half_open(first)

    for one in (first, second, second):
        assert one.call(answer) == "well"

    assert (first.state, second.state) == (State.CLOSED, State.CLOSED)
    fails(first, 4)
    assert first.state is State.CLOSED


def test_no_more_than_three_probes_of_all_processes_are_under_way(name: str) -> None:
    first, second = process(name), process(name, QUICK)
    fails(first, 5)
    wait_until_half_open(first)

    with first.guarding(), second.guarding(), first.guarding(), pytest.raises(BreakerOpen):
        second.call(answer)

    assert second.state is State.CLOSED


def test_a_failing_probe_opens_it_for_all(name: str) -> None:
    first, second = process(name), process(name)
    fails(first, 5)
    wait_until_half_open(second)

    fails(second, 1)

    assert first.state is State.OPEN


def test_everybody_can_see_how_it_stands(name: str) -> None:
    fails(breaker(name), 5)

    [found] = [state for state in states() if state.name == name]

    assert (found.state, found.failures, found.openings) == (State.OPEN, 5, 1)
    assert found.last_error == "Down: It is down."
    assert found.since is not None
    assert found.last_failed_at is not None
    assert found.who


def test_another_interpreter_sees_it(name: str) -> None:
    fails(breaker(name), 5)
    code = f"""
import django, json; django.setup()
from common.circuit_breakers import BreakerOpen, breaker
try:
    breaker({name!r}).call(print)
except BreakerOpen as error:
    print(json.dumps(error.details))
"""

    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert json.loads(ran.stdout)["system"] == name


def test_without_redis_each_process_decides_alone_and_later_all_together() -> None:
    ticks = iter(range(0, 100000, 10))  # longer than a Redis is left alone that was away
    with own_redis() as server, server.client() as client:
        board = Board(lambda: client, clock=lambda: float(next(ticks)))
        one = Breaker("other", board=board)
        server.kill()
        fails(one, 5)
        with pytest.raises(BreakerOpen):
            one.call(answer)

        server.start()

        assert one.call(answer) == "well"  # nobody else has seen it fail
        assert one.state is State.CLOSED


def test_a_redis_that_is_away_is_left_alone_for_a_while() -> None:
    asked = []

    def connect() -> redis.Redis:
        asked.append(1)
        raise redis.ConnectionError("away")

    one = Breaker("other", board=Board(connect, clock=lambda: 7.0))
    for _ in range(10):
        one.call(answer)

    assert len(asked) == 1


def test_an_operator_sees_this_process_only_when_redis_does_not_say(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect() -> redis.Redis:
        raise redis.ConnectionError("away")

    monkeypatch.setattr(breaker_board, "shared", Board(connect))
    fails(breaker(name), 5)

    [found] = [state for state in states() if state.name == name]

    assert (found.state, found.shared, found.failures) == (State.OPEN, False, 5)
