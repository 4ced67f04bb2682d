from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from execution.models import Execution, RealtimePlan, Trigger
from execution.services.market_watch import MarketWatch
from execution.services.requests import RunRequest
from execution.services.subscriptions import Setting, subscribe, unsubscribe
from market.bars import NewBar
from registry.models import ScriptVersion
from streams.models import Output
from tests import factories
from tests.execution.conftest import run_everything

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]

ON_IBM = RunRequest(instrument_key="IBM")
QUARTERLY = Setting(trigger=Trigger.SCHEDULE, schedule="*/15 * * * *")
START = datetime(2026, 1, 5, 9, 50, tzinfo=UTC)
CLOCK = 'emit_signal({"value": get_timestamp()})\n'
TWICE = 'emit_signal({"value": 2 * len(get_script_output("%s")["value"])})\n'


@pytest.fixture
def clock(ada: User, rita: User, three_sessions: list[NewBar]) -> ScriptVersion:
    return factories.make_published_version(ada, rita, name="Clock", source=CLOCK)


def at(minute: int) -> datetime:
    """Return an instant so many minutes after ten."""
    return datetime(2026, 1, 5, 10, tzinfo=UTC) + timedelta(minutes=minute)


def test_a_schedule_runs_once_at_each_instant_with_the_instant_as_its_clock(
    clock: ScriptVersion, ada: User
) -> None:
    watch = MarketWatch()
    subscribe(clock.script, ON_IBM, setting=QUARTERLY, acting_user=ada, now=START)
    for second in range(0, 40 * 60, 90):
        watch.run_due(now=START + timedelta(seconds=second))

    run_everything()

    outputs = Output.objects.order_by("seq")
    assert [o.value for o in outputs] == [at(minute).isoformat() for minute in (0, 15)]
    assert all(o.confirmed and o.metadata["signalhub"] == {"trigger": "schedule"} for o in outputs)
    assert [run.due_at for run in Execution.objects.order_by("pk")] == [at(0), at(15)]


def test_of_what_was_missed_the_latest_is_run_once_and_says_how_much_it_was(
    clock: ScriptVersion, ada: User
) -> None:
    subscribe(clock.script, ON_IBM, setting=QUARTERLY, acting_user=ada, now=START)
    MarketWatch().run_due(now=at(0))

    MarketWatch().run_due(now=at(63))  # another process, an hour later
    MarketWatch().run_due(now=at(64))
    run_everything()

    assert [(r.due_at, r.missed) for r in Execution.objects.order_by("pk")] == [
        (at(0), 0),
        (at(60), 3),
    ]
    told = Output.objects.latest("seq").metadata["signalhub"]
    assert told == {"trigger": "schedule", "missed": 3}


def test_what_passed_while_nobody_was_subscribed_was_not_missed(
    clock: ScriptVersion, ada: User
) -> None:
    first, _ = subscribe(clock.script, ON_IBM, setting=QUARTERLY, acting_user=ada, now=START)
    MarketWatch().run_due(now=at(0))
    unsubscribe(str(first.pk), acting_user=ada, now=at(1))

    subscribe(clock.script, ON_IBM, setting=QUARTERLY, acting_user=ada, now=at(100))
    MarketWatch().run_due(now=at(101))
    MarketWatch().run_due(now=at(105))

    runs = Execution.objects.order_by("pk")
    assert [(run.due_at, run.missed) for run in runs] == [(at(0), 0), (at(105), 0)]


def test_a_new_version_goes_on_where_the_one_before_was(
    clock: ScriptVersion, ada: User, rita: User
) -> None:
    subscribe(clock.script, ON_IBM, setting=QUARTERLY, acting_user=ada, now=START)
    MarketWatch().run_due(now=at(0))
    newer = factories.publish_next_version(clock.script, rita, source=CLOCK)

    MarketWatch().run_due(now=at(1))
    MarketWatch().run_due(now=at(15))
    run_everything()

    runs = Execution.objects.order_by("pk")
    assert [(run.version_id, run.due_at, run.missed) for run in runs] == [
        (clock.pk, at(0), 0),
        (newer.pk, at(15), 0),
    ]
    assert RealtimePlan.objects.count() == 2
    assert Output.objects.values("stream").distinct().count() == 1


