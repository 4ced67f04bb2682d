from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from execution.models import Execution, RealtimePlan, Trigger
from execution.services.advancing import MOST_UNFINISHED_TICKS
from execution.services.market_watch import MarketWatch
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest
from execution.services.subscriptions import InvalidTrigger, Setting, subscribe
from market.bars import NewBar
from registry.models import ScriptVersion
from streams.models import Output
from tests import factories
from tests.execution.conftest import run_everything
from tests.execution.ticks import store_tick, tick_time

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]

ON_IBM = RunRequest(instrument_key="IBM")
ON_TICKS = Setting(trigger=Trigger.TICK)
MARKET = [("IBM", "1d")]
SAY_ALL = """
emit_signal({
    "value": context["tick"]["price"],
    "tick": context["tick"],
    "forming": context["forming_bar"],
    "clock": get_timestamp(),
    "closed": float(get_market_data(bars=1)["close"].iloc[-1]),
})
"""
PRICE = 'emit_signal({"value": context["tick"]["price"]})\n'
TWICE = 'emit_signal({"value": 2 * get_script_output("%s")["value"]})\n'


@pytest.fixture
def price(ada: User, rita: User, three_sessions: list[NewBar]) -> ScriptVersion:
    return factories.make_published_version(ada, rita, name="Price", source=PRICE)


def published() -> list[tuple[Any, bool, Any]]:
    outputs = Output.objects.order_by("pk")
    return [(o.value, o.confirmed, o.metadata.get("signalhub")) for o in outputs]


def test_every_tick_is_run_for_at_its_instant_and_says_that_it_is_not_confirmed(
    price: ScriptVersion, ada: User, now: datetime
) -> None:
    store_tick(0, 100.0)
    subscribe(price.script, ON_IBM, setting=ON_TICKS, acting_user=ada, now=now)
    run_markets(MARKET, now=now)
    store_tick(1, 101.0)
    store_tick(2, 102.0)

    run_markets(MARKET, now=now)
    run_markets(MARKET, now=now)
    ran = run_everything()

    assert [run.due_at for run in ran] == [tick_time(0), tick_time(1), tick_time(2)]
    assert [run.as_of for run in ran] == [run.due_at for run in ran]
    assert published() == [(p, False, {"trigger": "tick"}) for p in (100.0, 101.0, 102.0)]


def test_a_script_is_told_the_tick_and_the_forming_bar_and_reads_closed_bars_only(
    ada: User, rita: User, three_sessions: list[NewBar], now: datetime
) -> None:
    script = factories.make_published_version(ada, rita, source=SAY_ALL).script
    subscribe(script, ON_IBM, setting=ON_TICKS, acting_user=ada, now=now)
    for second, traded in ((0, 100.0), (1, 104.0), (2, 98.0), (3, 103.0)):
        store_tick(second, traded)

    run_markets(MARKET, now=now)
    run_everything()

    said = Output.objects.latest("pk").metadata
    assert said["tick"] == {
        "price": 103.0,
        "size": 10.0,
        "bid": 99.0,
        "ask": 101.0,
        "at": tick_time(3).isoformat(),
    }
    assert said["forming"] == {
        "opened_at": "2006-01-05T00:00:00+00:00",
        "open": 100.0,
        "high": 104.0,
        "low": 98.0,
        "close": 103.0,
        "volume": 40.0,
        "trades": 4,
    }
    assert said["clock"] == tick_time(3).isoformat()
    assert said["closed"] == 102.0  # of the third session, which closed two days before


def test_a_flagged_tick_sets_nothing_off_and_is_no_part_of_the_forming_bar(
    ada: User, rita: User, three_sessions: list[NewBar], now: datetime
) -> None:
    script = factories.make_published_version(ada, rita, source=SAY_ALL).script
    store_tick(0, 100.0)
    subscribe(script, ON_IBM, setting=ON_TICKS, acting_user=ada, now=now)
    run_markets(MARKET, now=now)
    store_tick(1, 1_000_000.0, flags=("late",))
    assert run_markets(MARKET, now=now) == []
    store_tick(2, 101.0)

    run_markets(MARKET, now=now)
    run_everything()

    said = Output.objects.latest("pk").metadata
    assert said["forming"]["high"] == 101.0
    assert said["signalhub"] == {"trigger": "tick"}


