"""One consumer records at a time: what is taken over is in the same bars as if nobody had died."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import OperationalError, connection

from market import intake_stream
from market.intake_lead import LOCK_NAME
from market.intake_stream import AT_ONCE, GROUP, INTAKE_STREAM
from market.models import Tick
from tests.market.intake import (
    consumer,
    left,
    running_intake,
    send,
    take,
    take_until_empty,
    take_when_it_may,
)
from tests.market.killed import kill_at_call
from tests.market.prices import LATER
from tests.market.test_commands import wait_until
from tests.market.ticks import recorded

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("stream")]


def send_backlog(client: Any, seconds: int) -> None:
    begins_at = LATER - timedelta(hours=2)
    for number in range(seconds):
        at = begins_at + timedelta(seconds=number)
        send(client, instrument="AAPL", at=at.isoformat(), event_id=str(number), price="10")


def flagged() -> dict[str, list[str]]:
    return {name: flags for name, flags in recorded().items() if flags}


@contextmanager
def another_leads() -> Iterator[Any]:
    """Hold the lead over a connection of its own, as another process would."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [LOCK_NAME])
            yield cursor
    finally:
        other.close()


def test_a_consumer_stands_by_while_another_one_records(stream: redis.Redis) -> None:
    send_backlog(stream, 2)
    door = consumer(stream)

    with another_leads():
        assert (take(door), left(stream)) == (0, 2)
        assert stream.exists(INTAKE_STREAM)
        assert stream.xinfo_groups(INTAKE_STREAM) == [], "nothing is in its hands"

    assert take_when_it_may(door) == 2


def test_what_a_killed_consumer_had_is_recorded_before_what_came_after(
    stream: redis.Redis,
) -> None:
    send_backlog(stream, 2 * AT_ONCE)

    def work() -> None:
        take(consumer(redis.Redis.from_url(settings.REDIS_URL), "killed"))

    kill_at_call(intake_stream, "read_entry", 1, work)
    heir = consumer(stream, "heir")

    assert take_when_it_may(heir) == AT_ONCE
    assert take(heir) == AT_ONCE
    assert (len(recorded()), flagged()) == (2 * AT_ONCE, {})


def test_more_than_one_step_can_take_is_taken_over_first(stream: redis.Redis) -> None:
    send_backlog(stream, 2 * AT_ONCE + 1)
    stream.xgroup_create(INTAKE_STREAM, GROUP, id="0")
    for lost in ("one", "two"):
        stream.xreadgroup(GROUP, lost, {INTAKE_STREAM: ">"}, count=AT_ONCE)

    take_until_empty(consumer(stream, "heir"), stream)

    assert (len(recorded()), flagged()) == (2 * AT_ONCE + 1, {})


def test_entries_that_were_trimmed_in_hand_hold_up_nothing(stream: redis.Redis) -> None:
    send_backlog(stream, 3 * AT_ONCE)
    stream.xgroup_create(INTAKE_STREAM, GROUP, id="0")
    stream.xreadgroup(GROUP, "lost", {INTAKE_STREAM: ">"}, count=2 * AT_ONCE + 1)
    stream.xtrim(INTAKE_STREAM, maxlen=AT_ONCE, approximate=False)

    assert take(consumer(stream, "heir")) == 1
    assert take(consumer(stream, "heir")) == AT_ONCE - 1


def test_who_is_cut_off_from_the_database_stands_by_until_the_lead_is_free(
    stream: redis.Redis,
) -> None:
    door = consumer(stream)
    send_backlog(stream, 1)
    take(door)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [ours] = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [ours])
    other.close()
    send_backlog(stream, 3)

    with another_leads():
        with pytest.raises(OperationalError):
            take(door)
        connection.close()
        assert (take(door), left(stream)) == (0, 3)

    assert take_when_it_may(door) == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tcp_keepalives_idle", "10"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "2"),
    ],
)
def test_the_database_asks_after_a_machine_that_is_gone(name: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")

        assert cursor.fetchone() == (value,)


def test_two_processes_work_off_a_backlog_and_lose_no_tick_when_one_is_killed(
    stream: redis.Redis, tmp_path: Path
) -> None:
    count = 10 * AT_ONCE
    logs = [tmp_path / "one.log", tmp_path / "two.log"]
    with running_intake(logs[0]) as one, running_intake(logs[1]) as two:
        wait_until(lambda: any("intake_leads" in log.read_text() for log in logs), logs[0])
        leader = one if "intake_leads" in logs[0].read_text() else two
        send_backlog(stream, count)
        wait_until(lambda: Tick.objects.exists(), logs[0])
        leader.kill()
        wait_until(lambda: left(stream) == 0, logs[0])

    assert (len(recorded()), flagged()) == (count, {})
    assert all("intake_leads" in log.read_text() for log in logs)
