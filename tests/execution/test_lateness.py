"""What comes after newer runs of its stream, by an operator or by request, is marked as late."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from execution.models import Execution, ExecutionStatus
from execution.services import claims, recovery, runs
from execution.services.background import request_personal_run
from execution.services.lateness import late_among
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest
from execution.services.subscriptions import subscribe
from market.bars import NewBar
from market.services.bars import record_bars
from registry.models import ScriptVersion
from streams.models import Output
from tests import factories
from tests.execution.conftest import run_everything, session_bar

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]

CLOSE = 'emit_signal({"value": float(get_market_data(bars=1)["close"].iloc[-1])})\n'
SPEAKS_UNTIL_THE_FOURTH = (
    'close = float(get_market_data(bars=1)["close"].iloc[-1])\n'
    "if close < 104:\n"
    '    emit_signal({"value": close})\n'
)
MARKET = [("IBM", "1d")]


def followed(source: str, *, ada: User, rita: User, now: datetime) -> ScriptVersion:
    version = factories.make_published_version(ada, rita, name="Close", source=source)
    subscribe(version.script, RunRequest(instrument_key="IBM"), acting_user=ada, now=now)
    run_markets(MARKET, now=now)
    run_everything()
    return version


@pytest.fixture
def version(ada: User, rita: User, three_sessions: list[NewBar], now: datetime) -> ScriptVersion:
    """Return a version that is followed on IBM and has spoken of one bar."""
    return followed(CLOSE, ada=ada, rita=rita, now=now)


def next_run(day: int, now: datetime) -> Execution:
    record_bars([session_bar(day)], now=now)
    [execution] = run_markets(MARKET, now=now)
    return execution


def fail(execution: Execution, now: datetime) -> None:
    [claimed] = claims.claim_all([str(execution.pk)], now=now)
    claims.finish(claimed, status=ExecutionStatus.FAILED, outcome="infrastructure", now=now)


def again(execution: Execution, olga: User, now: datetime) -> None:
    execution.refresh_from_db()
    recovery.run_again(execution, reason="The store is back.", acting_user=olga, now=now)
    run_everything()


def told() -> list[tuple[Any, Any]]:
    rows = Output.objects.order_by("seq")
    return [(row.value, row.metadata.get("signalhub")) for row in rows]


@pytest.mark.parametrize("has_begun", [True, False], ids=["failed", "cancelled before it began"])
@pytest.mark.usefixtures("version")
def test_what_is_run_again_after_newer_outputs_says_that_it_is_late(
    olga: User, now: datetime, has_begun: bool
) -> None:
    old = next_run(3, now)
    if has_begun:
        fail(old, now)
    else:
        claims.cancel_pending(old, now=now, outcome="cancelled")
    next_run(4, now)
    run_everything()

    again(old, olga, now)
    next_run(5, now)
    run_everything()

    late = {"trigger": "bar", "late": True}
    assert told() == [(102.0, None), (104.0, None), (103.0, late), (105.0, None)]


@pytest.mark.usefixtures("version")
def test_what_is_run_again_before_anything_newer_came_out_is_in_its_place(
    olga: User, now: datetime
) -> None:
    old = next_run(3, now)
    fail(old, now)

    again(old, olga, now)

    assert told() == [(102.0, None), (103.0, None)]


def test_a_newer_run_that_said_nothing_makes_nothing_late(
    ada: User, rita: User, olga: User, three_sessions: list[NewBar], now: datetime
) -> None:
    followed(SPEAKS_UNTIL_THE_FOURTH, ada=ada, rita=rita, now=now)
    old = next_run(3, now)
    fail(old, now)
    next_run(4, now)
    run_everything()

    again(old, olga, now)

    assert told() == [(102.0, None), (103.0, None)]


@pytest.mark.usefixtures("version")
def test_where_nothing_was_run_again_nothing_is_asked() -> None:
    ordinary = list(Execution.objects.all())

    with CaptureQueriesContext(connection) as captured:
        assert late_among(ordinary) == set()

    assert len(ordinary) == 1
    assert len(captured) == 0


@pytest.mark.parametrize("bar_comes_first", [True, False], ids=["late", "in its place"])
def test_what_was_asked_for_before_a_bar_and_is_run_after_it_says_that_it_is_late(
    version: ScriptVersion, ada: User, now: datetime, bar_comes_first: bool
) -> None:
    asked = request_personal_run(
        version.script, RunRequest(instrument_key="IBM"), acting_user=ada, now=now
    )
    of_bar = next_run(3, now)

    for one in (of_bar, asked) if bar_comes_first else (asked, of_bar):
        runs.run_execution(str(one.pk))

    if bar_comes_first:
        assert told() == [(102.0, None), (103.0, None), (102.0, {"late": True})]
    else:
        assert told() == [(102.0, None), (102.0, None), (103.0, None)]


@pytest.mark.usefixtures("three_sessions")
def test_of_two_that_were_asked_for_the_one_with_the_older_clock_is_late(
    version: ScriptVersion, ada: User, now: datetime
) -> None:
    request = RunRequest(instrument_key="IBM")
    older = request_personal_run(version.script, request, acting_user=ada, now=now)
    record_bars([session_bar(3)], now=now)
    newer = request_personal_run(version.script, request, acting_user=ada, now=now)

    for one in (newer, older):
        runs.run_execution(str(one.pk))

    assert told() == [(102.0, None), (103.0, None), (102.0, {"late": True})]