def test_when_ticks_come_too_fast_the_newest_wins_and_says_for_how_many_it_stands(
    price: ScriptVersion, ada: User, now: datetime
) -> None:
    store_tick(0, 100.0)
    subscribe(price.script, ON_IBM, setting=ON_TICKS, acting_user=ada, now=now)
    run_markets(MARKET, now=now)
    for second in range(1, MOST_UNFINISHED_TICKS + 3):
        store_tick(second, 100.0 + second)

    run_markets(MARKET, now=now)
    run_everything()

    newest = MOST_UNFINISHED_TICKS + 2
    assert published() == [
        (100.0, False, {"trigger": "tick"}),
        (100.0 + newest, False, {"trigger": "tick", "coalesced": newest - 1}),
    ]
    last = Execution.objects.latest("pk")
    assert (last.due_at, last.coalesced) == (tick_time(newest), newest - 1)


def test_ticks_wait_in_the_table_while_runs_are_behind_and_none_is_left_out_of_the_count(
    price: ScriptVersion, ada: User, now: datetime
) -> None:
    watch = MarketWatch()
    subscribe(price.script, ON_IBM, setting=ON_TICKS, acting_user=ada, now=now)
    for second in range(40):
        store_tick(second, 100.0 + second)
        watch.run_due(now=now + timedelta(seconds=2 * second))
    assert Execution.objects.count() == MOST_UNFINISHED_TICKS

    run_everything()
    watch.run_due(
        now=now + timedelta(seconds=82)
    )  # nothing came since: it was behind, and so is looked at again
    run_everything()

    runs = Execution.objects.order_by("pk")
    assert runs.last().due_at == tick_time(39)  # type: ignore[union-attr]
    assert sum(1 + run.coalesced for run in runs) == 40


def test_ticks_of_one_instant_are_one_run_of_the_last_of_them(
    price: ScriptVersion, ada: User, now: datetime
) -> None:
    store_tick(0, 100.0)
    subscribe(price.script, ON_IBM, setting=ON_TICKS, acting_user=ada, now=now)
    run_markets(MARKET, now=now)
    store_tick(1, 109.0, event_id="9")
    store_tick(1, 110.0, event_id="10")

    run_markets(MARKET, now=now)
    run_everything()

    assert published()[-1] == (110.0, False, {"trigger": "tick", "coalesced": 1})


def test_what_runs_on_ticks_has_a_stream_and_a_plan_of_its_own(
    price: ScriptVersion, ada: User, now: datetime
) -> None:
    store_tick(0, 100.0)
    _, on_bars = subscribe(price.script, ON_IBM, acting_user=ada, now=now)

    _, on_ticks = subscribe(price.script, ON_IBM, setting=ON_TICKS, acting_user=ada, now=now)
    run_markets(MARKET, now=now)

    assert on_bars.key != on_ticks.key
    assert on_ticks.key.endswith("context.trigger-tick")
    assert set(RealtimePlan.objects.values_list("trigger", flat=True)) == {"bar", "tick"}
    streams = dict(Execution.objects.values_list("plan__trigger", "stream__key"))
    assert streams == {"bar": on_bars.key, "tick": on_ticks.key}


def test_a_dependent_of_ticks_reads_what_its_dependency_said_of_the_same_tick(
    price: ScriptVersion, ada: User, rita: User, now: datetime
) -> None:
    dependent = factories.make_published_version(
        ada,
        rita,
        name="Twice",
        source=TWICE % price.script_id,
        manifest={"depends_on": [f"{price.script_id}@{price.version}"]},
    )
    subscribe(dependent.script, ON_IBM, setting=ON_TICKS, acting_user=ada, now=now)
    for second in (0, 1):
        store_tick(second, 100.0 + second)
        run_markets(MARKET, now=now)
    for second in range(2, 20):
        store_tick(second, 100.0 + second)
    run_markets(MARKET, now=now)

    ran = run_everything()

    assert {run.outcome for run in ran} == {"ok"}
    doubled = Output.objects.filter(stream__script=dependent.script).order_by("seq")
    assert [(o.value, o.metadata["signalhub"].get("coalesced")) for o in doubled] == [
        (200.0, None),
        (202.0, None),
        (238.0, 17),
    ]


def test_only_a_schedule_has_a_schedule(price: ScriptVersion, ada: User, now: datetime) -> None:
    for setting in (
        Setting(trigger="hourly"),
        Setting(trigger=Trigger.TICK, schedule="* * * * *"),
        Setting(zone="UTC"),
    ):
        with pytest.raises(InvalidTrigger):
            subscribe(price.script, ON_IBM, setting=setting, acting_user=ada, now=now)
