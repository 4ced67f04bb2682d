from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from accounts.models import User
from execution import tasks
from execution.models import Execution, ExecutionStatus, RunPriority, Trial, TrialStatus
from execution.services import claims, places, runs, urgency
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest, request_run
from execution.services.subscriptions import subscribe
from execution.services.trials import request_trial
from market.bars import NewBar
from registry.models import ScriptVersion
from tests import factories
from tests.execution.pending import make_pending

pytestmark = [pytest.mark.django_db, pytest.mark.sandbox]

ON_IBM = RunRequest(instrument_key="IBM")


@pytest.fixture(autouse=True)
def first_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count from one: what ran in this process before must not make a batch here the tenth."""
    monkeypatch.setattr(runs, "_turns", urgency.Turns())


@pytest.fixture
def version(ada: User, rita: User, three_sessions: list[NewBar]) -> ScriptVersion:
    return factories.make_published_version(ada, rita)


@pytest.fixture
def other(ada: User, rita: User, three_sessions: list[NewBar]) -> ScriptVersion:
    return factories.make_published_version(ada, rita, name="Other")


def taken(now: datetime, *, at_most: int = 10, oldest_first: bool = False) -> list[Execution]:
    found = claims.claim_urgent(at_most=at_most, oldest_first=oldest_first, now=now)
    return [claimed.execution for claimed in found.claims]


def test_a_worker_with_one_place_runs_what_is_urgent_before_what_was_queued_first(
    version: ScriptVersion, other: ScriptVersion, ada: User, now: datetime
) -> None:
    for place, priority in enumerate(reversed(RunPriority)):
        make_pending(
            version if place % 2 else other,
            [ada],
            now=now,
            priority=priority,
            waited=timedelta(seconds=9 - place),
        )
    make_pending(other, [ada], now=now, priority=RunPriority.PAID)

    done = [runs.run_most_urgent(at_most=1) for _ in range(6)]

    assert done == [1, 1, 1, 1, 1, 0]
    order = Execution.objects.order_by("started_at").values_list("priority", flat=True)
    assert list(order) == [1, 1, 2, 3, 4]


def test_a_task_runs_what_is_urgent_by_then_and_leaves_nothing_that_the_queue_lost(
    version: ScriptVersion, other: ScriptVersion, ada: User, now: datetime
) -> None:
    make_pending(version, [ada], now=now, waited=timedelta(seconds=5))  # its task was lost
    [queued] = make_pending(version, [ada], now=now)
    [urgent] = make_pending(other, [ada], now=now, priority=RunPriority.PAID)

    tasks.run_executions([str(queued.pk)])

    order = list(Execution.objects.order_by("started_at").values_list("pk", flat=True))
    assert (order[0], order[-1]) == (urgent.pk, queued.pk)
    assert not Execution.objects.filter(status=ExecutionStatus.PENDING).exists()


def test_one_batch_is_of_one_version_and_one_urgency(
    version: ScriptVersion, other: ScriptVersion, ada: User, now: datetime
) -> None:
    first = make_pending(version, [ada], now=now, instruments=("IBM", "AAPL", "MSFT"))
    make_pending(other, [ada], now=now)
    make_pending(version, [ada], now=now, priority=RunPriority.BACKFILL)

    assert {row.pk for row in taken(now)} == {row.pk for row in first}


def test_only_what_is_most_urgent_is_taken_in_great_numbers(
    version: ScriptVersion, ada: User, now: datetime
) -> None:
    for priority in (RunPriority.PAID, RunPriority.FREE):
        make_pending(version, [ada], now=now, priority=priority, instruments=["IBM"] * 30)

    counts = [len(taken(now, at_most=50)) for _ in range(3)]

    assert counts == [30, urgency.MOST_UNPAID, urgency.MOST_UNPAID]


def test_a_bars_runs_are_not_parted_for_what_was_run_before_them(
    version: ScriptVersion, other: ScriptVersion, ada: User, now: datetime
) -> None:
    few, many = ("IBM", "AAPL"), ("IBM", "AAPL", "MSFT", "GOOG")
    make_pending(
        version,
        [ada],
        now=now,
        priority=RunPriority.PAID,
        instruments=few,
        waited=timedelta(seconds=5),
    )
    make_pending(other, [ada], now=now, priority=RunPriority.PAID, instruments=many)

    assert runs.run_most_urgent(at_most=len(many)) == len(few) + len(many)

    starts = Execution.objects.filter(version=other).values_list("started_at", flat=True)
    assert len(set(starts)) == 1


def test_whoever_waited_longest_gets_every_tenth_turn_however_much_is_urgent(
    version: ScriptVersion, other: ScriptVersion, ada: User, now: datetime
) -> None:
    turns = urgency.Turns()
    [waiting] = make_pending(
        version, [ada], now=now, priority=RunPriority.BACKFILL, waited=timedelta(seconds=11)
    )
    make_pending(other, [ada], now=now, priority=RunPriority.PAID, instruments=["IBM"] * 20)

    order = [
        row.pk
        for _ in range(11)
        for row in taken(now, at_most=1, oldest_first=turns.is_the_oldests())
    ]

    assert order.index(waiting.pk) == urgency.OLDEST_EVERY - 1


def test_where_realtime_ran_lately_less_urgent_batches_are_small_and_its_own_are_not(
    version: ScriptVersion, other: ScriptVersion, ada: User, now: datetime
) -> None:
    clock = [0.0]
    turns = urgency.Turns(clock=lambda: clock[0])
    make_pending(version, [ada], now=now, instruments=["IBM"] * 10)
    make_pending(other, [ada], now=now, priority=RunPriority.PAID, instruments=["IBM"] * 5)

    sizes = []
    for at in (0.0, 1.0, 2.0, 1.0 + urgency.LATELY_SECONDS):
        clock[0] = at
        others = turns.others_at_most(10)
        found = claims.claim_urgent(at_most=10, others_at_most=others, now=now).claims
        turns.note(claimed.execution.priority for claimed in found)
        sizes.append(len(found))

    assert sizes == [5, urgency.OTHERS_AT_ONCE, urgency.OTHERS_AT_ONCE, 4]


def test_nobody_is_taken_for_old_before_patience_is_over(
    version: ScriptVersion, other: ScriptVersion, ada: User, now: datetime
) -> None:
    make_pending(
        version, [ada], now=now, priority=RunPriority.BACKFILL, waited=timedelta(seconds=9)
    )
    [urgent] = make_pending(other, [ada], now=now, priority=RunPriority.PAID)

    assert [row.pk for row in taken(now, oldest_first=True)] == [urgent.pk]


def test_what_is_paid_for_is_more_urgent_and_makes_its_dependencies_so(
    version: ScriptVersion, ada: User, rita: User, sam: User, now: datetime
) -> None:
    dependent = factories.make_published_version(
        ada,
        rita,
        name="Dependent",
        manifest={"depends_on": [f"{version.script_id}@{version.version}"]},
    )
    for script in (version.script, dependent.script):
        factories.make_entitlement(script, sam)
    subscribe(version.script, ON_IBM, acting_user=ada, now=now)
    sam.tier_id = "premium"
    sam.save()
    subscribe(dependent.script, ON_IBM, acting_user=sam, now=now)
    asked = request_run(version.script, ON_IBM, acting_user=sam, now=now)

    created = run_markets([("IBM", "1d")], now=now)

    assert [row.priority for row in created] == [RunPriority.PAID, RunPriority.PAID]
    assert asked.priority == RunPriority.ONETIME


def test_a_plan_that_nobody_pays_for_is_less_urgent_than_one_that_somebody_does(
    version: ScriptVersion, ada: User, now: datetime
) -> None:
    subscribe(version.script, ON_IBM, acting_user=ada, now=now)

    [created] = run_markets([("IBM", "1d")], now=now)

    assert created.priority == RunPriority.FREE


def test_trials_take_at_most_half_of_the_workers(
    version: ScriptVersion, ada: User, now: datetime, settings: Settings
) -> None:
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "workers": 4}
    assert places.how_many() == 2
    settings.Q_CLUSTER = {**settings.Q_CLUSTER, "workers": 1}
    assert places.how_many() == 1


def test_a_trial_without_a_place_waits_and_is_not_lost(
    version: ScriptVersion, ada: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = request_trial(version, instrument_key="IBM", bars=2, acting_user=ada, now=now)
    with monkeypatch.context() as nobody_left:
        nobody_left.setattr(places, "how_many", lambda: 0)
        tasks.run_trial(str(trial.pk))
    trial.refresh_from_db()
    assert trial.status == TrialStatus.PENDING

    tasks.run_trial(str(trial.pk))

    assert Trial.objects.get().status == TrialStatus.COMPLETED


def test_a_row_that_another_worker_holds_is_passed_over(
    version: ScriptVersion, ada: User, now: datetime
) -> None:
    [first, second] = make_pending(version, [ada], now=now, instruments=("IBM", "AAPL"))

    one = taken(now, at_most=1)
    rest = taken(now)

    assert [row.pk for row in one] == [first.pk]
    assert [row.pk for row in rest] == [second.pk]
    assert Execution.objects.filter(status=ExecutionStatus.RUNNING).count() == 2
