import threading
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from accounts.models import User
from execution.models import Execution, ExecutionStatus
from execution.services import claims, subscriptions
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest, request_run
from market.bars import NewBar
from registry.models import ScriptVersion
from registry.services import entitlements
from tests import factories

ON_IBM = RunRequest(instrument_key="IBM")


@pytest.fixture
def version(ada: User, rita: User, three_sessions: list[NewBar]) -> ScriptVersion:
    return factories.make_published_version(ada, rita)


@pytest.fixture
def of_sam(version: ScriptVersion, sam: User, now: datetime) -> Execution:
    factories.make_entitlement(version.script, sam)
    return request_run(version.script, ON_IBM, acting_user=sam, now=now)


@pytest.mark.django_db
def test_an_execution_is_claimed_once(of_sam: Execution, now: datetime) -> None:
    first = claims.claim(str(of_sam.pk), now=now)
    second = claims.claim(str(of_sam.pk), now=now)

    assert first is not None
    assert first.execution.attempts == 1
    assert second is None


@pytest.mark.django_db
def test_no_execution_starts_after_the_right_to_it_ended(
    of_sam: Execution, version: ScriptVersion, sam: User, ada: User, now: datetime
) -> None:
    entitlements.revoke(version.script, sam, acting_user=ada, now=now)

    assert claims.claim(str(of_sam.pk), now=now + timedelta(seconds=1)) is None

    of_sam.refresh_from_db()
    assert of_sam.status == ExecutionStatus.CANCELLED
    assert of_sam.outcome == "not_entitled"
    assert of_sam.started_at is None


@pytest.mark.django_db
def test_a_result_of_a_lost_lease_does_not_count(of_sam: Execution, now: datetime) -> None:
    [lost] = claims.claim_all([str(of_sam.pk)], now=now)
    claims.give_back(lost, now=now, error={"code": "worker_lost", "message": "gone"})
    [taken] = claims.claim_all([str(of_sam.pk)], now=now)

    counted = [
        claims.finish(c, status=ExecutionStatus.COMPLETED, outcome="ok", now=now, outputs=[n])
        for n, c in enumerate([lost, taken])
    ]

    of_sam.refresh_from_db()
    assert counted == [False, True]
    assert of_sam.outputs == [1]


@pytest.mark.django_db
def test_who_lost_a_lease_neither_keeps_it_nor_gives_back_what_another_has(
    of_sam: Execution, now: datetime
) -> None:
    [lost] = claims.claim_all([str(of_sam.pk)], now=now)
    claims.give_back(lost, now=now, error={"code": "worker_lost", "message": "gone"})
    [taken] = claims.claim_all([str(of_sam.pk)], now=now)
    of_sam.refresh_from_db()
    held_until = of_sam.lease_until

    claims.renew([lost], now=now + timedelta(hours=1))
    claims.give_back(lost, now=now, error={"code": "database_down", "message": "late"})

    of_sam.refresh_from_db()
    assert (of_sam.status, of_sam.fence) == (ExecutionStatus.RUNNING, taken.fence)
    assert of_sam.lease_until == held_until


@pytest.mark.django_db
def test_our_own_trouble_is_tried_again_and_ends_as_a_dead_letter(
    of_sam: Execution, now: datetime, settings: Settings
) -> None:
    for _ in range(settings.EXECUTION_MAX_ATTEMPTS):
        [claimed] = claims.claim_all([str(of_sam.pk)], now=now)
        claims.give_back(claimed, now=now, error={"code": "object_store_down", "message": "down"})

    of_sam.refresh_from_db()
    assert of_sam.status == ExecutionStatus.FAILED
    assert of_sam.outcome == "infrastructure"
    assert of_sam.attempts == settings.EXECUTION_MAX_ATTEMPTS


@pytest.mark.django_db
def test_a_plan_runs_on_for_the_subscribers_who_remain(
    version: ScriptVersion, sam: User, ada: User, now: datetime
) -> None:
    factories.make_entitlement(version.script, sam)
    subscriptions.subscribe(version.script, ON_IBM, acting_user=sam, now=now)
    subscriptions.subscribe(version.script, ON_IBM, acting_user=ada, now=now)
    run_markets([("IBM", "1d")], now=now)
    planned = Execution.objects.get()
    entitlements.revoke(version.script, sam, acting_user=ada, now=now)

    claimed = claims.claim(str(planned.pk), now=now)

    assert claimed is not None
    assert claimed.execution.user == ada


@pytest.mark.django_db(transaction=True)
def test_a_revocation_that_committed_first_is_seen_by_a_claim_that_races_it(
    of_sam: Execution, version: ScriptVersion, sam: User, ada: User, now: datetime
) -> None:
    claimed: list[claims.Claim | None] = []

    def claim() -> None:
        claimed.append(claims.claim(str(of_sam.pk), now=now + timedelta(seconds=1)))
        connection.close()

    with transaction.atomic():
        entitlements.revoke(version.script, sam, acting_user=ada, now=now)
        racer = threading.Thread(target=claim)
        racer.start()
        racer.join(0.3)
        waited = racer.is_alive()
    racer.join(10)

    assert waited, "The claim did not wait for the revocation."
    assert claimed == [None]
    of_sam.refresh_from_db()
    assert of_sam.outcome == "not_entitled"
