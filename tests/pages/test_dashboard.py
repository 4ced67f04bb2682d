"""The live page's frame and its state: who may open it, and what it is told."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from accounts.models import User
from common.clock import utc_now
from execution.models import RealtimePlan, Silence, Subscription, Trigger
from execution.models.operations import SilenceCause, SilenceEnd
from market.models import Bar, Instrument, TickFeed
from registry.models import Script
from registry.services import entitlements
from streams.models import Stream
from streams.publishing import make_public_streams, stream_for
from tests.pages.conftest import FIRST_SESSION, SignIn, add_bar, add_instrument, state_of

pytestmark = pytest.mark.django_db


def test_the_dashboard_leads_to_the_first_script_open_to_the_user(
    script: Script, sam: User, signed_in: SignIn
) -> None:
    reply = signed_in(sam).get("/dashboard/")

    assert reply.headers["Location"] == f"/dashboard/{script.pk}/"


def test_somebody_without_a_script_is_told_how_to_come_by_one(
    script: Script, mallory: User, signed_in: SignIn
) -> None:
    reply = signed_in(mallory).get("/dashboard/")

    assert reply.status_code == 200
    assert "grants you an entitlement" in reply.content.decode()
    assert script.name not in reply.content.decode()


def test_the_page_opens_where_the_script_is_running(
    stream: Stream, script: Script, sam: User, signed_in: SignIn
) -> None:
    Instrument.objects.create(
        key="AAPL",
        name="Apple",
        kind="equity",
        currency="USD",
        exchange="NASDAQ",
        timezone="America/New_York",
        created_at=utc_now(),
    )

    text = signed_in(sam).get(f"/dashboard/{script.pk}/").content.decode()

    assert 'data-instrument="IBM" data-user=' in text
    assert 'data-timeframe-seconds="86400"' in text


def test_an_unknown_instrument_is_not_found(
    stream: Stream, script: Script, sam: User, signed_in: SignIn
) -> None:
    assert signed_in(sam).get(f"/dashboard/{script.pk}/?instrument=NONE").status_code == 404


def test_before_any_instrument_exists_the_page_says_what_is_missing(
    script: Script, sam: User, signed_in: SignIn
) -> None:
    text = signed_in(sam).get(f"/dashboard/{script.pk}/").content.decode()

    assert "No instrument yet" in text


@pytest.mark.parametrize("path", ["/dashboard/{}/", "/dashboard/{}/state?instrument=IBM"])
def test_a_script_of_another_house_cannot_be_told_from_none(
    path: str, script: Script, instrument: Instrument, mallory: User, signed_in: SignIn
) -> None:
    browser = signed_in(mallory)

    foreign, unknown = browser.get(path.format(script.pk)), browser.get(path.format(uuid4()))

    assert foreign.status_code == unknown.status_code == 404
    assert script.name not in foreign.content.decode()


def test_a_colleague_without_an_entitlement_is_told_whom_to_ask(
    script: Script, instrument: Instrument, olga: User, signed_in: SignIn
) -> None:
    reply = signed_in(olga).get(f"/dashboard/{script.pk}/")

    assert reply.status_code == 403
    assert "ask ada" in reply.content.decode()


def test_a_revoked_entitlement_closes_the_page_and_its_state(
    stream: Stream, script: Script, ada: User, sam: User, signed_in: SignIn
) -> None:
    entitlements.revoke(script, sam, acting_user=ada, now=utc_now(), reason="ended")
    browser = signed_in(sam)

    assert browser.get(f"/dashboard/{script.pk}/").status_code == 403
    assert browser.get(f"/dashboard/{script.pk}/state?instrument=IBM").status_code == 403


def test_the_state_names_the_stream_and_where_the_script_runs(
    stream: Stream, script: Script, sam: User, signed_in: SignIn
) -> None:
    other = add_instrument("AAPL")
    state = state_of(signed_in(sam), script)

    never = {"spoke_at": None, "expected_by": None}
    assert state["streams"] == [{"key": stream.key, "label": "default", "params": {}, **never}]
    assert state["running_on"] == ["IBM"]
    assert state_of(signed_in(sam), script, other.key)["streams"] == []


def test_streams_with_other_params_can_be_told_apart(
    stream: Stream, script: Script, sam: User, signed_in: SignIn
) -> None:
    other = stream_for(script, "IBM", "1d", {"period": 7})

    state = state_of(signed_in(sam), script)

    assert state["streams"][1] == {
        "key": other.key,
        "label": "period 7",
        "params": {"period": 7},
        "spoke_at": None,
        "expected_by": None,
    }


def test_whoever_opens_the_page_during_a_silence_is_told_of_it(
    stream: Stream, script: Script, sam: User, signed_in: SignIn
) -> None:
    due = utc_now() - timedelta(minutes=3)
    assert script.current_version is not None
    silence = Silence.objects.create(
        plan=RealtimePlan.objects.create(
            version=script.current_version, instrument_key="IBM", timeframe="1d"
        ),
        stream=stream,
        cause=SilenceCause.NO_BAR,
        expected_by=due,
        last_at=due - timedelta(days=1),
        noticed_at=due,
    )

    [silent] = state_of(signed_in(sam), script)["streams"]
    Silence.objects.filter(pk=silence.pk).update(ended_at=utc_now(), ended_by=SilenceEnd.SPOKE)
    [speaking] = state_of(signed_in(sam), script)["streams"]

    assert silent["expected_by"] == due.isoformat()
    assert speaking["expected_by"] is None


def test_the_state_says_where_prices_come_from_while_there_are_any(
    stream: Stream, script: Script, sam: User, signed_in: SignIn
) -> None:
    browser = signed_in(sam)
    other = add_instrument("AAPL")
    make_public_streams(["IBM"])
    feed = TickFeed(source="tape", instrument_key="IBM", last_seen_at=utc_now())

    assert state_of(browser, script)["price_stream"] is None
    feed.newest_at = utc_now() - timedelta(hours=2)
    feed.save()
    assert state_of(browser, script)["price_stream"] is None
    feed.newest_at = utc_now()
    feed.save()
    assert state_of(browser, script)["price_stream"] == "public:IBM:price:default"
    assert state_of(browser, script, other.key)["price_stream"] is None


def test_what_is_due_follows_the_exchange_while_its_market_is_one_of_today(
    stream: Stream, script: Script, sam: User, signed_in: SignIn
) -> None:
    browser = signed_in(sam)
    assert state_of(browser, script)["next_due"] is None  # its bars are of 2003

    midnight = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
    add_bar("IBM", midnight - timedelta(days=1))
    due = datetime.fromisoformat(state_of(browser, script)["next_due"])

    assert midnight < due <= midnight + timedelta(days=6)
    assert due.astimezone(ZoneInfo("America/New_York")).hour in (13, 16)  # NYSE's closes


def test_the_state_names_ones_own_subscriptions_and_what_sets_them_off(
    stream: Stream, script: Script, sam: User, ada: User, signed_in: SignIn
) -> None:
    every_bar = Subscription.objects.get()
    fields = {"script": script, "instrument_key": "IBM", "timeframe": "1d", "params_sha256": ""}
    by_clock = Subscription.objects.create(
        user=sam,
        trigger=Trigger.SCHEDULE,
        schedule="30 9 * * MON-FRI Europe/London",
        created_at=utc_now(),
        **fields,
    )
    Subscription.objects.create(user=ada, created_at=utc_now(), **fields)

    state = state_of(signed_in(sam), script)

    assert state["subscriptions"] == [
        {"id": str(every_bar.pk), "said": "every closed bar"},
        {"id": str(by_clock.pk), "said": "a schedule: 30 9 * * MON-FRI Europe/London"},
    ]
    assert state["history_url"] == f"/signals/IBM/custom/{script.pk}/history"


def test_minutes_tell_how_a_longer_bar_stands(
    stream: Stream, script: Script, sam: User, signed_in: SignIn
) -> None:
    browser = signed_in(sam)
    assert state_of(browser, script)["forming_from"] is None

    Bar.objects.filter(opened_at=FIRST_SESSION).update(timeframe="1m")

    assert state_of(browser, script)["forming_from"] == "1m"


def test_any_page_may_import_the_live_client(client: Client) -> None:
    with closing(client.get("/static/js/live/client.js")) as reply:
        pass  # it is a file, which has to be closed

    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["Content-Type"].startswith("text/javascript")


def test_the_page_names_every_module_that_its_script_imports(
    stream: Stream, script: Script, sam: User, signed_in: SignIn
) -> None:
    text = signed_in(sam).get(f"/dashboard/{script.pk}/").content.decode()

    for module in ("js/live/client.js", "js/live/stream.js", "js/dashboard/pane.js"):
        assert f'<link rel="modulepreload" href="/static/{module}">' in text


def test_the_state_is_for_those_who_are_signed_in(
    stream: Stream, script: Script, client: Client
) -> None:
    assert client.get(f"/dashboard/{script.pk}/state?instrument=IBM").status_code == 401
