"""What can be done from the operations page, by whom, and what that leaves behind."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client

from accounts.models import AuditEvent, User
from execution.models import (
    DeadLetter,
    Drain,
    Execution,
    Hold,
)
from execution.services import drains
from execution.services.realtime import run_markets
from market.models import ReplayFeed
from registry.models import ScriptVersion
from streams.models import Delivery, Destination
from tests.operations.page import PAGE, fail, part, shown

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("platform_house")]


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


def test_a_reason_is_kept_without_what_no_text_has(operator: Client, feed: ReplayFeed) -> None:
    reply = operator.post("/operations/pause-feed/demo", {"reason": "nobody\x00needs it"})

    assert reply.status_code == 302
    assert AuditEvent.objects.get(event="replay_paused").reason == "nobody needs it"


@pytest.mark.parametrize(
    "address",
    [
        "pause-feed/no-such-feed",
        "no-such-deed/demo",
        "drain-machine/no-such-machine",
        "cancel/no-uuid",
        "pause-feed/de%00mo",
        "stop-house/%00",
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


def test_a_run_of_another_house_is_not_there(
    browser: Client, close: ScriptVersion, mallory: User, now: datetime
) -> None:
    run_markets([("IBM", "1d")], now=now)
    browser.force_login(mallory)

    reply = browser.post(f"/operations/cancel/{Execution.objects.get().pk}", {"reason": "mine"})

    assert reply.status_code == 404
