import pytest
from django.db import IntegrityError, connection, transaction

from accounts import audit
from accounts.models import AuditEvent, User
from common.clock import utc_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def three_events(ada: User) -> list[AuditEvent]:
    return [
        audit.record(
            f"event_{name}", ada, chain="harbour", acting_user=ada, now=utc_now(), reason=name
        )
        for name in ("first", "second", "third")
    ]


def test_events_of_a_chain_follow_each_other_without_a_hole(three_events: list[AuditEvent]) -> None:
    own = AuditEvent.objects.filter(pk__in=[event.pk for event in three_events])
    positions = list(own.order_by("position").values_list("position", flat=True))

    assert positions == list(range(positions[0], positions[0] + 3))
    assert audit.first_broken_event("harbour") is None


def test_an_event_that_was_changed_behind_the_database_shows(
    three_events: list[AuditEvent],
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE accounts_auditevent SET reason = 'other' WHERE id = %s", [three_events[1].pk]
        )
        cursor.execute("ALTER TABLE accounts_auditevent ENABLE TRIGGER USER")

    assert audit.first_broken_event("harbour") == three_events[1]


def test_the_database_refuses_to_change_an_event(three_events: list[AuditEvent]) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditEvent.objects.filter(pk=three_events[0].pk).update(reason="other")


def test_the_database_refuses_to_delete_an_event(three_events: list[AuditEvent]) -> None:
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        three_events[0].delete()
