"""The operations page: what it shows to whom, what can be done from it, what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import AuditEvent, User
from common.circuit_breakers import breaker
from execution.models import Drain, Execution, ExecutionStatus, RunPriority
from execution.services import drains
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest
from execution.services.silences import SilenceWatch
from execution.services.subscriptions import subscribe
from market.bars import NewBar
from market.models import ReplayFeed
from registry.models import ScriptVersion
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
