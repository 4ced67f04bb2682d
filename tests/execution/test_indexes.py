"""What is asked at each run's start and end is found by an index, however many runs there were.

With row-level security PostgreSQL looks for few things by an index that was made for them, and
reads the whole table instead without a word.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from common.canonical import digest
from execution.models import Execution, ExecutionStatus, RealtimePlan
from execution.services import waiting
from execution.services.advancing_together import unfinished_of
from execution.services.holds import lift_hold, place_hold
from execution.usual_delays import usual_delays
from registry.models import ScriptVersion
from tests import factories

pytestmark = pytest.mark.django_db
FINISHED = 500


@pytest.fixture
def version(ada: User, rita: User, now: datetime) -> ScriptVersion:
    """Return a version that was run so often that nobody wants to read all of it."""
    version = factories.make_published_version(ada, rita)
    Execution.objects.bulk_create(
        Execution(
            kind="realtime",
            version=version,
            user=ada,
            instrument_key="IBM",
            timeframe="1d",
            params_sha256=digest({}),
            as_of=now,
            created_at=now,
            finished_at=now,
            status=ExecutionStatus.COMPLETED,
        )
        for _ in range(FINISHED)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE execution_execution")
    return version


def plan_of(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + statement.replace("%", "%%"))
        return "\n".join(line for (line,) in cursor.fetchall())


def statements_on_executions(captured: Any) -> list[str]:
    return [query["sql"] for query in captured if "execution_execution" in query["sql"]]


def test_who_waits_for_a_run_is_found_by_its_instrument(
    version: ScriptVersion, now: datetime
) -> None:
    done = list(Execution.objects.all()[:3])

    with CaptureQueriesContext(connection) as captured:
        waiting.release(done, now=now)

    [release] = statements_on_executions(captured)
    assert "using execution_waiting" in plan_of(release)


def test_what_a_plan_has_not_finished_is_found_by_the_plan(version: ScriptVersion) -> None:
    with CaptureQueriesContext(connection) as captured:
        list(unfinished_of([uuid4()]))

    [unfinished] = statements_on_executions(captured)
    assert "execution_unfinished_of_plan" in plan_of(unfinished)


def test_how_long_a_plans_runs_take_is_read_from_its_newest(
    version: ScriptVersion, now: datetime
) -> None:
    plan = RealtimePlan.objects.create(
        version=version, instrument_key="IBM", timeframe="1d", params_sha256=digest({})
    )
    for minute, run in enumerate(runs := list(Execution.objects.all())):
        run.plan, run.due_at = plan, now - timedelta(minutes=minute)
    Execution.objects.bulk_update(runs, ["plan", "due_at"])

    with CaptureQueriesContext(connection) as captured:
        usual_delays([plan.pk])

    [newest] = statements_on_executions(captured)
    assert "Index Scan Backward using one_run_per_due_instant" in plan_of(newest)


def test_what_a_hold_has_ended_is_found_among_what_holds_have_ended(
    version: ScriptVersion, olga: User, now: datetime
) -> None:
    script = str(version.script_id)
    hold, _ = place_hold("script", script, reason="Stop.", acting_user=olga, now=now)

    with CaptureQueriesContext(connection) as captured:
        lift_hold(hold.pk, acting_user=olga, now=now)

    [declared] = statements_on_executions(captured)
    assert "execution_ended_as_held" in plan_of(declared)
