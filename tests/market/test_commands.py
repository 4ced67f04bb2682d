"""The feed as a process of its own, killed, cut off and told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from market import us_equities
from market.feeds.replay import Recording
from market.models import Bar, Instrument, ReplayFeed
from market.shards import all_shards, event_stream
from tests.market.conftest import LATE_START

START_SECONDS = 60
StartFeed = Callable[..., subprocess.Popen[bytes]]


def database_url() -> str:
    db = connection.settings_dict
    return f"postgres://{db['USER']}:{db['PASSWORD']}@{db['HOST']}:{db['PORT']}/{db['NAME']}"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "feed.log"


@pytest.fixture
def start_feed(log: Path) -> Iterator[StartFeed]:
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        with log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "run_feed", *arguments],
                cwd=settings.BASE_DIR,
                env={**os.environ, "DATABASE_URL": database_url()},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def wait_until(is_true: Callable[[], bool], log: Path) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while not is_true():
        assert time.monotonic() < give_up_at, log.read_text()
        time.sleep(0.02)


def sessions_done() -> int:
    return ReplayFeed.objects.values_list("sessions_done", flat=True).get(name="demo")


def assert_recorded_exactly_once(recording: Recording) -> None:
    feed = ReplayFeed.objects.get(name="demo")
    sessions = list(recording.sessions_after(feed.starts_at))[: feed.sessions_done]
    expected = {bar.key: bar.values for session in sessions for bar in session.bars}
    rows = Bar.objects.filter(opened_at__gte=feed.starts_at).values_list(
        "instrument_key", "timeframe", "opened_at", "open", "high", "low", "close", "volume"
    )

    assert feed.as_of == sessions[-1].closes_at
    assert {row[:3]: row[3:] for row in rows} == expected


@pytest.mark.django_db(transaction=True)
def test_a_feed_that_is_killed_goes_on_where_it_was(
    start_feed: StartFeed, log: Path, recording: Recording, redis_client: redis.Redis
) -> None:
    streams = [event_stream(shard) for shard in all_shards()]
    redis_client.delete(*streams)
    call_command("load_prices", verbosity=0)
    ReplayFeed.objects.update(bars_per_second=200)

    for _ in range(2):
        position = sessions_done()
        process = start_feed()
        wait_until(lambda position=position: sessions_done() > position + 20, log)  # type: ignore[misc]
        process.kill()
        process.wait()
        assert_recorded_exactly_once(recording)

    client: Any = redis_client
    events = [event for stream in streams for event in client.xrange(stream)]
    announced = {(fields[b"instrument_key"], fields[b"opened_at"]) for _, fields in events}
    assert len(announced) > 2 * 20 * 4


@pytest.mark.django_db(transaction=True)
def test_a_feed_lives_through_a_cut_connection_follows_its_row_and_stops_when_told(
    start_feed: StartFeed, log: Path, recording: Recording
) -> None:
    call_command("load_prices", verbosity=0)
    ReplayFeed.objects.update(bars_per_second=100)
    process = start_feed()
    wait_until(lambda: sessions_done() > 3, log)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    wait_until(lambda: "feed_goes_on" in log.read_text(), log)
    position = sessions_done()
    wait_until(lambda: sessions_done() > position, log)

    ReplayFeed.objects.update(paused=True)
    stands_at = sessions_done()
    time.sleep(0.5)
    assert sessions_done() <= stands_at + 1
    ReplayFeed.objects.update(paused=False)
    wait_until(lambda: sessions_done() > stands_at + 1, log)

    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert "feed_waits_for_database" in log.read_text()
    assert "feed_stopped" in log.read_text()
    assert_recorded_exactly_once(recording)


@pytest.mark.django_db(transaction=True)
def test_a_feed_ends_at_the_end_of_its_recording(start_feed: StartFeed, log: Path) -> None:
    call_command("load_prices", until=LATE_START.date(), verbosity=0)
    ReplayFeed.objects.update(bars_per_second=1000)

    process = start_feed("--until-finished")

    assert process.wait(START_SECONDS) == 0, log.read_text()
    feed = ReplayFeed.objects.get(name="demo")
    assert feed.finished_at is not None
    assert feed.progress == "session 4 of 4"
    assert Bar.objects.count() == 12_154
    assert "feed_finished" in log.read_text()


@pytest.mark.django_db
def test_loading_prices_shows_what_it_did_and_does_it_once() -> None:
    first, second = StringIO(), StringIO()

    call_command("load_prices", stdout=first)
    call_command("load_prices", stdout=second)

    assert "5 new instruments, 4,750 new bars before 2006-01-03" in first.getvalue()
    assert "4,000 of 4,750 bars" in first.getvalue()
    assert "session 0 of 1,802" in first.getvalue()
    assert "0 new instruments, 0 new bars" in second.getvalue()
    assert sorted(Instrument.objects.values_list("pk", flat=True)) == sorted(us_equities.LISTINGS)
    newest = Bar.objects.order_by("-opened_at")[0]
    assert newest.closes_at <= us_equities.REPLAY_STARTS_AT


@pytest.mark.django_db
def test_a_feed_without_instruments_says_what_to_run() -> None:
    with pytest.raises(CommandError, match="run load_prices"):
        call_command("run_feed", pace=1000.0)


@pytest.mark.django_db
def test_a_feed_refuses_an_impossible_pace() -> None:
    with pytest.raises(CommandError, match=r"0\.01 to 1000"):
        call_command("run_feed", pace=0.0)
