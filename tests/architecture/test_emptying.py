"""What a test commits is gone before the next one begins, and what guards it stands again."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

from accounts.models import AuditEvent, Tier, User
from tests import emptying, factories
from tests.emptying import SEEDED, Emptying

pytestmark = pytest.mark.django_db(transaction=True)


def truncate_nothing() -> None:
    pytest.fail("there was no reason to truncate")


def filled() -> set[str]:
    """Return which tables have rows."""
    return {model._meta.db_table for model in apps.get_models() if model._default_manager.exists()}


def triggers_that_are_off() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'O'")
        return [name for (name,) in cursor.fetchall()]


def test_what_a_test_committed_is_deleted_and_every_trigger_is_on_again(
    ada: User, rita: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whatever the tests before this one have left in the files is not its concern.
    monkeypatch.setattr(emptying, "MOST_BYTES", 2**40)
    factories.make_published_version(ada, rita)
    assert AuditEvent.objects.exists()

    Emptying().empty(truncate_nothing)

    assert filled() == {*SEEDED}
    assert triggers_that_are_off() == []


def test_where_a_test_changed_what_migrations_put_there_everything_is_truncated() -> None:
    whole, off = Emptying(), []
    Tier.objects.filter(name="free").update(connections=1)

    whole.empty(lambda: off.extend(triggers_that_are_off()))

    assert "audit_events_are_never_emptied" in off
    assert triggers_that_are_off() == []
