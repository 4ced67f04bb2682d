"""What becomes of the runs that were made before something else broke."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django_q.brokers import get_broker

from accounts.models import User
from execution.models import Execution, ExecutionStatus, RealtimePlan
from execution.services import realtime
from execution.services.market_watch import MarketWatch
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest
from execution.services.subscriptions import subscribe
from execution.triggers import plans_for
from market.bars import NewBar
from market.models import Instrument
from market.services.bars import record_bars
from registry.models import ScriptVersion
from tests import factories
from tests.execution.conftest import session_bar

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(ada: User, rita: User, three_sessions: list[NewBar]) -> ScriptVersion:
    return factories.make_published_version(ada, rita)


@pytest.fixture
def two_markets(version: ScriptVersion, ada: User, now: datetime) -> list[tuple[str, str]]:
    """Return two markets in which something is due."""
    Instrument.objects.create(
        key="AAPL",
        name="Apple",
        kind="equity",
        currency="USD",
        exchange="NASDAQ",
        timezone="America/New_York",
        created_at=now,
    )
    record_bars([session_bar(0, "AAPL")], now=now)
    for key in ("AAPL", "IBM"):
        subscribe(version.script, RunRequest(instrument_key=key), acting_user=ada, now=now)
    return [("AAPL", "1d"), ("IBM", "1d")]


@pytest.fixture
def the_second_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    finds = plans_for

    def break_at_ibm(instrument_key: str, *rest: Any, **more: Any) -> Any:
        if instrument_key == "IBM":
            raise ArithmeticError
        return finds(instrument_key, *rest, **more)

    monkeypatch.setattr(realtime, "plans_for", break_at_ibm)


@pytest.mark.usefixtures("the_second_broken")
def test_runs_of_the_markets_before_one_that_breaks_are_handed_over(
    two_markets: list[tuple[str, str]],
    now: datetime,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ArithmeticError):
        run_markets(two_markets, now=now)

    assert Execution.objects.get().instrument_key == "AAPL"
    assert get_broker().queue_size() == 1


@pytest.mark.usefixtures("two_markets", "the_second_broken")
def test_a_look_at_all_markets_hands_over_what_those_that_are_whole_made(
    now: datetime, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        MarketWatch().run_due(now=now)

    assert Execution.objects.get().instrument_key == "AAPL"
    assert get_broker().queue_size() == 1


def test_runs_of_the_plans_before_one_that_breaks_are_handed_over(
    version: ScriptVersion,
    ada: User,
    rita: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    behind = factories.make_published_version(ada, rita, name="Behind")
    for one in (version, behind):
        subscribe(one.script, RunRequest(instrument_key="IBM"), acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)
    Execution.objects.update(
        status=ExecutionStatus.COMPLETED, outcome="ok", queued_at=now, finished_at=now
    )
    RealtimePlan.objects.filter(version=behind).update(done_until=session_bar(0).opened_at)
    record_bars([session_bar(3)], now=now)

    def break_down(*_: Any, **__: Any) -> Any:
        raise ArithmeticError

    monkeypatch.setattr(realtime, "advance", break_down)

    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ArithmeticError):
        run_markets([("IBM", "1d")], now=now)

    assert Execution.objects.filter(bar_opened_at=session_bar(3).opened_at).count() == 1
    assert get_broker().queue_size() == 1
