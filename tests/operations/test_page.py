"""The operations page: what it shows to whom, what can be done from it, what it costs."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from django.conf import settings
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import AuditEvent, User
from common.circuit_breakers import breaker
from execution import liveness, queue
from execution.membership import MEMBERS, Membership
from execution.models import (
    DeadLetter,
    Drain,
    Execution,
    ExecutionStatus,
    Hold,
    RunPriority,
    ScalingAdvice,
)
from execution.services import drains
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest
from execution.services.silences import SilenceWatch
from execution.services.subscriptions import subscribe
from market.announcements import announce
from market.bars import NewBar
from market.models import ReplayFeed
from market.shards import all_shards
from registry.models import ScriptVersion
from streams.models import Delivery, Destination
from tests import factories

pytestmark = pytest.mark.django_db

PAGE = "/operations/"
IBM = RunRequest(instrument_key="IBM")


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def close(ada: User, rita: User, three_sessions: list[NewBar], now: datetime) -> ScriptVersion:
    version = factories.make_published_version(ada, rita, name="Close")
    subscribe(version.script, IBM, acting_user=ada, now=now)
    return version


@pytest.fixture
def feed(now: datetime) -> ReplayFeed:
    return ReplayFeed.objects.create(
        name="demo",
        instruments=["IBM"],
        starts_at=now,
        bars_per_second=0.5,
        as_of=now,
        sessions_total=100,
        updated_at=now,
    )


@pytest.fixture
def operator(browser: Client, olga: User) -> Client:
    browser.force_login(olga)
    return browser


@pytest.fixture
def machine(redis_client: redis.Redis) -> Iterator[str]:
    drains.report("working")
    [worker] = drains.workers()
    yield worker.machine
    redis_client.delete(drains.KEY)


def fail(version: ScriptVersion, at: datetime, *, line: int, times: int = 1) -> None:
    """Let runs of a version have failed in a line."""
    for number in range(times):
        Execution.objects.create(
            kind="onetime",
            version=version,
            user=version.script.owner,
            instrument_key="IBM",
            timeframe="1d",
            params_sha256="0" * 64,
            as_of=at,
            created_at=at,
            status=ExecutionStatus.FAILED,
            outcome="error",
            error={"code": "script_raised", "line": line, "message": f"ZeroDivisionError {number}"},
            finished_at=at,
        )


def shown(client: Client) -> str:
    return client.get("/operations/sections").content.decode()


def part(page: str, key: str) -> str:
    """Return one section of the page."""
    return page.split(f'id="{key}"')[1].split("</section>")[0]


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


def test_a_feed_is_paused_with_a_reason_that_is_kept(
    operator: Client, feed: ReplayFeed, olga: User
) -> None:
    question = operator.get("/operations/pause-feed/demo").content.decode()
    assert "Pause the feed demo?" in question
    assert "no bar is lost" in question

    unsaid = operator.post("/operations/pause-feed/demo", {"reason": "  "})
    assert unsaid.status_code == 400
    assert "Say why" in unsaid.content.decode()
    done = operator.post("/operations/pause-feed/demo", {"reason": "the exchange halted"})

    assert done.headers["Location"] == PAGE
    feed.refresh_from_db()
    assert feed.paused
    event = AuditEvent.objects.get(event="replay_paused")
    assert (event.actor, event.reason) == (olga, "the exchange halted")
    assert "demo is paused." in operator.get(PAGE).content.decode()
    assert "resume-feed" in part(shown(operator), "feeds")


def test_a_feed_with_an_odd_name_spoils_no_page(operator: Client, feed: ReplayFeed) -> None:
    ReplayFeed.objects.filter(pk=feed.pk).update(name="eu/west <1>?")

    page = operator.get(PAGE)

    assert page.status_code == 200
    [address] = re.findall(r'href="(/operations/pause-feed/[^"]+)"', page.content.decode())
    assert "Pause the feed eu/west &lt;1&gt;??" in operator.get(address).content.decode()


def test_what_a_service_refuses_is_said_on_the_question(operator: Client, feed: ReplayFeed) -> None:
    refused = operator.post("/operations/resume-feed/demo", {"reason": "go on"})

    assert refused.status_code == 400
    assert "demo is not paused." in refused.content.decode()


@pytest.mark.parametrize(
    "address",
    [
        "pause-feed/no-such-feed",
        "no-such-deed/demo",
        "drain-machine/no-such-machine",
        "cancel/no-uuid",
        "cancel/0198c5e0-7a51-7cc2-8a3b-5b0c4a3e2f10",
    ],
)
def test_what_is_not_there_is_not_found(address: str, operator: Client, feed: ReplayFeed) -> None:
    assert operator.get(f"/operations/{address}").status_code == 404
    assert operator.post(f"/operations/{address}", {"reason": "x"}).status_code == 404


def test_a_machine_is_drained_and_resumed(operator: Client, machine: str, olga: User) -> None:
    operator.post(f"/operations/drain-machine/{machine}", {"reason": "a new kernel"})

    drain = Drain.objects.get()
    assert (drain.machine, drain.placed_by, drain.lifted_at) == (machine, olga, None)
    assert drains.is_drained(machine)
    section = part(shown(operator), "machines")
    assert "resume-machine" in section
    again = operator.post(f"/operations/drain-machine/{machine}", {"reason": "once more"})
    assert again.status_code == 400

    operator.post(f"/operations/resume-machine/{machine}", {"reason": "it is there"})

    assert not drains.is_drained(machine)
    events = AuditEvent.objects.filter(event__in=["machine_drained", "machine_resumed"])
    assert sorted(events.values_list("event", "reason")) == [
        ("machine_drained", "a new kernel"),
        ("machine_resumed", "it is there"),
    ]


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


def test_a_run_is_cancelled_and_what_ran_it_ends_nothing(
    operator: Client, close: ScriptVersion, now: datetime
) -> None:
    run_markets([("IBM", "1d")], now=now)
    run = Execution.objects.get()
    Execution.objects.update(status="running", fence=1, lease_until=now + timedelta(minutes=1))

    operator.post(f"/operations/cancel/{run.pk}", {"reason": "it hangs"})

    run.refresh_from_db()
    assert (run.status, run.outcome, run.fence) == ("cancelled", "cancelled_by_operator", 2)
    assert AuditEvent.objects.get(event="execution_cancelled").reason == "it hangs"
    again = operator.post(f"/operations/cancel/{run.pk}", {"reason": "it hangs"})
    assert again.status_code == 400


def test_a_failing_script_is_stopped_and_let_run_again(
    operator: Client, close: ScriptVersion, now: datetime
) -> None:
    fail(close, now, line=3)
    run_markets([("IBM", "1d")], now=now)
    address = f"/operations/stop-script/{close.script_id}"
    assert address in part(shown(operator), "failing")
    question = operator.get(address).content.decode()
    assert "Stop Close?" in question
    assert "1 plans of 1 subscribers" in question

    operator.post(address, {"reason": "it divides by zero"})

    assert Execution.objects.get(kind="realtime").outcome == "held"
    section = part(shown(operator), "holds")
    assert "it divides by zero" in section
    hold = Hold.objects.get()
    operator.post(f"/operations/lift/{hold.pk}", {"reason": "mended"})
    hold.refresh_from_db()
    assert hold.lifted_at is not None
    assert "Nothing is stopped." in part(shown(operator), "holds")


def test_only_superusers_stop_everything(operator: Client, browser: Client, ada: User) -> None:
    assert "Stop my house" in part(shown(operator), "holds")
    assert operator.get("/operations/stop-everything/all").status_code == 403

    ada.is_superuser = True
    ada.save(update_fields=["is_superuser"])
    browser.force_login(ada)

    assert browser.get("/operations/stop-everything/all").status_code == 200
    browser.post("/operations/stop-everything/all", {"reason": "fire"})
    assert Hold.objects.get().kind == "everything"


def test_a_dead_letter_is_tried_again_or_let_be(
    operator: Client, close: ScriptVersion, now: datetime
) -> None:
    fail(close, now, line=3, times=2)
    Execution.objects.update(outcome="infrastructure")
    letters = [
        DeadLetter.objects.create(
            kind="execution", execution=run, reason="the store was away", attempts=3, created_at=now
        )
        for run in Execution.objects.order_by("pk")
    ]
    section = part(shown(operator), "put-aside")
    assert section.count("the store was away") == 2

    operator.post(f"/operations/retry/{letters[0].pk}", {"reason": "it is back"})
    operator.post(f"/operations/discard/{letters[1].pk}", {"reason": "too old"})

    assert [DeadLetter.objects.get(pk=one.pk).resolution for one in letters] == [
        "retried",
        "discarded",
    ]
    assert Execution.objects.filter(status="pending").count() == 1
    assert "No event and no run" in part(shown(operator), "put-aside")


def test_what_failed_to_a_receiver_is_sent_again(
    operator: Client, sam: User, mallory: User, browser: Client, now: datetime
) -> None:
    destination = Destination.objects.create(
        owner=sam,
        kind="webhook",
        name="Desk",
        address="https://desk.example/hook",
        host="desk.example",
        created_at=now,
        verified_at=now,
        digest_within_seconds=60,
        digest_every_seconds=60,
    )
    delivery = Delivery.objects.create(
        destination=destination,
        message_id="one",
        kind="single",
        host="desk.example",
        state="failed",
        next_attempt_at=now,
        created_at=now,
        finished_at=now,
    )
    page = shown(operator)
    assert "desk.example" in part(page, "receivers")
    assert "webhook" in part(page, "deliveries")

    operator.post(f"/operations/resend/{destination.pk}", {"reason": "they mended it"})

    delivery.refresh_from_db()
    assert delivery.state == "pending"
    assert AuditEvent.objects.get(event="deliveries_resent").reason == "they mended it"
    browser.force_login(mallory)
    assert "desk.example" not in shown(browser)
    assert browser.get(f"/operations/resend/{destination.pk}").status_code == 404


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


def test_shards_that_nobody_looks_after_are_red(operator: Client, redis_client: Any) -> None:
    redis_client.delete(MEMBERS)

    assert "Is manage.py run_realtime running?" in part(shown(operator), "shards")


def test_a_run_of_another_house_is_not_there(
    browser: Client, close: ScriptVersion, mallory: User, now: datetime
) -> None:
    run_markets([("IBM", "1d")], now=now)
    browser.force_login(mallory)

    reply = browser.post(f"/operations/cancel/{Execution.objects.get().pk}", {"reason": "mine"})

    assert reply.status_code == 404


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


def test_the_page_takes_as_many_statements_for_many_rows_as_for_few(
    operator: Client,
    close: ScriptVersion,
    feed: ReplayFeed,
    now: datetime,
    django_assert_max_num_queries: Any,
) -> None:
    for line in range(12):
        fail(close, now, line=line)
    for number in range(10):
        ReplayFeed.objects.create(
            name=f"feed-{number}",
            instruments=[],
            starts_at=now,
            bars_per_second=1,
            as_of=now,
            sessions_total=1,
            updated_at=now,
        )
    run_markets([("IBM", "1d")], now=now)

    with django_assert_max_num_queries(40):
        assert operator.get("/operations/sections").status_code == 200


def test_advice_is_for_operators_and_collectors(
    api: Any, olga: User, sam: User, settings: Settings
) -> None:
    settings.METRICS_TOKEN = "a token of a collector"
    address = reverse("scaling")
    assert api.get(address).status_code == 401
    api.force_login(sam)
    assert api.get(address).status_code == 403
    api.force_login(olga)

    body = api.get(address).json()

    assert body["action"] in ("none", "scale_up", "scale_down")
    assert {reading["name"] for reading in body["readings"]} >= {
        "queue_depth",
        "realtime_wait_seconds",
    }
    api.logout()
    token = {"HTTP_AUTHORIZATION": "Bearer a token of a collector"}
    assert api.get(address, **token).status_code == 200


def test_advice_of_a_kind_that_this_version_does_not_know_is_shown_as_it_is(
    operator: Client, now: datetime
) -> None:
    ScalingAdvice.objects.create(
        at=now,
        action="scale_out",
        urgency="soon",
        score=0.5,
        confidence=1.0,
        pods=2,
        recommended_pods=3,
        reason="A newer version said so.",
    )

    page = shown(operator)

    assert "scale out" in part(page, "history")
    assert "3 machines are advised" in part(page, "advice")
    reply = operator.get(reverse("scaling"))
    assert reply.json()["history"][0]["action"] == "scale_out"
