"""Where a stream goes on when another version of its script runs from now on."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from execution.models import Execution, ExecutionStatus, HoldKind, RealtimePlan
from execution.services import advancing, holds, realtime
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest
from execution.services.subscriptions import subscribe
from execution.triggers import plans_for
from market.bars import NewBar
from market.services.bars import record_bars
from registry.models import ScriptVersion
from registry.services.policies import roll_back
from streams.models import Output
from tests import factories
from tests.execution.conftest import FIRST_SESSION, run_everything, session_bar

pytestmark = pytest.mark.django_db

ON_IBM = RunRequest(instrument_key="IBM")
MARKET = [("IBM", "1d")]
FIRST, SECOND = 'emit_signal({"value": 1})\n', 'emit_signal({"value": 2})\n'
TWICE = 'emit_signal({"value": 2 * get_script_output("%s")["value"]})\n'


@pytest.fixture
def first(ada: User, rita: User, three_sessions: list[NewBar], now: datetime) -> ScriptVersion:
    """Return a version that ada follows, and that has run for the newest of three bars."""
    version = factories.make_published_version(ada, rita, source=FIRST)
    subscribe(version.script, ON_IBM, acting_user=ada, now=now)
    run_markets(MARKET, now=now)
    return version


def days_of(version: ScriptVersion) -> list[int]:
    """Return the days whose bars a version has been run for, oldest first."""
    made = Execution.objects.filter(version=version, plan__isnull=False).order_by("due_at")
    return [(run.due_at - FIRST_SESSION).days for run in made if run.due_at is not None]


def end_runs(now: datetime) -> None:
    Execution.objects.filter(finished_at=None).update(
        status=ExecutionStatus.COMPLETED, outcome="ok", finished_at=now
    )


def bring(*days: int, now: datetime) -> None:
    record_bars([session_bar(day) for day in days], now=now)


def test_a_new_version_runs_for_the_bars_that_came_while_nobody_looked(
    first: ScriptVersion, rita: User, now: datetime
) -> None:
    end_runs(now)
    bring(3, 4, 5, 6, now=now)
    second = factories.publish_next_version(first.script, rita, source=SECOND)

    run_markets(MARKET, now=now)

    assert (days_of(first), days_of(second)) == ([2], [3, 4, 5, 6])


@pytest.mark.sandbox
def test_a_new_version_goes_on_after_the_runs_for_which_the_one_before_had_room(
    first: ScriptVersion, rita: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advancing, "MOST_UNFINISHED", 2)
    bring(3, 4, 5, 6, now=now)
    run_markets(MARKET, now=now)
    second = factories.publish_next_version(first.script, rita, source=SECOND)

    run_markets(MARKET, now=now)
    statuses = list(Execution.objects.order_by("pk").values_list("status", flat=True))
    for _ in range(3):
        run_everything()
        run_markets(MARKET, now=now)

    assert statuses == [ExecutionStatus.PENDING, *[ExecutionStatus.WAITING] * 3]
    assert (days_of(first), days_of(second)) == ([2, 3], [4, 5, 6])
    outputs = Output.objects.order_by("seq").values_list("seq", "value", "bar_opened_at")
    assert list(outputs) == [
        (1 + n, value, session_bar(2 + n).opened_at) for n, value in enumerate([1, 1, 2, 2, 2])
    ]
    assert Output.objects.values("stream").distinct().count() == 1


def test_the_first_run_of_a_new_version_waits_for_those_of_the_one_before(
    first: ScriptVersion, rita: User, now: datetime
) -> None:
    bring(3, now=now)
    run_markets(MARKET, now=now)
    unfinished = set(Execution.objects.values_list("pk", flat=True))
    second = factories.publish_next_version(first.script, rita, source=SECOND)
    bring(4, now=now)

    [run] = run_markets(MARKET, now=now)

    assert run.version == second
    assert (set(run.waits_for), run.status) == (unfinished, ExecutionStatus.WAITING)


def test_a_version_that_is_rolled_back_to_waits_for_the_one_it_replaces(
    first: ScriptVersion, ada: User, rita: User, now: datetime
) -> None:
    end_runs(now)
    second = factories.publish_next_version(first.script, rita, source=SECOND)
    bring(3, now=now)
    [unfinished] = run_markets(MARKET, now=now)
    roll_back(first.script, "1.0.0", reason="Wrong.", acting_user=ada, now=now)
    run_markets(MARKET, now=now)
    bring(4, now=now)

    [run] = run_markets(MARKET, now=now)

    assert (days_of(first), days_of(second)) == ([2, 4], [3])
    assert run.waits_for == [unfinished.pk]


def test_what_is_behind_when_a_version_is_rolled_back_to_is_run_for_by_it(
    first: ScriptVersion, ada: User, rita: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advancing, "MOST_UNFINISHED", 2)
    end_runs(now)
    second = factories.publish_next_version(first.script, rita, source=SECOND)
    bring(3, 4, 5, 6, now=now)
    run_markets(MARKET, now=now)
    roll_back(first.script, "1.0.0", reason="Wrong.", acting_user=ada, now=now)

    run_markets(MARKET, now=now)

    assert (days_of(first), days_of(second)) == ([2, 5, 6], [3, 4])


@pytest.mark.parametrize("published_under_the_hold", [True, False])
def test_what_was_passed_over_under_a_hold_is_declared_once_by_the_version_that_follows(
    published_under_the_hold: bool,
    first: ScriptVersion,
    rita: User,
    olga: User,
    now: datetime,
) -> None:
    end_runs(now)
    hold, _ = holds.place_hold(
        HoldKind.SCRIPT, str(first.script_id), reason="Odd.", acting_user=olga, now=now
    )
    bring(3, 4, now=now)
    run_markets(MARKET, now=now)
    if published_under_the_hold:
        factories.publish_next_version(first.script, rita, source=SECOND)
        run_markets(MARKET, now=now)
    holds.lift_hold(hold.pk, acting_user=olga, now=now)
    if not published_under_the_hold:
        factories.publish_next_version(first.script, rita, source=SECOND)
    bring(5, 6, now=now)

    run_markets(MARKET, now=now)
    run_markets(MARKET, now=now)

    made = Execution.objects.order_by("due_at").values_list("version__version", "due_at", "held")
    assert [(version, (at - FIRST_SESSION).days, held) for version, at, held in made if at] == [
        ("1.0.0", 2, 0),
        ("1.1.0", 5, 2),
        ("1.1.0", 6, 0),
    ]
    assert set(RealtimePlan.objects.values_list("held", flat=True)) == {0}


def test_runs_of_the_version_before_that_a_hold_stops_are_declared_too(
    first: ScriptVersion, rita: User, olga: User, now: datetime
) -> None:
    factories.publish_next_version(first.script, rita, source=SECOND)
    run_markets(MARKET, now=now)
    hold, _ = holds.place_hold(
        HoldKind.SCRIPT, str(first.script_id), reason="Odd.", acting_user=olga, now=now
    )
    holds.lift_hold(hold.pk, acting_user=olga, now=now)
    bring(3, now=now)

    [run] = run_markets(MARKET, now=now)

    assert run.held == 2  # one run of each version


def test_a_version_that_something_pinned_goes_on_beside_the_one_that_takes_over(
    first: ScriptVersion,
    ada: User,
    rita: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(advancing, "MOST_UNFINISHED", 2)
    dependent = factories.make_published_version(
        ada,
        rita,
        name="Twice",
        source=TWICE % first.script_id,
        manifest={"depends_on": [f"{first.script_id}@{first.version}"]},
    )
    subscribe(dependent.script, ON_IBM, acting_user=ada, now=now)
    run_markets(MARKET, now=now)
    end_runs(now)
    bring(3, 4, 5, 6, now=now)
    run_markets(MARKET, now=now)
    second = factories.publish_next_version(first.script, rita, source=SECOND)

    for _ in range(4):
        end_runs(now)
        run_markets(MARKET, now=now)

    assert days_of(first) == [2, 3, 4, 5, 6]
    assert days_of(second) == [5, 6]
    assert days_of(dependent) == [2, 3, 4, 5, 6]
    own = first.executions.order_by("due_at").values_list("stream", flat=True)
    mixed = second.executions.values_list("stream", flat=True)
    assert set(own[:3]) == set(mixed)
    assert set(own[3:]).isdisjoint(mixed)


def test_a_version_that_was_suspended_before_it_took_over_does_so_later(
    first: ScriptVersion, rita: User, now: datetime
) -> None:
    end_runs(now)
    bring(3, 4, now=now)
    second = factories.publish_next_version(first.script, rita, source=SECOND)
    own = ScriptVersion.objects.filter(pk=second.pk)
    own.update(suspended_at=now, suspension_reason="violation")
    run_markets(MARKET, now=now)
    bring(5, now=now)
    own.update(suspended_at=None, suspension_reason="")

    run_markets(MARKET, now=now)

    assert (days_of(first), days_of(second)) == ([2], [3, 4, 5])


@pytest.mark.parametrize("days", [[3], [3, 4]])
def test_one_who_has_not_heard_of_the_new_version_makes_no_run_of_the_one_before(
    days: list[int],
    first: ScriptVersion,
    rita: User,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    end_runs(now)
    heard_before = plans_for("IBM", "1d", now=now)
    factories.publish_next_version(first.script, rita, source=SECOND)
    run_markets(MARKET, now=now)
    bring(*days, now=now)
    monkeypatch.setattr(realtime, "plans_for", lambda *_, **__: heard_before)
    late = now + timedelta(seconds=1)

    assert run_markets(MARKET, now=late) == []
