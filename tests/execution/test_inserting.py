"""Rows that are inserted together are the rows that ``save`` would have written."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from common.ids import uuid7
from common.inserting import insert_all
from execution.models import Execution, ExecutionStatus, RunPriority
from registry.models import ScriptVersion
from tests import factories

pytestmark = pytest.mark.django_db


def full_execution(version: ScriptVersion, user: User) -> Execution:
    instant = datetime(2026, 1, 5, 12, 0, 0, 123_457, tzinfo=UTC)
    return Execution(
        kind="realtime",
        version=version,
        user=user,
        instrument_key="IBM",
        timeframe="1d",
        params={"period": 5, "name": 'a "b" \\ é 漢', "none": None, "list": [1, 2.5, True]},
        params_sha256="0" * 64,
        as_of=instant,
        due_at=instant - timedelta(microseconds=1),
        occasion={"tick": {"price": 0.1 + 0.2}},
        confirmed=False,
        coalesced=3,
        priority=RunPriority.PAID,
        waits_for=[uuid7(), uuid7()],
        status=ExecutionStatus.WAITING,
        seed=2**40,
        duration_ms=1 / 3,
        created_at=instant,
    )


def test_what_is_inserted_together_is_what_save_would_write(ada: User, rita: User) -> None:
    version = factories.make_published_version(ada, rita)
    saved, inserted = full_execution(version, ada), full_execution(version, ada)
    inserted.waits_for = saved.waits_for
    saved.save(force_insert=True)

    assert insert_all([inserted]) == [inserted]

    found = [Execution.objects.get(pk=row.pk) for row in (saved, inserted)]
    values = [
        {field.attname: getattr(row, field.attname) for field in Execution._meta.concrete_fields}
        for row in found
    ]
    assert values[0].pop("id") != values[1].pop("id")
    assert values[0] == values[1]
    inserted.instrument_key = "AAPL"
    inserted.save()  # it is known to be in the database
    assert Execution.objects.count() == 2


def test_a_value_that_json_does_not_hold_is_refused(ada: User, rita: User) -> None:
    row = full_execution(factories.make_published_version(ada, rita), ada)
    row.params = {"odd": object()}

    with pytest.raises(TypeError):
        insert_all([row])


def test_nothing_to_insert_is_nothing_done() -> None:
    assert insert_all([]) == []
