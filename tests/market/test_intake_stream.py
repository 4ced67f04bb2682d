"""The door for feeds that speak Redis: everything once, whoever dies, and no entry in the way."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import OperationalError, connection
from pytest_django import Settings
from structlog.testing import capture_logs

from accounts.models import User
from execution.models import DeadLetter, DeadLetterKind, Resolution
from execution.services import dead_letters
from execution.services.dead_letter_decisions import (
    EventNotSent,
    NotKeptWhole,
    discard_dead_letter,
    retry_dead_letter,
)
from execution.services.dead_letters import bury_entry
from market import intake_stream
from market.intake_stream import DELIVERIES_MAX, GROUP, INTAKE_STREAM, IntakeStream, depth
from market.models import Bar, Tick
from tests.market.intake import (
    GOOD,
    consumer,
    left,
    running_intake,
    send,
    take,
    take_until_empty,
    take_when_it_may,
)
from tests.market.killed import kill_at_call
from tests.market.prices import LATER, make_instrument
from tests.market.test_commands import wait_until
from tests.market.ticks import recorded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("stream", "platform_house")]

BAR: dict[str, Any] = {
    "instrument": "AAPL",
    "timeframe": "1m",
    "opened_at": (LATER - timedelta(minutes=5)).isoformat(),
    "open": 10,
    "high": 11,
    "low": 9,
    "close": 10.5,
    "volume": 100,
}


def dead() -> list[str]:
    return list(DeadLetter.objects.order_by("pk").values_list("reason", flat=True))


def test_entries_are_recorded_and_gone(stream: redis.Redis) -> None:
    send(stream, **GOOD, event_id="1")
    send(stream, ticks=json.dumps([{**GOOD, "event_id": str(n), "price": 11} for n in (2, 3)]))
    send(stream, ticks=json.dumps({**GOOD, "event_id": "4", "price": 10}))
    send(stream, bars=json.dumps(BAR))

    assert take(consumer(stream)) == 4

    assert recorded() == {"1": [], "2": [], "3": [], "4": []}
    assert Tick.objects.get(event_id="1").source == "stream"
    assert Bar.objects.get().high == 11
    assert (left(stream), dead()) == (0, [])
    assert take(consumer(stream)) == 0


def test_poisoned_entries_go_to_the_dead_letters_with_their_reasons(stream: redis.Redis) -> None:
    send(stream, **GOOD, event_id="1")
    send(stream, **{**GOOD, "at": "soon"}, event_id="2")
    send(stream, **{**GOOD, "instrument": "NOPE"}, event_id="3")
    send(stream, ticks="{")
    send(stream, ticks="[" * 100_000)
    send(stream, bars=json.dumps({**BAR, "high": 1}))
    send(stream, ticks="[]", more="1")
    stream.xadd(INTAKE_STREAM, {b"instrument": b"\xff"})
    send(stream, **GOOD, event_id="4")

    take(consumer(stream))

    assert recorded() == {"1": [], "4": []}
    reasons = sorted(dead())
    assert len(reasons) == 7
    for expected in (
        "at is no instant",
        "unknown_instrument",
        "ticks is no JSON",
        "high is",
        "UTF",
    ):
        assert any(expected in reason for reason in reasons), (expected, reasons)
    assert left(stream) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["a\0b", "a\ud800b", "a\u202eb", "a\nb"])
def test_a_field_whose_name_no_table_takes_holds_up_nothing(stream: redis.Redis, name: str) -> None:
    send(stream, ticks=json.dumps({**GOOD, "event_id": "1", name * 9_000: 1}))
    send(stream, **GOOD, event_id="2")

    assert take(consumer(stream)) == 2

    [reason] = dead()
    assert reason.startswith("row 1: " + "a\N{REPLACEMENT CHARACTER}b" * 13 + "a is no field;")
    assert (recorded(), left(stream)) == ({"2": []}, 0)


def test_an_entry_that_cannot_be_kept_is_put_aside_without_its_contents(
    stream: redis.Redis,
) -> None:
    def bury(entry_id: str, fields: Mapping[bytes, bytes], *, reason: str, now: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT %s", ["".join(str(value) + "\0" for value in fields)])
        bury_entry(entry_id, fields, reason=reason, now=now)

    send(stream, ticks="{")

    take(IntakeStream(stream, consumer="one", bury=bury, block_ms=1))

    assert (dead(), left(stream)) == ([intake_stream.NOT_KEPT], 0)


def test_an_entry_of_several_rows_is_put_aside_as_a_whole_and_says_which_is_wrong(
    stream: redis.Redis,
) -> None:
    rows = [{**GOOD, "event_id": str(number), "price": 10} for number in range(3)]
    rows[1]["at"] = "soon"
    send(stream, ticks=json.dumps(rows))

    take(consumer(stream))

    [reason] = dead()
    assert "row 2: at is no instant" in reason
    assert Tick.objects.count() == 0


def test_an_entry_sent_twice_counts_once(stream: redis.Redis) -> None:
    for _ in range(2):
        send(stream, **GOOD, event_id="1")

    assert take(consumer(stream)) == 2
    assert (Tick.objects.count(), left(stream), dead()) == (1, 0, [])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("at", ["read_entry", "_record"])
def test_what_a_killed_consumer_had_is_taken_over_and_counts_once(
    stream: redis.Redis, at: str
) -> None:
    for number in range(5):
        send(stream, **GOOD, event_id=str(number))

    def work() -> None:
        client = redis.Redis.from_url(settings.REDIS_URL)
        take(consumer(client, "killed"))

    kill_at_call(intake_stream, at, 1, work)
    assert Tick.objects.count() == (5 if at == "_record" else 0)

    assert take_when_it_may(consumer(stream, "heir")) == 5

    assert sorted(recorded()) == ["0", "1", "2", "3", "4"]
    assert (left(stream), dead()) == (0, [])


def test_an_entry_that_kills_its_consumers_is_buried(stream: redis.Redis) -> None:
    send(stream, **GOOD, event_id="1")
    take(consumer(stream, "first"))
    send(stream, **GOOD, event_id="2")
    stream.xreadgroup(GROUP, "killed", {INTAKE_STREAM: ">"})
    for _ in range(DELIVERIES_MAX - 1):
        stream.xclaim(INTAKE_STREAM, GROUP, "killed", 0, [_only_id(stream)])

    assert take(consumer(stream, "heir")) == 0

    assert dead() == [f"its consumers were lost {DELIVERIES_MAX} times"]
    assert (left(stream), recorded()) == (0, {"1": []})


@pytest.mark.django_db(transaction=True)
def test_the_neighbours_of_an_entry_that_kills_its_consumers_are_recorded(
    stream: redis.Redis,
) -> None:
    for number in range(3):
        send(stream, **GOOD, event_id=str(number))

    def work() -> None:
        door = consumer(redis.Redis.from_url(settings.REDIS_URL), "killed")
        while take_when_it_may(door):
            pass

    # The second entry is read second of three together, and then, by itself, after the first.
    for call in (2, 2, 2, *[1] * (DELIVERIES_MAX - 3)):
        kill_at_call(intake_stream, "read_entry", call, work)
    heir = consumer(stream, "heir")
    take_until_empty(heir, stream)

    assert dead() == [f"its consumers were lost {DELIVERIES_MAX} times"]
    assert sorted(recorded()) == ["0", "2"]


def _only_id(client: Any) -> bytes:
    [(entry_id, _)] = client.xrange(INTAKE_STREAM)
    return bytes(entry_id)


def test_an_outage_of_the_database_is_no_fault_of_the_entries(
    stream: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(stream, **GOOD, event_id="1")
    door = consumer(stream)

    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("away")

    with monkeypatch.context() as patch:
        patch.setattr(intake_stream, "record_ticks", away)
        for _ in range(DELIVERIES_MAX + 3):
            with pytest.raises(OperationalError):
                take(door)

    assert take(door) == 1
    assert (recorded(), dead()) == ({"1": []}, [])


def test_a_redis_that_was_emptied_is_gone_on_with(stream: redis.Redis) -> None:
    door = consumer(stream)
    take(door)
    stream.delete(INTAKE_STREAM)
    send(stream, **GOOD, event_id="1")

    assert take(door) == 1


@pytest.mark.django_db(transaction=True)
def test_the_command_records_until_it_is_told_to_stop(stream: Any, tmp_path: Path) -> None:
    log = tmp_path / "intake.log"
    with running_intake(log) as process:
        send(stream, **GOOD, event_id="1")
        wait_until(lambda: Tick.objects.exists() and left(stream) == 0, log)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    assert stream.xinfo_consumers(INTAKE_STREAM, GROUP) == []
    assert "intake_stopped" in log.read_text()


def test_what_could_not_be_recorded_is_kept_word_for_word_and_sent_again_by_an_operator(
    stream: redis.Redis, olga: User
) -> None:
    row = {**GOOD, "instrument": "SOON", "price": 10}
    send(stream, ticks=json.dumps([{**row, "event_id": str(number)} for number in range(3)]))
    take(consumer(stream))
    letter = DeadLetter.objects.get()
    assert (letter.kind, letter.attempts) == (DeadLetterKind.ENTRY, 1)
    assert letter.event.startswith(f"{INTAKE_STREAM} ")
    assert (Tick.objects.count(), left(stream)) == (0, 0)

    make_instrument("SOON")
    retry_dead_letter(letter, reason="It is listed now.", acting_user=olga, now=LATER)
    take(consumer(stream))

    letter.refresh_from_db()
    assert letter.resolution == Resolution.RETRIED
    assert recorded() == {"0": [], "1": [], "2": []}
    assert DeadLetter.objects.count() == 1


@pytest.mark.parametrize("value", [b"\xff", b"a\0b", b"x" * (dead_letters.ENTRY_MAX_BYTES + 1)])
def test_what_cannot_be_kept_as_it_came_can_only_be_discarded(
    stream: redis.Redis, olga: User, value: bytes
) -> None:
    stream.xadd(INTAKE_STREAM, {b"instrument": value})
    take(consumer(stream))
    letter = DeadLetter.objects.get()

    with pytest.raises(NotKeptWhole):
        retry_dead_letter(letter, reason="r", acting_user=olga, now=LATER)
    discard_dead_letter(letter, reason="It is noise.", acting_user=olga, now=LATER)

    assert (left(stream), DeadLetter.objects.get().resolution) == (0, Resolution.DISCARDED)
    assert len(json.dumps(letter.payload)) < 5_000


def test_a_letter_stays_open_while_redis_is_away(
    stream: redis.Redis, olga: User, settings: Settings
) -> None:
    send(stream, ticks="{")
    take(consumer(stream))
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    with pytest.raises(EventNotSent):
        retry_dead_letter(DeadLetter.objects.get(), reason="r", acting_user=olga, now=LATER)

    assert DeadLetter.objects.get().resolution == ""


@pytest.mark.django_db(transaction=True)
def test_an_entry_is_put_aside_before_it_is_forgotten(
    stream: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(stream, ticks="{")
    door = consumer(stream)
    with monkeypatch.context() as patch:
        patch.setattr(door, "_acknowledge", _break)
        with pytest.raises(redis.ConnectionError):
            take(door)
    assert (len(dead()), left(stream)) == (1, 1)

    take(door)

    assert (len(dead()), left(stream)) == (1, 0)


def _break(*_: Any) -> None:
    raise redis.ConnectionError("away")


def test_a_feed_that_is_wrong_all_day_fills_no_table(
    stream: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "OPEN_ENTRIES_MAX", 3)
    for _ in range(5):
        send(stream, ticks="{")

    with capture_logs() as logs:
        take(consumer(stream))

    assert (len(dead()), left(stream)) == (3, 0)
    lost = [entry for entry in logs if entry["event"] == "entry_lost_too_many_put_aside"]
    assert len(lost) == 2


def test_how_much_waits_is_known_with_and_without_a_stream(stream: redis.Redis) -> None:
    empty = depth()
    send(stream, **GOOD, event_id="1")
    send(stream, **GOOD, event_id="2")
    stream.xgroup_create(INTAKE_STREAM, GROUP, id="0")
    stream.xreadgroup(GROUP, "slow", {INTAKE_STREAM: ">"}, count=1)
    time.sleep(0.05)
    found = depth()

    assert (empty.entries, empty.in_hand, empty.oldest_seconds) == (0, 0, 0.0)
    assert (found.entries, found.in_hand) == (2, 1)
    assert 0.05 <= found.oldest_seconds < 60
