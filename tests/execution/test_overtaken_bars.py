"""A bar that comes after a later one is not run for, and the next run says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from accounts.models import User
from execution.models import Execution
from execution.services.market_watch import MarketWatch
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest
from execution.services.subscriptions import subscribe
from market.models import Bar, Instrument
from market.services.bars import record_bars
from market.services.corrections import correct_bars
from market.services.keeping import keep_timeframe
from registry.models import ScriptVersion
from streams.models import Output
from tests import factories
from tests.execution.conftest import run_everything, session_bar
from tests.market.oracle import make_coin, minutes_of

pytestmark = pytest.mark.django_db

IBM = [("IBM", "1d")]
COUNT_BARS = 'emit_signal({"value": len(get_market_data(bars=50))})\n'


@pytest.fixture
def version(ada: User, rita: User, ibm: Instrument, now: datetime) -> ScriptVersion:
    """A script that ada follows on IBM, where the sessions 0 and 1 are run for."""
    version = factories.make_published_version(ada, rita, source=COUNT_BARS)
    subscribe(version.script, RunRequest(instrument_key="IBM"), acting_user=ada, now=now)
    comes(0, now=now)
    run_markets(IBM, now=now)
    comes(1, now=now)
    run_markets(IBM, now=now)
    return version


def comes(*days: int, now: datetime) -> None:
    record_bars([session_bar(day) for day in days], now=now)


def ran_for() -> list[tuple[int, int]]:
    """Return of each run the day of its bar, and how many bars it declares as missed."""
    first = session_bar(0).opened_at
    return [
        ((opened_at - first).days, missed)
        for opened_at, missed in Execution.objects.order_by("created_at", "due_at").values_list(
            "bar_opened_at", "missed"
        )
        if opened_at is not None
    ]


@pytest.mark.usefixtures("version")
def test_a_bar_that_comes_after_its_plan_has_passed_it_is_declared_by_the_next_run(
    now: datetime,
) -> None:
    comes(4, now=now)
    run_markets(IBM, now=now)

    comes(2, now=now)
    run_markets(IBM, now=now)
    comes(3, now=now)
    run_markets(IBM, now=now)
    assert ran_for() == [(0, 0), (1, 0), (4, 0)]

    comes(5, now=now)
    run_markets(IBM, now=now)
    comes(6, now=now)
    run_markets(IBM, now=now)
    assert ran_for() == [(0, 0), (1, 0), (4, 0), (5, 2), (6, 0)]


@pytest.mark.usefixtures("version")
def test_a_plan_that_is_behind_does_not_run_for_a_late_bar_with_a_later_clock(
    now: datetime,
) -> None:
    comes(4, now=now)
    comes(3, now=now)
    comes(5, 6, now=now)

    run_markets(IBM, now=now)

    assert ran_for() == [(0, 0), (1, 0), (4, 0), (5, 1), (6, 0)]
    clocks = list(Execution.objects.order_by("due_at").values_list("as_of", flat=True))
    assert clocks == [session_bar(day).closes_at for day in (0, 1, 4, 5, 6)]


@pytest.mark.usefixtures("version")
def test_a_late_bar_that_comes_with_a_newer_one_is_declared_by_that_ones_run(
    now: datetime,
) -> None:
    comes(4, now=now)
    comes(2, 5, now=now)
    MarketWatch().run_due(now=now + timedelta(seconds=1))

    assert ran_for() == [(0, 0), (1, 0), (4, 0), (5, 1)]


@pytest.mark.sandbox
def test_outputs_stay_in_order_and_say_what_was_missed(
    version: ScriptVersion, now: datetime
) -> None:
    comes(4, now=now)
    comes(3, now=now)
    comes(5, now=now)
    run_markets(IBM, now=now)

    ran = run_everything()

    assert [run.outcome for run in ran] == ["ok"] * 4
    outputs = list(Output.objects.order_by("seq"))
    assert [output.timestamp for output in outputs] == sorted(o.timestamp for o in outputs)
    # The late bar of day 3 came at the close of day 4, in market time: from then on it is read.
    assert [output.value for output in outputs] == [1, 2, 4, 5]
    assert [output.metadata.get("signalhub") for output in outputs] == [
        None, None, None, {"trigger": "bar", "missed": 1}
    ]  # fmt: skip


@pytest.mark.usefixtures("version", "platform_house")
def test_a_correction_of_a_late_bar_changes_nothing_about_it(now: datetime, olga: User) -> None:
    comes(4, now=now)
    comes(3, now=now)
    better = replace(session_bar(3), volume=7.0)
    correct_bars([better], known_at=now, reason="misprint", acting_user=olga, now=now)
    comes(5, now=now)
    comes(6, now=now)

    run_markets(IBM, now=now)

    assert ran_for() == [(0, 0), (1, 0), (4, 0), (5, 1), (6, 0)]


def test_a_longer_bar_that_can_be_made_only_after_a_later_one_is_late_as_well(
    now: datetime,
) -> None:
    make_coin()
    start = datetime(2026, 1, 5, tzinfo=now.tzinfo)
    minutes = minutes_of("BTC", [(start, start + timedelta(minutes=20))], gaps=0)
    record_bars(minutes[:5], now=now)
    keep_timeframe("BTC", "5m", now=now)
    record_bars(minutes[10:16], now=now)

    record_bars(minutes[5:8], now=now)
    record_bars([*minutes[16:]], now=now)

    fives = Bar.objects.filter(timeframe="5m").order_by("opened_at")
    assert list(fives.values_list("is_overtaken", "overtaken")) == [
        (False, 0), (True, 0), (False, 0), (False, 1)
    ]  # fmt: skip