def test_two_schedules_of_one_script_have_two_streams(clock: ScriptVersion, ada: User) -> None:
    hourly = Setting(trigger=Trigger.SCHEDULE, schedule="0 * * * *", zone="Europe/London")

    _, one = subscribe(clock.script, ON_IBM, setting=QUARTERLY, acting_user=ada, now=START)
    again, same = subscribe(clock.script, ON_IBM, setting=QUARTERLY, acting_user=ada, now=START)
    _, other = subscribe(clock.script, ON_IBM, setting=hourly, acting_user=ada, now=START)

    assert one.key == same.key != other.key
    assert again.schedule == "*/15 * * * * UTC"
    assert one.params["context.schedule"] == "*/15 * * * * UTC"


def test_a_dependent_of_a_schedule_reads_what_was_said_at_the_same_instant(
    clock: ScriptVersion, ada: User, rita: User
) -> None:
    dependent = factories.make_published_version(
        ada,
        rita,
        name="Twice",
        source=TWICE % clock.script_id,
        manifest={"depends_on": [f"{clock.script_id}@{clock.version}"]},
    )
    subscribe(dependent.script, ON_IBM, setting=QUARTERLY, acting_user=ada, now=START)
    MarketWatch().run_due(now=at(0))

    ran = run_everything()

    assert [(run.outcome, run.due_at) for run in ran] == [("ok", at(0))] * 2


def test_dependents_by_two_schedules_read_each_what_was_said_by_their_own(
    clock: ScriptVersion, ada: User, rita: User
) -> None:
    dependent = factories.make_published_version(
        ada,
        rita,
        name="Twice",
        source=TWICE % clock.script_id,
        manifest={"depends_on": [f"{clock.script_id}@{clock.version}"]},
    )
    hourly = Setting(trigger=Trigger.SCHEDULE, schedule="0 * * * *")
    for setting in (QUARTERLY, hourly):
        subscribe(dependent.script, ON_IBM, setting=setting, acting_user=ada, now=START)
    for minute in (0, 15):
        MarketWatch().run_due(now=at(minute))

    ran = run_everything()

    assert {(run.outcome, run.missed) for run in ran} == {("ok", 0)}
    assert sorted((run.plan.schedule, run.due_at) for run in ran if run.plan and run.due_at) == [
        *[("*/15 * * * * UTC", at(0))] * 2,
        *[("*/15 * * * * UTC", at(15))] * 2,
        *[("0 * * * * UTC", at(0))] * 2,
    ]


def test_a_look_at_schedules_of_which_none_has_come_asks_no_more_for_many_than_for_few(
    clock: ScriptVersion, ada: User
) -> None:
    watch = MarketWatch()
    counts = []
    for minutes in (range(1, 4), range(4, 24)):
        for minute in minutes:
            setting = Setting(trigger=Trigger.SCHEDULE, schedule=f"{minute} 12 * * *")
            subscribe(clock.script, ON_IBM, setting=setting, acting_user=ada, now=START)
        watch.run_due(now=at(0))
        watch.look_at_all_next()
        with CaptureQueriesContext(connection) as captured:
            watch.run_due(now=at(1))
        counts.append(len(captured))
        watch.look_at_all_next()

    assert counts[0] == counts[1]
    assert not [one for one in captured.captured_queries if "FOR NO KEY UPDATE" in one["sql"]]
    watch.run_due(now=at(2 * 60 + 3))
    schedules = RealtimePlan.objects.filter(executions__isnull=False).values_list("schedule")
    assert sorted(schedules) == [(f"{minute} 12 * * * UTC",) for minute in (1, 2, 3)]
