"""What was not run for is told in the next output of its stream, once, whatever comes between."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from execution.models import Execution, ExecutionStatus
from execution.services import claims, holds, recovery
from execution.services.declarations import declare
from execution.services.market_watch import MarketWatch
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest
from execution.services.subscriptions import Setting, subscribe
from market.bars import NewBar
from market.services.bars import record_bars
from registry.models import ScriptVersion
from streams.models import Output
from tests import factories
from tests.execution.conftest import run_everything, session_bar

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox, pytest.mark.usefixtures("three_sessions")]

CLOSE = 'emit_signal({"value": float(get_market_data(bars=1)["close"].iloc[-1])})\n'
MARKET = [("IBM", "1d")]
ON_IBM = RunRequest(instrument_key="IBM")
OF_EVEN_BARS = """
close = float(get_market_data(bars=1)["close"].iloc[-1])
if close % 2 == 0:
    emit_signal({"value": close})
"""
# The same, but it breaks where the other has nothing to say.
BREAKS_AT_ODD_BARS = OF_EVEN_BARS + "else:\n    raise ValueError(close)\n"
BREAKS_AT_ELEVEN = """
if "T11:00" in get_timestamp():
    raise ValueError("eleven")
emit_signal({"value": 1})
"""


def followed(source: str, *, ada: User, rita: User, now: datetime) -> ScriptVersion:
    version = factories.make_published_version(ada, rita, source=source)
    subscribe(version.script, ON_IBM, acting_user=ada, now=now)
    run_markets(MARKET, now=now)
    run_everything()
    return version


def comes(*days: int, now: datetime) -> None:
    record_bars([session_bar(day) for day in days], now=now)
    run_markets(MARKET, now=now)


def pass_over(version: ScriptVersion, *days: int, olga: User, now: datetime) -> None:
    """Hold a script while the bars of some days come, if any."""
    script = str(version.script_id)
    hold, _ = holds.place_hold("script", script, reason="Stop.", acting_user=olga, now=now)
    if days:
        comes(*days, now=now)
    holds.lift_hold(hold.pk, acting_user=olga, now=now + timedelta(minutes=1))


def told() -> list[tuple[Any, Any]]:
    rows = Output.objects.order_by("seq")
    return [(row.value, row.metadata.get("signalhub")) for row in rows]


@pytest.mark.parametrize(
    "source", [OF_EVEN_BARS, BREAKS_AT_ODD_BARS], ids=["says nothing", "fails"]
)
def test_what_was_held_is_told_by_the_next_output_though_the_next_run_has_none(
    source: str, ada: User, rita: User, olga: User, now: datetime
) -> None:
    version = followed(source, ada=ada, rita=rita, now=now)
    pass_over(version, 3, 4, olga=olga, now=now)

    for day in (5, 6, 7, 8):
        comes(day, now=now)
        run_everything()

    assert told() == [(102.0, None), (106.0, {"trigger": "bar", "held": 2}), (108.0, None)]


def test_what_a_run_was_to_tell_is_told_though_another_hold_ends_it(
    ada: User, rita: User, olga: User, now: datetime
) -> None:
    version = followed('emit_signal({"value": 1})\n', ada=ada, rita=rita, now=now)
    pass_over(version, 3, 4, 5, 6, olga=olga, now=now)
    comes(7, now=now)
    assert Execution.objects.latest("due_at").held == 4

    pass_over(version, olga=olga, now=now + timedelta(minutes=2))
    for day in (8, 9):
        comes(day, now=now)
        run_everything()

    assert told()[1:] == [(1, {"trigger": "bar", "held": 5}), (1, None)]


def test_missed_instants_are_told_by_the_next_output_though_their_run_fails(
    ada: User, rita: User, now: datetime
) -> None:
    version = factories.make_published_version(ada, rita, source=BREAKS_AT_ELEVEN)
    quarterly = Setting(trigger="schedule", schedule="*/15 * * * *")
    ten = now.replace(hour=10)
    subscribe(version.script, ON_IBM, setting=quarterly, acting_user=ada, now=ten)

    for minutes in (1, 63, 75, 90):
        MarketWatch().run_due(now=ten + timedelta(minutes=minutes))
        run_everything()

    outcomes = Execution.objects.order_by("due_at").values_list("missed", "error__line")
    assert list(outcomes) == [(3, 3), (0, None), (0, None)]
    assert told() == [
        (1, {"trigger": "schedule", "missed": 3}),
        (1, {"trigger": "schedule"}),
    ]


def test_what_another_output_has_told_is_not_told_again_by_the_run_that_counted_it(
    ada: User, rita: User, olga: User, now: datetime
) -> None:
    version = followed(CLOSE, ada=ada, rita=rita, now=now)
    pass_over(version, 3, 4, olga=olga, now=now)
    comes(5, now=now)
    counted = Execution.objects.get(held=2)
    [claimed] = claims.claim_all([str(counted.pk)], now=now)
    claims.finish(claimed, status=ExecutionStatus.FAILED, outcome="infrastructure", now=now)
    comes(6, now=now)
    run_everything()

    counted.refresh_from_db()
    recovery.run_again(counted, reason="Look again.", acting_user=olga, now=now)
    run_everything()

    assert told()[1:] == [
        (106.0, {"trigger": "bar", "held": 2}),
        (105.0, {"trigger": "bar", "late": True}),
    ]


def test_what_is_to_be_told_is_found_by_its_stream_and_mostly_with_one_question(
    three_sessions: list[NewBar], ada: User, rita: User, now: datetime
) -> None:
    followed(OF_EVEN_BARS, ada=ada, rita=rita, now=now)
    stream = Output.objects.get().stream_id

    with CaptureQueriesContext(connection) as captured:
        assert declare({stream}) == {}

    [asked] = captured.captured_queries
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + asked["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "execution_undeclared" in plan
