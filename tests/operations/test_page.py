"""The operations page: what it shows to whom, and what it costs."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from common.circuit_breakers import breaker
from execution import liveness, queue
from execution.membership import MEMBERS, Membership
from execution.models import (
    Execution,
    RunPriority,
)
from execution.services import drains
from execution.services.realtime import run_markets
from execution.services.silences import SilenceWatch
from market.announcements import announce
from market.bars import NewBar
from market.intake_stream import INTAKE_STREAM
from market.models import ReplayFeed
from market.shards import all_shards
from registry.models import ScriptVersion
from signalhub.operations.kept import of_this_process
from tests.operations.page import PAGE, fail, part, shown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("platform_house")]


def test_the_page_is_for_operators(browser: Client, olga: User, ada: User, sam: User) -> None:
    assert browser.get(PAGE).headers["Location"].startswith("/login/")
    for somebody in (ada, sam):
        browser.force_login(somebody)
        assert browser.get(PAGE).status_code == 403
        assert browser.get("/operations/sections").status_code == 403
        assert browser.post("/operations/pause-feed/demo").status_code == 403
    browser.force_login(olga)

    assert browser.get(PAGE).status_code == 200


def test_an_empty_platform_says_what_its_sections_are_for(operator: Client) -> None:
    page = shown(operator)

    assert "Runs begin when a bar closes" in part(page, "outcomes")
    assert "No replay has been prepared" in part(page, "feeds")
    assert "has spoken when it was due" in part(page, "silent")


def test_what_waits_is_counted_by_priority(
    operator: Client, close: ScriptVersion, now: datetime
) -> None:
    run_markets([("IBM", "1d")], now=now - timedelta(minutes=10))
    Execution.objects.update(priority=RunPriority.PAID, queued_at=now - timedelta(minutes=10))

    section = part(shown(operator), "queue")

    assert "1 run waits" in section
    paid = section.split("realtime, paid")[1].split("</tr>")[0]
    assert ">1<" in paid
    assert "bad" in paid
    assert "10 min" in paid


def test_failures_that_are_one_trouble_are_one_row(
    operator: Client, close: ScriptVersion, now: datetime
) -> None:
    fail(close, now, line=3, times=2)
    fail(close, now, line=7)

    section = part(shown(operator), "failing")

    assert section.count("<tr>") == 3  # with the heads of the columns
    assert "script raised in line 3" in section
    assert "ZeroDivisionError" in section


def test_another_house_reads_no_name_of_this_one(
    browser: Client, close: ScriptVersion, mallory: User, now: datetime
) -> None:
    fail(close, now, line=3)
    run_markets([("IBM", "1d")], now=now)
    watch = SilenceWatch()
    watch.look(now=now)
    watch.look(now=now + timedelta(minutes=5))
    browser.force_login(mallory)

    page = shown(browser)

    assert "Close" not in page
    assert "1 run waits" in part(page, "queue")


def test_a_silent_stream_is_shown_until_it_speaks(
    operator: Client, close: ScriptVersion, feed: ReplayFeed, now: datetime
) -> None:
    watch = SilenceWatch()
    run_markets([("IBM", "1d")], now=now)
    watch.look(now=now)
    watch.look(now=now + timedelta(minutes=5))

    section = part(shown(operator), "silent")

    assert "Close" in section
    assert "a bar came, and nothing ran" in section


def test_a_cluster_that_stands_still_is_red_beside_one_that_moves(
    operator: Client, machine: str, redis_client: redis.Redis
) -> None:
    [worker] = drains.workers()
    other = {**asdict(worker), "process": 7}
    redis_client.hset(drains.KEY, liveness.name_of(machine, 7), json.dumps(other))
    liveness.note_progress(liveness.name_of(machine, worker.process))
    assert "no progress" not in part(shown(operator), "machines")

    stalled = time.time() - settings.WATCHDOG_STALL_SECONDS - 60
    redis_client.hset(liveness.PROGRESS, liveness.name_of(machine, 7), stalled)

    section = part(shown(operator), "machines")
    assert "no progress of process 7" in section
    redis_client.delete(liveness.PROGRESS)


def test_shards_show_their_owner_and_what_lies_there_unread(
    operator: Client, three_sessions: list[NewBar], redis_client: Any, now: datetime
) -> None:
    announce(three_sessions)
    redis_client.delete(MEMBERS)
    Membership(queue.connect(), "one-process", all_shards()).renew()

    section = part(shown(operator), "shards")

    assert "one-process" in section
    assert "0, 1, 2, 3" in section
    assert "Nobody looks" not in section


def test_entries_of_feeds_that_nobody_records_are_shown_with_how_long_they_have_waited(
    operator: Client, redis_client: Any
) -> None:
    redis_client.delete(INTAKE_STREAM)
    assert "none waits" in part(shown(operator), "intake")
    an_hour_ago = int((time.time() - 3600) * 1000)
    redis_client.xadd(INTAKE_STREAM, {"ticks": "[]"}, id=f"{an_hour_ago}-0")
    of_this_process.forget()

    section = part(shown(operator), "intake")
    redis_client.delete(INTAKE_STREAM)

    assert "1 h" in section
    assert "Is manage.py run_intake running?" in section


def test_shards_that_nobody_looks_after_are_red(operator: Client, redis_client: Any) -> None:
    redis_client.delete(MEMBERS)

    assert "Is manage.py run_realtime running?" in part(shown(operator), "shards")


def test_without_redis_the_sections_that_need_it_say_so_and_the_others_stand(
    operator: Client, feed: ReplayFeed, settings: Settings
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    page = shown(operator)

    for key in ("machines", "sockets"):
        assert "Redis does not answer" in part(page, key)
    assert "paused" in part(page, "feeds") or "playing" in part(page, "feeds")
    assert "Runs begin when" in part(page, "outcomes")


def test_an_open_breaker_is_shown_with_its_error(operator: Client, redis_client: Any) -> None:
    def burn() -> None:
        raise OSError("it <burns>")

    for _ in range(5):
        with pytest.raises(OSError, match="burns"):
            breaker("shop of others").call(burn)

    section = part(shown(operator), "breakers")

    row = section.split("shop of others")[1].split("</tr>")[0]
    assert "open" in row
    assert "it &lt;burns&gt;" in row
