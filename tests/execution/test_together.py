"""All plans of a bar at once: made, finished and published as they would be one by one."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from execution import due
from execution.models import Execution, ExecutionStatus, RealtimePlan
from execution.services import claims
from execution.services.advancing_together import Step, advance_together
from execution.services.claims import Ending
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest
from execution.services.subscriptions import subscribe, unsubscribe
from execution.triggers import plans_for
from market.bars import NewBar
from market.services.bars import record_bars
from registry.models import ScriptVersion
from streams import publishing
from streams.models import Output, Stream
from streams.publishing import NewOutput, RunOutputs
from tests import factories
from tests.execution.conftest import run_everything, session_bar

MARKET = [("IBM", "1d")]
PERIOD = {"type": "object", "properties": {"period": {"type": "integer"}}}
Subscribe = Callable[..., None]


@pytest.fixture
def version(ada: User, rita: User, three_sessions: list[NewBar]) -> ScriptVersion:
    return factories.make_published_version(ada, rita, manifest={"input_schema": PERIOD})


@pytest.fixture
def follow(version: ScriptVersion, ada: User, now: datetime) -> Subscribe:
    """Subscribe ada with some periods, each of which is a plan of its own."""

    def subscribe_to(*periods: int) -> None:
        for period in periods:
            request = RunRequest(instrument_key="IBM", params={"period": period})
            subscribe(version.script, request, acting_user=ada, now=now)

    return subscribe_to


def ids() -> list[UUID]:
    return list(Execution.objects.order_by("pk").values_list("pk", flat=True))


def finish_all(now: datetime) -> None:
    taken = claims.claim_all(map(str, ids()), now=now)
    claims.finish_all(
        [Ending(claim=one, status=ExecutionStatus.COMPLETED, outcome="ok") for one in taken],
        now=now,
    )


def statements(action: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        action()
    return len(captured)


@pytest.mark.django_db
def test_many_plans_cost_no_more_statements_than_few(follow: Subscribe, now: datetime) -> None:
    counts = []
    for day, periods in enumerate(([1, 2], range(3, 23)), start=3):
        follow(*periods)
        run_markets(MARKET, now=now)
        finish_all(now)
        record_bars([session_bar(day)], now=now)
        counts.append(statements(lambda: run_markets(MARKET, now=now)))
        counts.append(statements(lambda: finish_all(now)))

    assert counts[2:] == counts[:2]
    assert Execution.objects.count() == 2 + 2 + 20 + 22


@pytest.mark.django_db
def test_many_bars_that_a_plan_lacks_cost_no_more_statements_than_few(
    follow: Subscribe, now: datetime
) -> None:
    follow(5)
    run_markets(MARKET, now=now)
    counts = []
    for days in (range(3, 6), range(6, 18)):
        record_bars([session_bar(day) for day in days], now=now)
        counts.append(statements(lambda: run_markets(MARKET, now=now)))

    assert counts[0] == counts[1]
    rows = list(Execution.objects.order_by("due_at"))
    assert [row.waits_for for row in rows] == [[], *([row.pk] for row in rows[:-1])]


def test_a_plan_that_is_behind_gets_all_it_lacks_beside_one_that_is_not(
    follow: Subscribe, ada: User, now: datetime
) -> None:
    follow(1, 2)
    run_markets(MARKET, now=now)
    bars = record_bars([session_bar(day) for day in (3, 4)], now=now)
    behind, ahead = RealtimePlan.objects.order_by("params")
    RealtimePlan.objects.filter(pk=ahead.pk).update(done_until=bars[0].opened_at)

    run_markets(MARKET, now=now)

    ran_for = {
        plan.pk: list(plan.executions.order_by("due_at").values_list("due_at", flat=True))[1:]
        for plan in (behind, ahead)
    }
    assert ran_for == {
        behind.pk: [bar.opened_at for bar in bars],
        ahead.pk: [bars[1].opened_at],
    }
    assert run_markets(MARKET, now=now) == []


@pytest.mark.django_db
def test_a_run_waits_for_the_one_before_it_also_when_many_are_created(
    follow: Subscribe, now: datetime
) -> None:
    follow(1, 2)
    first = run_markets(MARKET, now=now)
    record_bars([session_bar(3)], now=now)

    second = run_markets(MARKET, now=now)

    assert [run.waits_for for run in second] == [[run.pk] for run in first]
    assert {run.status for run in second} == {ExecutionStatus.WAITING}


@pytest.mark.django_db(transaction=True)
def test_a_run_that_somebody_has_in_hand_is_passed_over_and_not_waited_for(
    follow: Subscribe, now: datetime
) -> None:
    follow(1, 2)
    held, free = run_markets(MARKET, now=now)
    record_bars([session_bar(3)], now=now)
    wanted = plans_for("IBM", "1d", now=now)
    newest, before = due.last_bars("IBM", "1d", now=now)
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT set_config('signalhub.scope', 'platform', false)")
            cursor.execute("SELECT id FROM execution_execution WHERE id = %s FOR UPDATE", [held.pk])

            created = advance_together(
                [Step(one, []) for one in wanted.plans], newest, before=before.due_at, now=now
            )
    finally:
        other.close()

    assert [run.plan_id for run in created] == [free.plan_id]


@pytest.mark.django_db
def test_an_attempt_that_lost_its_lease_is_left_out_of_a_batch_that_counts(
    follow: Subscribe, now: datetime
) -> None:
    follow(1, 2)
    run_markets(MARKET, now=now)
    lost, kept = claims.claim_all(map(str, ids()), now=now)
    Execution.objects.filter(pk=lost.execution.pk).update(fence=lost.fence + 1)
    fields = {"outputs": [{"value": 1.5}], "seed": 7, "duration_ms": 0.1, "error": None}

    counted = claims.finish_all(
        [
            Ending(claim=one, status=ExecutionStatus.COMPLETED, outcome="ok", fields=fields)
            for one in (lost, kept)
        ],
        now=now,
    )

    assert [ending.claim for ending in counted] == [kept]
    done = Execution.objects.get(pk=kept.execution.pk)
    assert (done.status, done.outputs, done.seed) == ("completed", [{"value": 1.5}], 7)
    assert (done.duration_ms, done.error, done.lease_until) == (0.1, None, None)
    assert Execution.objects.get(pk=lost.execution.pk).status == ExecutionStatus.RUNNING


@pytest.mark.django_db
def test_outputs_of_many_runs_are_numbered_in_their_streams_order(
    version: ScriptVersion, now: datetime
) -> None:
    one, two = (
        publishing.stream_for(version.script, "IBM", "1d", {"period": period}) for period in (1, 2)
    )

    def of(stream: Stream, *values: int) -> RunOutputs:
        return RunOutputs(
            stream=stream,
            outputs=[NewOutput(value=value, timestamp=now) for value in values],
            execution_id=version.pk,
            subscription_id=None,
            bar_opened_at=now,
            as_of=now,
            tolerance=None,
            confirmed=values[0] != 3,
        )

    with transaction.atomic():
        publishing.publish_runs([of(two, 1), of(one, 2), of(two, 3, 4)], now=now)

    rows = Output.objects.order_by("stream", "seq").values_list("stream", "seq", "value")
    assert list(rows) == [(one.pk, 1, 2), (two.pk, 1, 1), (two.pk, 2, 3), (two.pk, 3, 4)]
    forming = Output.objects.filter(confirmed=False).order_by("seq")
    assert list(forming.values_list("value", flat=True)) == [3, 4]


@pytest.mark.django_db
@pytest.mark.sandbox
def test_a_batch_of_runs_publishes_one_output_of_each(
    follow: Subscribe, ada: User, version: ScriptVersion, now: datetime
) -> None:
    follow(1, 2, 3)
    run_markets(MARKET, now=now)

    run_everything()

    values = Output.objects.order_by("stream").values_list("seq", "value")
    assert sorted(values) == [(1, 1), (1, 2), (1, 3)]
    subscription = version.script.subscriptions.order_by("pk").first()
    assert subscription is not None
    unsubscribe(str(subscription.pk), acting_user=ada, now=now)
    record_bars([session_bar(3)], now=now)
    assert len(run_markets(MARKET, now=now)) == 2
