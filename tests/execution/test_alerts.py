"""Who is told that something is wrong, how often, and who takes it in hand."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import AuditEvent, Membership, Role, User
from execution.models import Alert, AlertKind
from execution.services import alerts
from registry.models import ScriptVersion
from tests import factories
from tests.deliveries.stand_ins import mail_server


@pytest.fixture
def version(ada: User, rita: User) -> ScriptVersion:
    return factories.make_published_version(ada, rita, name="Doubtful")


@pytest.fixture
def olga(olga: User) -> User:
    olga.email = "olga@alpha.example"
    olga.save(update_fields=["email"])
    return olga


@pytest.fixture
def mallory(mallory: User) -> User:
    mallory.email = "mallory@beta.example"
    mallory.save(update_fields=["email"])
    return mallory


def violation(version: ScriptVersion, now: datetime, message: str = "It attacked.") -> Alert:
    return alerts.raise_alert(AlertKind.VIOLATION, version, message, now=now)


@pytest.mark.django_db
def test_what_goes_wrong_again_is_counted_until_somebody_takes_it_in_hand(
    version: ScriptVersion, olga: User, now: datetime
) -> None:
    first = violation(version, now)
    violation(version, now + timedelta(minutes=1), "Again.")

    alert = Alert.objects.get()
    assert (alert.pk, alert.count, alert.message) == (first.pk, 2, "Again.")
    assert (alert.created_at, alert.last_at) == (now, now + timedelta(minutes=1))

    alerts.acknowledge(alert.pk, acting_user=olga, now=now)
    violation(version, now)
    assert [row.count for row in Alert.objects.order_by("pk")] == [2, 1]


@pytest.mark.django_db
def test_another_kind_or_another_subject_is_another_alert(
    version: ScriptVersion, now: datetime
) -> None:
    violation(version, now)
    for machine in ("one", "other", "one"):
        alerts.raise_alert(AlertKind.QUARANTINE, machine, "A wall fell.", now=now)

    counts = {str(alert): alert.count for alert in Alert.objects.all()}
    assert counts == {"violation: Doubtful 1.0.0": 1, "quarantine: one": 2, "quarantine: other": 1}


@pytest.mark.django_db(transaction=True)
def test_alerts_that_are_raised_at_once_are_one_and_all_count(now: datetime) -> None:
    def raise_many() -> None:
        for _ in range(25):
            alerts.raise_alert(AlertKind.QUARANTINE, "one", "A wall fell.", now=now)
        connection.close()

    threads = [threading.Thread(target=raise_many) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert [alert.count for alert in Alert.objects.all()] == [50]


@pytest.mark.django_db
def test_the_operators_of_the_house_get_one_mail_after_the_commit(
    version: ScriptVersion,
    olga: User,
    mallory: User,
    now: datetime,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        violation(version, now)
        assert mail.outbox == []
    with django_capture_on_commit_callbacks(execute=True):
        violation(version, now)

    [sent] = mail.outbox
    assert sent.bcc == ["olga@alpha.example"]
    assert sent.subject == "[SignalHub] critical: violation: Doubtful 1.0.0"
    assert "It attacked." in sent.body


@pytest.mark.django_db
def test_whoever_operates_another_house_and_only_subscribes_here_is_told_nothing(
    version: ScriptVersion,
    olga: User,
    mallory: User,
    now: datetime,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    here = version.script.tenant
    Membership.objects.create(tenant=here, user=mallory, role=Role.SUBSCRIBER)

    with django_capture_on_commit_callbacks(execute=True):
        violation(version, now)

    assert [sent.bcc for sent in mail.outbox] == [["olga@alpha.example"]]


@pytest.mark.django_db
def test_an_alert_about_a_machine_goes_to_the_operators_of_every_house(
    olga: User,
    mallory: User,
    now: datetime,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        alerts.raise_alert(AlertKind.QUARANTINE, "one", "A wall fell.", now=now)

    assert mail.outbox[0].bcc == ["mallory@beta.example", "olga@alpha.example"]


@pytest.mark.django_db
def test_nothing_is_sent_of_what_is_rolled_back(
    version: ScriptVersion, olga: User, now: datetime
) -> None:
    with transaction.atomic():
        violation(version, now)
        transaction.set_rollback(True)

    assert mail.outbox == []
    assert not Alert.objects.exists()


@pytest.mark.django_db
def test_a_mail_that_cannot_be_sent_is_noted_in_the_alert(
    version: ScriptVersion,
    olga: User,
    now: datetime,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1  # where nobody listens

    with django_capture_on_commit_callbacks(execute=True):
        violation(version, now)

    assert "Mail was not sent" in Alert.objects.get().mail_problem
    page = Client()
    page.force_login(olga)
    assert b"Mail was not sent" in page.get("/admin/").content


@pytest.mark.django_db
def test_a_refused_mailbox_keeps_no_other_houses_alerts_from_the_mail_server(
    version: ScriptVersion,
    olga: User,
    mallory: User,
    now: datetime,
    settings: Settings,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    house = mallory.memberships.all()[0].tenant
    colleague = factories.make_user("colleague", tenant=house, roles=[Role.REVIEWER])
    theirs = [
        factories.make_published_version(mallory, colleague, name=f"Theirs {number}")
        for number in range(6)
    ]
    with mail_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = False
        server.refused = {mallory.email}
        with django_capture_on_commit_callbacks(execute=True):
            for one in theirs:
                violation(one, now)
        with django_capture_on_commit_callbacks(execute=True):
            violation(version, now)

    noted = {alert.mail_problem for alert in Alert.objects.exclude(version=version)}
    assert noted == {f"Mail was not sent: {server.says_of_refused}"}
    assert Alert.objects.get(version=version).mail_problem == ""
    assert len(server.mails) == 1


@pytest.mark.django_db
def test_that_nobody_has_an_address_is_noted_in_the_alert(
    version: ScriptVersion,
    now: datetime,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        violation(version, now)

    assert Alert.objects.get().mail_problem == "No operator has an address."


@pytest.mark.django_db
def test_an_alert_is_open_to_the_operators_of_its_house_alone(
    version: ScriptVersion, olga: User, mallory: User, ada: User, rita: User, now: datetime
) -> None:
    of_version = violation(version, now)
    of_machine = alerts.raise_alert(AlertKind.QUARANTINE, "one", "A wall fell.", now=now)

    assert set(alerts.unacknowledged(olga)) == {of_version, of_machine}
    assert alerts.unacknowledged(mallory) == [of_machine]
    assert alerts.unacknowledged(ada) == alerts.unacknowledged(rita) == []


@pytest.mark.django_db
def test_nobody_else_acknowledges_and_nobody_does_so_twice(
    version: ScriptVersion, olga: User, mallory: User, ada: User, now: datetime
) -> None:
    alert = violation(version, now)

    for stranger in (mallory, ada):
        with pytest.raises(alerts.NoSuchAlert):
            alerts.acknowledge(alert.pk, acting_user=stranger, now=now)
    alerts.acknowledge(alert.pk, acting_user=olga, now=now)
    with pytest.raises(alerts.AlreadyAcknowledged):
        alerts.acknowledge(alert.pk, acting_user=olga, now=now)

    event = AuditEvent.objects.get(event="alert_acknowledged")
    assert (event.actor, event.chain) == (olga, "alpha-desk")


@pytest.mark.django_db
def test_an_operator_sees_an_alert_on_the_first_page_and_acknowledges_it_there(
    version: ScriptVersion, olga: User, now: datetime
) -> None:
    alert = violation(version, now, "<script>alert(1)</script>")
    page = Client()
    page.force_login(olga)

    shown = page.get("/admin/").content.decode()
    assert "Violation: Doubtful 1.0.0" in shown
    assert reverse("admin:registry_scriptversion_change", args=[version.pk]) in shown
    assert "<script>alert(1)" not in shown
    done = page.post(acknowledge_address(alert.pk), follow=True).content.decode()

    assert "is acknowledged" in done
    assert 'aria-label="Alerts"' in shown
    assert 'aria-label="Alerts"' not in done


@pytest.mark.django_db
def test_a_link_acknowledges_nothing(version: ScriptVersion, olga: User, now: datetime) -> None:
    alert = violation(version, now)
    page = Client()
    page.force_login(olga)

    assert page.get(acknowledge_address(alert.pk)).status_code == 405
    alert.refresh_from_db()
    assert alert.acknowledged_at is None


@pytest.mark.django_db
def test_the_list_of_alerts_is_for_operators(
    version: ScriptVersion, olga: User, mallory: User, ada: User, now: datetime
) -> None:
    alert = violation(version, now)
    page = reverse("admin:execution_alert_change", args=[alert.pk])
    statuses = {}
    for user in (olga, mallory, ada):
        client = Client()
        client.force_login(user)
        statuses[user.username] = client.get(page).status_code

    assert statuses == {"olga": 200, "mallory": 302, "ada": 403}


@pytest.mark.django_db
def test_somebody_who_operates_no_more_is_sent_nothing(
    version: ScriptVersion,
    olga: User,
    now: datetime,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    Membership.objects.filter(user=olga).update(role=Role.AUTHOR)

    with django_capture_on_commit_callbacks(execute=True):
        violation(version, now)

    assert mail.outbox == []


def acknowledge_address(pk: UUID) -> str:
    return reverse("admin:execution_alert_acknowledge", args=[pk])
