"""What the database itself keeps true about signals."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError

from common.clock import utc_now
from ingest.models import Producer, Signal, SignalStatus
from tests.factories import NOON
from tests.ingest.conftest import Registered

pytestmark = pytest.mark.django_db

CONTRACT_COLUMNS = {
    "id": "uuid",
    "instrument": "character varying",
    "side": "smallint",
    "time": "timestamp with time zone",
    "payload": "jsonb",
    "version": "integer",
    "status": "smallint",
    "created_at": "timestamp with time zone",
    "updated_at": "timestamp with time zone",
}


def make_signal(**fields: Any) -> Signal:
    given = {"instrument": "XAUUSD", "side": 0, "time": NOON, "created_at": NOON} | fields
    return Signal.objects.create(updated_at=NOON, **given)


def test_the_table_has_the_columns_of_the_contract() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns "
            "WHERE table_name = 'signals'"
        )
        columns = dict(cursor.fetchall())

    own = {"producer_id": "bigint", "mac_digest": "bytea"}
    assert columns == CONTRACT_COLUMNS | own


def test_the_table_has_the_indexes_of_the_contract() -> None:
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, "signals")

    indexes = {name: row["columns"] for name, row in constraints.items() if row["index"]}
    assert indexes["ix_signals_instrument_time"] == ["instrument", "time"]
    assert indexes["ix_signals_status"] == ["status"]


def test_every_change_sets_updated_at_and_nothing_else_moves() -> None:
    before = utc_now()
    signal = make_signal()

    Signal.objects.filter(pk=signal.pk).update(status=SignalStatus.QUEUED)

    signal.refresh_from_db()
    assert before <= signal.updated_at <= utc_now()
    assert signal.created_at == NOON


@pytest.mark.parametrize(
    "fields",
    [
        {"instrument": "xauusd"},
        {"instrument": "XAUUSD\n"},
        {"side": 2},
        {"status": 3},
        {"version": 0},
        {"mac_digest": b"digest"},
    ],
)
def test_the_database_refuses_what_the_contract_does_not_allow(fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_signal(**fields)


def test_the_database_refuses_the_same_signed_request_twice(north: Registered) -> None:
    make_signal(producer=north.producer, mac_digest=b"digest")

    with pytest.raises(IntegrityError), transaction.atomic():
        make_signal(producer=north.producer, mac_digest=b"digest")


def test_a_producer_with_signals_cannot_be_deleted(north: Registered) -> None:
    make_signal(producer=north.producer, mac_digest=b"digest")

    with pytest.raises(ProtectedError):
        north.producer.delete()

    assert Producer.objects.filter(pk=north.producer.pk).exists()


@pytest.mark.parametrize("producer_id", ["n", "North", "north\n", "", "north south"])
def test_the_database_refuses_an_id_outside_its_grammar(
    north: Registered, producer_id: str
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Producer.objects.filter(pk=north.producer.pk).update(producer_id=producer_id)
