"""Ticks that a file brings are history: reads have them, and no script runs for them."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest

from accounts.models import User
from execution.models import Execution, RealtimePlan
from execution.services.market_watch import MarketWatch
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest
from execution.services.subscriptions import Setting, subscribe
from market.models import Bar, Tick, UploadKind
from market.queries import bars_between
from market.services.rolling import close_due_bars
from market.services.ticks import record_ticks
from market.services.upload_work import work_upload
from market.services.uploads import begin_upload
from market.ticks import NewTick
from tests import factories
from tests.execution.conftest import empty_queue  # noqa: F401  they know it by its name
from tests.market.oracle import make_coin
from tests.market.prices import LATER
from tests.problems import as_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("platform_house", "empty_queue")]

HOURS_AGO = LATER - timedelta(hours=5)
EVERY = timedelta(seconds=20)


def live(number: int) -> NewTick:
    return NewTick(
        instrument_key="BTC",
        at=HOURS_AGO + number * EVERY,
        source="live",
        event_id=str(number),
        price=10.0,
    )


def upload_ticks(olga: User, first: int, last: int) -> None:
    lines = [
        f"BTC,{(HOURS_AGO + number * EVERY).isoformat()},{number},10"
        for number in range(first, last)
    ]
    content = "\n".join(["instrument,at,event_id,price", *lines, ""]).encode()
    upload = begin_upload(
        io.BytesIO(content), kind=UploadKind.TICKS, name="x", acting_user=olga, now=LATER
    )
    work_upload(upload.pk, clock=lambda: LATER)


@pytest.fixture
def subscribed(ada: User, rita: User) -> None:
    """Somebody waits for the minutes of a market, and for its ticks."""
    make_coin("BTC")
    script = factories.make_published_version(ada, rita).script
    request = RunRequest(instrument_key="BTC", timeframe="1m")
    for setting in (Setting(), Setting(trigger="tick")):
        subscribe(script, request, setting=setting, acting_user=ada, now=HOURS_AGO)


def look(watch: MarketWatch, *, seconds: int = 0) -> None:
    watch.run_due(now=LATER + timedelta(seconds=seconds))


@pytest.mark.usefixtures("subscribed")
def test_a_file_of_ticks_sets_nothing_off(olga: User) -> None:
    upload_ticks(olga, 0, 60)
    watch = MarketWatch()
    for seconds in range(0, 8, 2):
        look(watch, seconds=seconds)
    # The clock closes the last minute, of which no later tick shows that it is over.
    assert len(close_due_bars(now=LATER + timedelta(minutes=5))) == 1
    look(watch, seconds=301)

    assert not Execution.objects.exists()
    assert Bar.objects.filter(timeframe="1m", is_history=True).count() == 20
    assert len(bars_between("BTC", "1m", as_of=LATER, limit=100)) == 20


@pytest.mark.usefixtures("subscribed")
def test_what_comes_in_a_minute_that_a_file_began_is_run_for(olga: User) -> None:
    upload_ticks(olga, 0, 61)

    record_ticks([live(number) for number in range(61, 66)], now=LATER)
    look(MarketWatch())

    last = HOURS_AGO + 60 * EVERY
    runs = Execution.objects.order_by("plan__trigger", "as_of")
    assert Bar.objects.get(timeframe="1m", opened_at=last).is_history is False
    assert {run.plan.trigger for run in runs if run.plan} == {"bar", "tick"}
    assert runs.filter(plan__trigger="bar").get().as_of == last + timedelta(minutes=1)


def test_a_file_that_goes_on_where_a_feed_stopped_sets_nothing_off(
    olga: User, ada: User, rita: User
) -> None:
    make_coin("BTC")
    record_ticks([live(number) for number in range(10)], now=HOURS_AGO + 10 * EVERY)
    script = factories.make_published_version(ada, rita).script
    request = RunRequest(instrument_key="BTC", timeframe="1m")
    subscribe(script, request, acting_user=ada, now=HOURS_AGO + 10 * EVERY)
    run_markets([("BTC", "1m")], now=HOURS_AGO + 10 * EVERY)
    [plan] = RealtimePlan.objects.all()
    before = plan.executions.count()

    upload_ticks(olga, 12, 60)
    run_markets([("BTC", "1m")], now=LATER)

    # The two minutes that the feed had begun are news; those that only the file has are not.
    assert plan.executions.count() == before + 2
    assert Bar.objects.filter(timeframe="1m", is_history=True).count() == 15


def test_ticks_of_a_request_are_news(olga: User) -> None:
    make_coin("BTC")
    tick = {"instrument": "BTC", "at": HOURS_AGO.isoformat(), "event_id": "1", "price": 10}

    reply = as_user(olga).post("/api/v2/market/ticks", {"ticks": [tick]}, format="json")

    assert reply.status_code in (200, 201, 202), reply.json()
    assert Tick.objects.get().is_history is False
