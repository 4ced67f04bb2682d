"""What passes while nobody is there for whom a plan runs, and what does not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from accounts.models import User
from execution.models import Execution, RealtimePlan, Subscription, Trigger
from execution.services import advancing
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest
from execution.services.subscriptions import Setting, subscribe, unsubscribe
from market.bars import NewBar
from market.services.bars import record_bars
from registry.models import ScriptVersion
from registry.services import entitlements
from tests import factories
from tests.execution.conftest import FIRST_SESSION, session_bar
from tests.execution.ticks import store_tick, tick_time

pytestmark = pytest.mark.django_db

ON_IBM = RunRequest(instrument_key="IBM")
ON_TICKS = Setting(trigger=Trigger.TICK)
QUARTERLY = Setting(trigger=Trigger.SCHEDULE, schedule="*/15 * * * *")
MARKET = [("IBM", "1d")]
TWICE = 'emit_signal({"value": 2 * get_script_output("%s")["value"]})\n'
Later = Callable[[float], datetime]


@pytest.fixture
def version(ada: User, rita: User, three_sessions: list[NewBar]) -> ScriptVersion:
    return factories.make_published_version(ada, rita)


@pytest.fixture
def later(now: datetime) -> Later:
    """Return the instant so many minutes from now."""
    return lambda minutes: now + timedelta(minutes=minutes)


def days_of(version: ScriptVersion) -> list[int]:
    """Return the days whose bars a version has been run for, oldest first."""
    made = Execution.objects.filter(version=version).order_by("due_at")
    return [(run.due_at - FIRST_SESSION).days for run in made if run.due_at is not None]


def bring(*days: int, now: datetime) -> None:
    record_bars([session_bar(day) for day in days], now=now)


def leave(subscription: Subscription, now: datetime) -> None:
    unsubscribe(str(subscription.pk), acting_user=subscription.user, now=now)


def test_bars_that_came_while_nobody_was_subscribed_are_not_run_for(
    version: ScriptVersion, ada: User, now: datetime, later: Later
) -> None:
    subscription, _ = subscribe(version.script, ON_IBM, acting_user=ada, now=now)
    run_markets(MARKET, now=now)
    leave(subscription, later(1))
    bring(3, 4, 5, 6, now=later(2))
    subscribe(version.script, ON_IBM, acting_user=ada, now=later(3))

    run_markets(MARKET, now=later(4))
    bring(7, 8, now=later(5))
    run_markets(MARKET, now=later(6))

    assert days_of(version) == [2, 6, 7, 8]


def test_ticks_that_came_while_nobody_was_subscribed_are_not_counted(
    version: ScriptVersion, ada: User, now: datetime, later: Later
) -> None:
    store_tick(0, 100.0)
    subscription, _ = subscribe(version.script, ON_IBM, setting=ON_TICKS, acting_user=ada, now=now)
    run_markets(MARKET, now=now)
    leave(subscription, later(1))
    for second in range(1, 40):
        store_tick(second, 100.0)
    subscribe(version.script, ON_IBM, setting=ON_TICKS, acting_user=ada, now=later(2))

    run_markets(MARKET, now=later(3))

    runs = Execution.objects.order_by("due_at").values_list("due_at", "coalesced")
    assert list(runs) == [(tick_time(0), 0), (tick_time(39), 0)]


def test_a_dependency_that_nobody_waited_for_does_not_keep_a_new_dependent_waiting(
    version: ScriptVersion,
    ada: User,
    rita: User,
    now: datetime,
    later: Later,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(advancing, "MOST_UNFINISHED", 2)
    dependent = factories.make_published_version(
        ada,
        rita,
        name="Twice",
        source=TWICE % version.script_id,
        manifest={"depends_on": [f"{version.script_id}@{version.version}"]},
    )
    subscription, _ = subscribe(version.script, ON_IBM, acting_user=ada, now=now)
    run_markets(MARKET, now=now)
    leave(subscription, later(1))
    bring(3, 4, 5, 6, now=later(2))
    subscribe(dependent.script, ON_IBM, acting_user=ada, now=later(3))

    run_markets(MARKET, now=later(4))

    assert (days_of(version), days_of(dependent)) == ([2, 6], [6])


def test_somebody_who_was_there_before_the_others_left_misses_nothing(
    version: ScriptVersion, ada: User, sam: User, now: datetime, later: Later
) -> None:
    factories.make_entitlement(version.script, sam)
    first, _ = subscribe(version.script, ON_IBM, acting_user=ada, now=now)
    run_markets(MARKET, now=now)
    bring(3, 4, now=later(1))
    subscribe(version.script, ON_IBM, acting_user=sam, now=later(2))
    bring(5, 6, now=later(3))
    leave(first, later(4))

    run_markets(MARKET, now=later(5))

    assert days_of(version) == [2, 3, 4, 5, 6]


def test_who_follows_a_dependent_is_there_for_what_it_depends_on(
    version: ScriptVersion, ada: User, rita: User, sam: User, now: datetime, later: Later
) -> None:
    factories.make_entitlement(version.script, sam)
    dependent = factories.make_published_version(
        ada,
        rita,
        name="Twice",
        source=TWICE % version.script_id,
        manifest={"depends_on": [f"{version.script_id}@{version.version}"]},
    )
    first, _ = subscribe(dependent.script, ON_IBM, acting_user=ada, now=now)
    run_markets(MARKET, now=now)
    bring(3, 4, now=later(1))
    subscribe(version.script, ON_IBM, acting_user=sam, now=later(2))
    leave(first, later(3))

    run_markets(MARKET, now=later(4))

    assert days_of(version) == [2, 3, 4]


@pytest.mark.parametrize("looks_meanwhile", [1, 3])
def test_bars_that_came_while_the_only_right_had_ended_are_not_run_for(
    looks_meanwhile: int,
    version: ScriptVersion,
    ada: User,
    sam: User,
    now: datetime,
    later: Later,
) -> None:
    factories.make_entitlement(version.script, sam)
    subscribe(version.script, ON_IBM, acting_user=sam, now=now)
    run_markets(MARKET, now=now)
    entitlements.revoke(version.script, sam, acting_user=ada, now=later(1))
    for look in range(looks_meanwhile):
        run_markets(MARKET, now=later(2 + look))
    bring(3, 4, 5, 6, now=later(10))
    factories.make_entitlement(version.script, sam)

    run_markets(MARKET, now=later(11))
    bring(7, 8, now=later(12))
    run_markets(MARKET, now=later(13))

    assert days_of(version) == [2, 6, 7, 8]


def test_instants_that_passed_while_the_only_right_had_ended_were_not_missed(
    version: ScriptVersion, ada: User, sam: User, now: datetime, later: Later
) -> None:
    factories.make_entitlement(version.script, sam)
    subscribe(version.script, ON_IBM, setting=QUARTERLY, acting_user=sam, now=now)
    run_markets(MARKET, now=now)
    run_markets(MARKET, now=later(15))
    entitlements.revoke(version.script, sam, acting_user=ada, now=later(16))
    run_markets(MARKET, now=later(17))
    factories.make_entitlement(version.script, sam)

    for minutes in (100, 104, 105):
        run_markets(MARKET, now=later(minutes))

    runs = Execution.objects.order_by("due_at").values_list("due_at", "missed")
    assert list(runs) == [(later(15), 0), (later(105), 0)]


def test_what_came_while_nobody_looked_at_those_who_were_there_is_run_for(
    version: ScriptVersion, ada: User, now: datetime, later: Later
) -> None:
    subscribe(version.script, ON_IBM, acting_user=ada, now=now)
    run_markets(MARKET, now=later(1))
    bring(3, 4, 5, 6, now=later(2))

    run_markets(MARKET, now=later(100_000))

    assert days_of(version) == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("suspended", ["the version", "what it depends on"])
def test_a_suspended_version_keeps_its_place(
    suspended: str, version: ScriptVersion, ada: User, rita: User, now: datetime, later: Later
) -> None:
    dependent = factories.make_published_version(
        ada,
        rita,
        name="Twice",
        source=TWICE % version.script_id,
        manifest={"depends_on": [f"{version.script_id}@{version.version}"]},
    )
    subscribe(dependent.script, ON_IBM, acting_user=ada, now=now)
    run_markets(MARKET, now=now)
    stopped = dependent if suspended == "the version" else version
    own = ScriptVersion.objects.filter(pk=stopped.pk)
    own.update(suspended_at=now, suspension_reason="violation")
    bring(3, 4, now=later(1))
    run_markets(MARKET, now=later(2))
    own.update(suspended_at=None, suspension_reason="")

    run_markets(MARKET, now=later(3))

    assert (days_of(version), days_of(dependent)) == ([2, 3, 4], [2, 3, 4])
    assert not RealtimePlan.objects.filter(wanted_since=None).exists()
