from datetime import datetime, timedelta

import pytest
from django.db import OperationalError
from django_q.brokers import get_broker
from pytest_django import Settings

from accounts.models import User
from execution import tasks
from execution.models import Execution, ExecutionStatus
from execution.services import claims, recovery, runs
from execution.services.requests import RunRequest, request_run
from market.bars import NewBar
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def execution(ada: User, rita: User, three_sessions: list[NewBar], now: datetime) -> Execution:
    version = factories.make_published_version(ada, rita)
    return request_run(version.script, RunRequest(instrument_key="IBM"), acting_user=ada, now=now)


def test_an_id_that_the_queue_lost_is_sent_again(execution: Execution, now: datetime) -> None:
    get_broker().purge_queue()

    recovered = recovery.recover(now=now + timedelta(minutes=1))

    assert recovered.resent == 1
    assert get_broker().queue_size() == 1


def test_an_id_that_is_in_the_queue_is_left_there(execution: Execution, now: datetime) -> None:
    assert recovery.recover(now=now + timedelta(minutes=1)).resent == 0
    assert get_broker().queue_size() == 1


def test_a_worker_that_died_loses_its_lease_and_the_run_is_queued_again(
    execution: Execution, now: datetime
) -> None:
    claims.claim(str(execution.pk), now=now)
    get_broker().purge_queue()

    recovered = recovery.recover(now=now + timedelta(minutes=5))

    execution.refresh_from_db()
    assert recovered.expired == 1
    assert execution.status == ExecutionStatus.PENDING
    assert get_broker().queue_size() == 1


def test_what_is_tried_again_is_sent_when_its_time_comes(
    execution: Execution, now: datetime
) -> None:
    claimed = claims.claim(str(execution.pk), now=now)
    assert claimed is not None
    claims.give_back(claimed, now=now, error={"code": "object_store_down", "message": "down"})
    get_broker().purge_queue()

    too_early = recovery.recover(now=now)
    in_time = recovery.recover(now=now + timedelta(seconds=2))

    assert (too_early.resent, in_time.resent) == (0, 1)
    assert get_broker().queue_size() == 1


def test_a_worker_that_still_has_time_keeps_its_lease(
    execution: Execution, now: datetime, settings: Settings
) -> None:
    claims.claim(str(execution.pk), now=now)
    lease = timedelta(seconds=settings.EXECUTION_LEASE_SECONDS)

    assert recovery.recover(now=now + lease).expired == 0

    execution.refresh_from_db()
    assert execution.status == ExecutionStatus.RUNNING


def test_a_run_that_kills_every_worker_ends_as_failed(
    execution: Execution, now: datetime, settings: Settings
) -> None:
    for minute in range(settings.EXECUTION_MAX_ATTEMPTS):
        at = now + timedelta(minutes=5 * minute)
        claims.claim(str(execution.pk), now=at)
        recovery.recover(now=at + timedelta(minutes=5))

    execution.refresh_from_db()
    assert execution.status == ExecutionStatus.FAILED
    assert execution.error is not None
    assert execution.error["code"] == "worker_lost"


def test_an_operator_runs_a_dead_letter_again_and_it_is_audited(
    execution: Execution, olga: User, now: datetime
) -> None:
    [claimed] = claims.claim_all([str(execution.pk)], now=now)
    claims.finish(claimed, status=ExecutionStatus.FAILED, outcome="infrastructure", now=now)

    recovery.run_again(execution, reason="r", acting_user=olga, now=now)

    execution.refresh_from_db()
    assert execution.status == ExecutionStatus.PENDING
    assert execution.attempts == 0


def test_what_completed_is_not_run_again(execution: Execution, olga: User, now: datetime) -> None:
    [claimed] = claims.claim_all([str(execution.pk)], now=now)
    claims.finish(claimed, status=ExecutionStatus.COMPLETED, outcome="ok", now=now)

    with pytest.raises(recovery.NotRetryable):
        recovery.run_again(execution, reason="r", acting_user=olga, now=now)


def test_a_task_waits_for_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def away_at_first(*, at_most: int) -> int:
        tried.append(at_most)
        if len(tried) in (1, 3):
            raise OperationalError("the server closed the connection")
        return 1 if len(tried) == 2 else 0

    monkeypatch.setattr(runs, "run_most_urgent", away_at_first)

    tasks.run_executions(["one", "two"])

    assert tried == [2, 2, 2, 2]
