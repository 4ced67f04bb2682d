"""Who may let a suspended version run again, and what its page says meanwhile."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Membership, Role, User
from accounts.principals import RoleRequired
from registry.access import NoSuchScript
from registry.models import ScriptVersion, VersionBehaviour
from registry.services import publishing, suspension
from registry.services.behaviour import Behaviour, record_behaviour
from registry.services.drafts import NotTheAuthor
from registry.texts import InvalidText
from tests import factories
from tests.factories import NOON

REASON = "A run made a forbidden call."


@pytest.fixture
def version(ada: User, rita: User) -> ScriptVersion:
    return factories.make_published_version(ada, rita, name="Doubtful")


@pytest.fixture
def suspended(version: ScriptVersion) -> ScriptVersion:
    suspension.suspend_version(version, reason=REASON, execution_id=version.pk, now=NOON)
    return version


def page_of(user: User, version: ScriptVersion) -> str:
    client = Client()
    client.force_login(user)
    address = reverse("admin:registry_scriptversion_change", args=[version.pk])
    return str(client.get(address).content.decode())


def press(user: User, version: ScriptVersion, step: str, **fields: str) -> Any:
    client = Client()
    client.force_login(user)
    address = reverse("admin:registry_scriptversion_step", args=[version.pk, step])
    return client.post(address, fields, follow=True)


@pytest.mark.django_db
def test_a_second_suspension_changes_nothing(suspended: ScriptVersion) -> None:
    again = suspension.suspend_version(
        suspended, reason="Another.", execution_id=suspended.script_id, now=NOON
    )

    assert again is False
    assert suspended.suspension_reason == REASON
    assert AuditEvent.objects.filter(event="version_suspended").count() == 1


@pytest.mark.django_db
def test_an_operator_lifts_a_suspension_and_says_why(suspended: ScriptVersion, olga: User) -> None:
    suspension.lift_suspension(suspended, reason="A false alarm.", acting_user=olga, now=NOON)

    suspended.refresh_from_db()
    assert not suspended.is_suspended
    event = AuditEvent.objects.get(event="suspension_lifted")
    assert (event.actor, event.reason) == (olga, "A false alarm.")
    assert event.before["reason"] == REASON


@pytest.mark.django_db
def test_without_a_reason_nothing_is_lifted(suspended: ScriptVersion, olga: User) -> None:
    with pytest.raises(InvalidText):
        suspension.lift_suspension(suspended, reason="  ", acting_user=olga, now=NOON)

    suspended.refresh_from_db()
    assert suspended.is_suspended


@pytest.mark.django_db
def test_nobody_lifts_the_suspension_of_their_own_version(
    suspended: ScriptVersion, ada: User
) -> None:
    Membership.objects.create(tenant=suspended.script.tenant, user=ada, role=Role.ADMIN)

    with pytest.raises(suspension.SuspensionOfOwnVersion):
        suspension.lift_suspension(suspended, reason="Mine.", acting_user=ada, now=NOON)


@pytest.mark.django_db
def test_only_an_operator_of_the_house_lifts_a_suspension(
    suspended: ScriptVersion, ada: User, rita: User, mallory: User
) -> None:
    for user, error in ((ada, RoleRequired), (rita, RoleRequired), (mallory, NoSuchScript)):
        with pytest.raises(error):
            suspension.lift_suspension(suspended, reason="Why not.", acting_user=user, now=NOON)

    suspended.refresh_from_db()
    assert suspended.is_suspended


@pytest.mark.django_db
def test_what_is_not_suspended_cannot_be_lifted(version: ScriptVersion, olga: User) -> None:
    with pytest.raises(suspension.NotSuspended):
        suspension.lift_suspension(version, reason="Why not.", acting_user=olga, now=NOON)


@pytest.mark.django_db
def test_the_database_refuses_a_suspension_without_a_reason(version: ScriptVersion) -> None:
    with pytest.raises(IntegrityError):
        ScriptVersion.objects.filter(pk=version.pk).update(suspended_at=NOON)


@pytest.mark.django_db
def test_an_operator_withdraws_a_version_only_while_it_is_suspended(
    version: ScriptVersion, olga: User
) -> None:
    with pytest.raises(NotTheAuthor):
        publishing.withdraw_version(version, note="Hostile.", acting_user=olga, now=NOON)

    suspension.suspend_version(version, reason=REASON, execution_id=version.pk, now=NOON)
    publishing.withdraw_version(version, note="Hostile.", acting_user=olga, now=NOON)

    assert version.status == "withdrawn"


@pytest.mark.django_db
def test_the_page_of_a_suspended_version_says_why_and_offers_the_operator_to_lift_it(
    suspended: ScriptVersion, ada: User, olga: User
) -> None:
    assert REASON in page_of(ada, suspended)
    assert "Lift suspension" not in page_of(ada, suspended)
    assert "Lift suspension" in page_of(olga, suspended)
    assert "Withdraw" in page_of(olga, suspended)


@pytest.mark.django_db
def test_the_button_asks_before_it_lifts_and_takes_no_empty_reason(
    suspended: ScriptVersion, olga: User
) -> None:
    asked = press(olga, suspended, "lift-suspension")
    refused = press(olga, suspended, "lift-suspension", confirmed="yes", note="")
    suspended.refresh_from_db()
    still_suspended = suspended.is_suspended
    done = press(olga, suspended, "lift-suspension", confirmed="yes", note="A false alarm.")

    suspended.refresh_from_db()
    assert "Yes, lift suspension" in asked.content.decode()
    assert "write something here" in refused.content.decode()
    assert still_suspended
    assert "runs again" in done.content.decode()
    assert not suspended.is_suspended


@pytest.mark.django_db
def test_an_author_who_presses_the_button_all_the_same_is_refused(
    suspended: ScriptVersion, ada: User
) -> None:
    reply = press(ada, suspended, "lift-suspension", confirmed="yes", note="Mine.")

    suspended.refresh_from_db()
    assert suspended.is_suspended
    assert "This needs the role operator" in reply.content.decode()


@pytest.mark.django_db
def test_suspended_versions_can_be_listed(
    suspended: ScriptVersion, ada: User, rita: User, olga: User
) -> None:
    factories.make_published_version(ada, rita, name="Sound")
    client = Client()
    client.force_login(olga)

    listed = client.get(
        reverse("admin:registry_scriptversion_changelist"), {"queue": "suspended"}
    ).content.decode()

    assert "Doubtful" in listed
    assert "Sound" not in listed


@pytest.mark.django_db
def test_a_version_that_never_ran_says_so(version: ScriptVersion, rita: User) -> None:
    assert "It has not run yet." in page_of(rita, version)


@pytest.mark.django_db
def test_what_runs_did_is_added_up_and_shown(version: ScriptVersion, rita: User) -> None:
    quick = Behaviour(runs=2, outcomes={"ok": 2}, reads={"market_data": 3}, calls=3, cpu_ms=5.0)
    late = Behaviour(
        runs=1, outcomes={"timeout": 1}, limits_hit={"wall_seconds": 1}, calls=1, cpu_ms=2.0
    )
    record_behaviour(version.pk, quick, now=NOON)
    record_behaviour(version.pk, late, now=NOON)

    seen = VersionBehaviour.objects.get()
    assert (seen.runs, seen.calls, seen.most_cpu_ms) == (3, 4, 5.0)
    assert seen.outcomes == {"ok": 2, "timeout": 1}
    assert (seen.limits_hit, seen.reads) == ({"wall_seconds": 1}, {"market_data": 3})
    page = page_of(rita, version)
    assert "wall seconds <b>1</b>" in page
    assert "market data <b>3</b>" in page


@pytest.mark.django_db(transaction=True)
def test_reports_that_arrive_at_once_all_count(version: ScriptVersion) -> None:
    one_run = Behaviour(
        runs=1, outcomes={"ok": 1}, limits_hit={"calls": 1}, reads={"metric": 2}, calls=2
    )

    def report() -> None:
        for _ in range(100):
            record_behaviour(version.pk, one_run, now=NOON)
        connection.close()

    threads = [threading.Thread(target=report) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    seen = VersionBehaviour.objects.get()
    assert (seen.runs, seen.calls) == (200, 400)
    assert (seen.outcomes, seen.limits_hit, seen.reads) == (
        {"ok": 200},
        {"calls": 200},
        {"metric": 400},
    )
