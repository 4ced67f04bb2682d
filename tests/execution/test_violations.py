"""A run that attacks stops its version: nothing of it starts again before an operator looked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from accounts.models import AuditEvent, User
from execution.models import Alert, Execution, ExecutionStatus
from execution.sandbox import supervisor
from execution.sandbox.config import SandboxConfig
from execution.sandbox.results import SandboxResult, SandboxUsage, ScriptError, Status
from execution.services import claims, dependencies, subscriptions
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest, request_run
from market.bars import NewBar
from market.services.bars import record_bars
from registry.models import ScriptVersion, VersionBehaviour
from registry.queries import VersionSuspended
from registry.services import suspension
from tests import factories
from tests.execution.conftest import run_everything, session_bar

ON_IBM = RunRequest(instrument_key="IBM")
ATTACK = ScriptError(type="Violation", message="a forbidden call", line=None)
Suspend = Callable[[ScriptVersion], None]


def result(status: Status, error: ScriptError | None = None) -> SandboxResult:
    usage = SandboxUsage(
        duration_ms=4.0,
        result_ms=3.0,
        cpu_ms=2.0,
        memory_mb=60.0,
        page_faults=7,
        calls=1,
        bytes_out=90,
        exit="SIGSYS" if status == "violation" else "exit 0",
    )
    return SandboxResult(status=status, error=error, usage=usage)


class EndsAs:
    """A sandbox in which every run ends in the same way; the real one is attacked elsewhere."""

    def __init__(self, ended: SandboxResult) -> None:
        self.ended = ended

    def run_batch(self, source: str, *, contexts: list[Any], **_: Any) -> list[SandboxResult]:
        return [self.ended for _ in contexts]


@pytest.fixture
def version(ada: User, rita: User, three_sessions: list[NewBar]) -> ScriptVersion:
    return factories.make_published_version(ada, rita, manifest={"runtime_mode": "realtime"})


@pytest.fixture
def runs_end_as(monkeypatch: pytest.MonkeyPatch) -> Callable[[Status], None]:
    """Have every run end with a status."""

    def end_as(status: Status) -> None:
        ended = result(status, None if status == "ok" else ATTACK)
        monkeypatch.setattr(supervisor, "process_wide_sandbox", lambda: EndsAs(ended))

    monkeypatch.setattr("execution.services.isolation.require_isolation", lambda: None)
    return end_as


@pytest.fixture
def suspend(now: datetime) -> Suspend:
    """Suspend a version as the end of a run does."""

    def stop(version: ScriptVersion) -> None:
        pk = version.pk
        suspension.suspend_version(version, reason="It attacked.", execution_id=pk, now=now)

    return stop


def requested(version: ScriptVersion, user: User, now: datetime) -> Execution:
    return request_run(version.script, ON_IBM, acting_user=user, now=now)


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["violation", "protocol"])
def test_what_only_an_attack_does_suspends_the_version_and_alerts(
    version: ScriptVersion,
    ada: User,
    now: datetime,
    runs_end_as: Callable[[Status], None],
    status: Status,
) -> None:
    execution = requested(version, ada, now)
    runs_end_as(status)

    run_everything()

    version.refresh_from_db()
    assert version.is_suspended
    assert version.suspended_by_execution == execution.pk
    assert "a forbidden call" in version.suspension_reason
    event = AuditEvent.objects.get(event="version_suspended")
    assert (event.actor, event.actor_name) == (None, "the platform")
    alert = Alert.objects.get()
    assert (alert.kind, alert.level, alert.version) == ("violation", "critical", version)
    behaviour = VersionBehaviour.objects.get(version=version)
    assert behaviour.outcomes == {status: 1}
    assert behaviour.last_violation_execution == execution.pk


@pytest.mark.django_db
@pytest.mark.parametrize(
    "status", ["ok", "error", "rejected", "timeout", "memory", "output_limit", "crashed"]
)
def test_any_other_end_suspends_nothing(
    version: ScriptVersion,
    ada: User,
    now: datetime,
    runs_end_as: Callable[[Status], None],
    status: Status,
) -> None:
    requested(version, ada, now)
    runs_end_as(status)

    run_everything()

    version.refresh_from_db()
    assert not version.is_suspended
    assert not Alert.objects.exists()
    assert VersionBehaviour.objects.get().outcomes == {status: 1}


@pytest.mark.django_db
def test_what_waits_for_a_suspended_version_ends_with_the_reason(
    version: ScriptVersion, ada: User, now: datetime, runs_end_as: Callable[[Status], None]
) -> None:
    attacker, pending = requested(version, ada, now), requested(version, ada, now)
    waiting = requested(version, ada, now)
    Execution.objects.filter(pk=waiting.pk).update(status="waiting", waits_for=[version.pk])
    runs_end_as("violation")

    run_everything()

    attacker.refresh_from_db()
    assert attacker.outcome == "violation"
    for execution in (pending, waiting):
        execution.refresh_from_db()
        assert (execution.status, execution.outcome) == ("failed", "version_suspended")
        assert execution.started_at is None
        assert "operator" in (execution.error or {})["message"]


@pytest.mark.django_db
def test_a_pending_run_of_a_suspended_version_is_refused_at_its_claim(
    version: ScriptVersion, ada: User, now: datetime, suspend: Suspend
) -> None:
    execution = requested(version, ada, now)
    suspend(version)

    claimed = claims.claim(str(execution.pk), now=now)

    execution.refresh_from_db()
    assert claimed is None
    assert (execution.status, execution.outcome) == ("failed", "version_suspended")


@pytest.mark.django_db(transaction=True)
def test_a_suspension_that_committed_first_is_seen_by_a_claim_that_races_it(
    version: ScriptVersion, ada: User, now: datetime, suspend: Suspend
) -> None:
    execution = requested(version, ada, now)
    claimed: list[claims.Claim | None] = []

    def claim() -> None:
        claimed.append(claims.claim(str(execution.pk), now=now))
        connection.close()

    with transaction.atomic():
        suspend(version)
        racer = threading.Thread(target=claim)
        racer.start()
        racer.join(0.3)
        waited = racer.is_alive()
    racer.join(10)

    assert waited, "The claim did not wait for the suspension."
    assert claimed == [None]
    execution.refresh_from_db()
    assert execution.outcome == "version_suspended"


@pytest.mark.django_db(transaction=True)
def test_of_many_claims_that_race_a_suspension_none_starts_after_it(
    version: ScriptVersion, ada: User, now: datetime, suspend: Suspend
) -> None:
    executions = [requested(version, ada, now) for _ in range(40)]
    started_after: list[str] = []
    suspended = threading.Event()

    def claim_half(half: list[Execution]) -> None:
        for execution in half:
            is_late = suspended.is_set()
            if claims.claim(str(execution.pk), now=now) is not None and is_late:
                started_after.append(str(execution.pk))
        connection.close()

    def stop() -> None:
        suspend(version)
        suspended.set()
        connection.close()

    threads = [
        threading.Thread(target=claim_half, args=(executions[:20],)),
        threading.Thread(target=claim_half, args=(executions[20:],)),
        threading.Thread(target=stop),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert suspended.is_set()
    assert started_after == []
    ended = Execution.objects.exclude(status=ExecutionStatus.RUNNING)
    assert {row.outcome for row in ended} <= {"version_suspended"}


@pytest.mark.django_db
def test_a_request_for_a_suspended_version_is_answered_with_a_sentence(
    version: ScriptVersion, ada: User, api: APIClient, suspend: Suspend
) -> None:
    suspend(version)
    api.force_authenticate(ada)

    once = api.post(f"/scripts/{version.script_id}/execute", {"instrument": "IBM"}, format="json")
    live = api.post(f"/scripts/{version.script_id}/subscribe", {"instrument": "IBM"}, format="json")

    for reply in (once, live):
        assert reply.status_code == 409
        assert reply.json()["code"] == "version_suspended"
        assert "until an operator has looked at it" in reply.json()["detail"]
    assert not Execution.objects.exists()


@pytest.mark.django_db
def test_whoever_may_use_a_script_sees_that_it_is_suspended(
    version: ScriptVersion, sam: User, api: APIClient, suspend: Suspend
) -> None:
    factories.make_entitlement(version.script, sam)
    suspend(version)
    api.force_authenticate(sam)

    script = api.get(f"/scripts/{version.script_id}").json()
    listed = api.get("/scripts").json()["results"]

    assert script["suspended_at"] is not None
    assert script["version"]["suspension_reason"] == "It attacked."
    assert listed[0]["suspended_at"] == script["suspended_at"]


@pytest.mark.django_db
def test_realtime_passes_over_a_suspended_version_and_goes_on_when_it_is_lifted(
    version: ScriptVersion, ada: User, olga: User, now: datetime, suspend: Suspend
) -> None:
    subscriptions.subscribe(version.script, ON_IBM, acting_user=ada, now=now)
    suspend(version)
    assert run_markets([("IBM", "1d")], now=now) == []

    suspension.lift_suspension(version, reason="A mistake.", acting_user=olga, now=now)
    record_bars([session_bar(3)], now=now)

    assert run_markets([("IBM", "1d")], now=now) != []


@pytest.mark.django_db
def test_nothing_is_run_for_the_sake_of_a_suspended_version(
    version: ScriptVersion, ada: User, rita: User, now: datetime, suspend: Suspend
) -> None:
    dependent = factories.make_published_version(
        ada, rita, manifest={"runtime_mode": "realtime", "depends_on": [version.reference]}
    )
    subscriptions.subscribe(dependent.script, ON_IBM, acting_user=ada, now=now)
    suspend(dependent)

    assert run_markets([("IBM", "1d")], now=now) == []


@pytest.mark.django_db
def test_what_depends_on_a_suspended_version_fails_on_every_bar_and_says_why(
    version: ScriptVersion,
    ada: User,
    rita: User,
    now: datetime,
    suspend: Suspend,
    runs_end_as: Callable[[Status], None],
) -> None:
    runs_end_as("ok")
    dependent = factories.make_published_version(
        ada,
        rita,
        manifest={"runtime_mode": "realtime", "depends_on": [version.reference]},
    )
    subscriptions.subscribe(dependent.script, ON_IBM, acting_user=ada, now=now)
    suspend(version)

    run_markets([("IBM", "1d")], now=now)
    run_everything()

    execution = Execution.objects.get()
    assert execution.version == dependent
    assert execution.outcome == "dependency_unavailable"
    assert f"{version} has no output for this bar: it is suspended" in str(execution.error)


@pytest.mark.django_db
def test_a_request_for_what_depends_on_a_suspended_version_is_refused(
    version: ScriptVersion, ada: User, rita: User, now: datetime, suspend: Suspend
) -> None:
    dependent = factories.make_published_version(
        ada, rita, manifest={"depends_on": [version.reference]}
    )
    suspend(version)

    with pytest.raises(dependencies.DependencySuspended) as refused:
        requested(dependent, ada, now)

    assert str(version) in refused.value.message
    assert refused.value.details["suspended"] == [version.reference]


@pytest.mark.django_db
def test_a_lifted_version_runs_again(
    version: ScriptVersion,
    ada: User,
    olga: User,
    now: datetime,
    suspend: Suspend,
    runs_end_as: Callable[[Status], None],
) -> None:
    suspend(version)
    with pytest.raises(VersionSuspended):
        requested(version, ada, now)
    runs_end_as("ok")

    suspension.lift_suspension(version, reason="A mistake.", acting_user=olga, now=now)
    execution = requested(version, ada, now)
    run_everything()

    execution.refresh_from_db()
    assert execution.status == "completed"


@pytest.mark.django_db
@pytest.mark.sandbox
def test_a_forbidden_system_call_in_the_real_sandbox_suspends_its_version(
    ada: User,
    rita: User,
    three_sessions: list[NewBar],
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = "import ctypes\nctypes.CDLL(None).syscall(321, 0, None, 0)\n"
    version = factories.make_published_version(ada, rita, source=source)
    execution = requested(version, ada, now)

    # The language layer refuses this script; without it the kernel's filter ends the process.
    with supervisor.Sandbox(SandboxConfig(language_layer=False)) as bare:
        monkeypatch.setattr(supervisor, "process_wide_sandbox", lambda: bare)
        monkeypatch.setattr("execution.services.isolation.require_isolation", lambda: None)
        run_everything()

    execution.refresh_from_db()
    version.refresh_from_db()
    assert (execution.outcome, execution.exit) == ("violation", "SIGSYS")
    assert version.is_suspended
    assert "only an attack makes" in version.suspension_reason
