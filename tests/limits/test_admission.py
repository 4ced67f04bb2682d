"""Who is turned away at which load, and what they and the operators are told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from common import door_counts
from common.clock import utc_now
from execution.models import Execution, ExecutionStatus
from execution.scheduling.backpressure import Load, Readings
from execution.scheduling.load_shedding import Priority, is_shed
from execution.services import load
from execution.services.load import BELIEVED_SECONDS, RUNS_JUDGED, Gauge, measure
from tests import factories
from tests.clocks import StillClock

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("limits_on")]


@pytest.fixture
def full_load(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Load(value=1.0, cause="queue_depth", parts={})
    monkeypatch.setattr(load, "current", lambda: found)


def ids(priority: Priority, *, shed: bool) -> str:
    return next(
        name
        for name in (f"request-{number}" for number in range(1000))
        if is_shed(priority, 1.0, name) == shed
    )


@pytest.mark.parametrize(
    ("tier", "priority"), [("free", Priority.MEDIUM), ("standard", Priority.HIGH)]
)
def test_the_same_request_gets_the_same_answer(
    tier: str, priority: Priority, full_load: None, api: APIClient, sam: User
) -> None:
    sam.tier_id = tier
    api.force_authenticate(sam)
    before = door_counts.current().get(("shed", priority.value), 0)

    gone = [api.get("/scripts", HTTP_X_REQUEST_ID=ids(priority, shed=True)) for _ in range(3)]
    served = [api.get("/scripts", HTTP_X_REQUEST_ID=ids(priority, shed=False)) for _ in range(3)]

    assert [reply.status_code for reply in gone + served] == [503] * 3 + [200] * 3
    assert gone[0].json()["code"] == "shed"
    assert gone[0].json()["cause"] == "queue_depth"
    assert int(gone[0]["Retry-After"]) > 0
    assert gone[0]["RateLimit-Policy"]
    assert door_counts.current()["shed", priority.value] == before + 3


def test_what_ends_something_is_never_shed(full_load: None, api: APIClient, sam: User) -> None:
    api.force_authenticate(sam)
    unlucky = ids(Priority.LOW, shed=True)

    path = f"/subscriptions/{factories.make_tenant('Any').pk:032x}"

    assert api.delete(path, HTTP_X_REQUEST_ID=unlucky).status_code in (404, 405)


def test_operators_read_the_metrics_at_full_load(
    full_load: None, api: APIClient, olga: User
) -> None:
    api.force_authenticate(olga)

    for _ in range(20):
        assert api.get("/metrics").status_code == 200


def make_run(ada: User, rita: User, *, waited: float, **fields: object) -> None:
    now = utc_now()
    version = factories.make_published_version(ada, rita)
    defaults: dict[str, object] = {
        "kind": "onetime",
        "user": ada,
        "version": version,
        "instrument_key": "IBM",
        "timeframe": "1d",
        "params_sha256": "0" * 64,
        "as_of": now,
        "created_at": now,
        "queued_at": now - timedelta(seconds=waited + 1),
        "started_at": now - timedelta(seconds=1),
        "finished_at": now,
        "status": ExecutionStatus.COMPLETED,
        "outcome": "ok",
    }
    run = Execution.objects.create(**{**defaults, **fields})
    for _ in range(RUNS_JUDGED - 1):
        Execution.objects.create(**{**defaults, **fields, "version": run.version})


def test_the_load_is_what_the_database_says(ada: User, rita: User) -> None:
    make_run(ada, rita, waited=4.0, status=ExecutionStatus.FAILED, outcome="infrastructure")

    readings = measure()

    assert readings.queue_depth == 0
    assert readings.p99_seconds == pytest.approx(4.0, abs=0.1)
    assert readings.errors == 1.0
    assert 0.0 <= readings.cpu <= 1.0
    assert 0.0 < readings.memory < 1.0


def test_waiting_runs_are_the_queue(ada: User, rita: User) -> None:
    nothing: dict[str, datetime | None] = {"started_at": None, "finished_at": None}
    make_run(ada, rita, waited=0.0, status=ExecutionStatus.PENDING, outcome="", **nothing)

    assert measure().queue_depth == RUNS_JUDGED


def test_it_is_measured_once_a_second_at_most() -> None:
    clock, taken = StillClock(), []

    def read() -> Readings:
        taken.append(clock.now)
        return Readings(queue_depth=500.0 * len(taken))

    gauge = Gauge(read, clock=clock)
    first = [gauge.load().value for _ in range(10)]
    clock.now += BELIEVED_SECONDS

    assert first == [0.25] * 10
    assert gauge.load().value == 0.5
    assert len(taken) == 2
