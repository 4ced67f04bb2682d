"""The log of deliveries: found by an index however long it is, and forgotten as it grows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from queue import SimpleQueue
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from common.clock import utc_now
from streams.deliveries import retention
from streams.deliveries.courier import Courier, Event
from streams.deliveries.planning import plan_deliveries
from streams.deliveries.process import Sender
from streams.models import Delivery, Destination
from tests.streams.conftest import Publish

pytestmark = pytest.mark.django_db
SENT = 500


def log_sent(destination: Destination, count: int, *, at: datetime, **fields: Any) -> None:
    """Let so many outputs have been delivered to a destination."""
    Delivery.objects.bulk_create(
        Delivery(
            destination=destination,
            message_id=f"{at:%s%f}_{number}",
            host=destination.host,
            next_attempt_at=at,
            created_at=at,
            finished_at=at,
            **{"kind": "single", "state": "delivered", **fields},
        )
        for number in range(count)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE streams_delivery")


def plan_of(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + statement.replace("%", "%%"))
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.fixture
def process() -> Iterator[Sender]:
    """Return a process of senders that has nothing to send."""
    inbox: SimpleQueue[Event] = SimpleQueue()
    courier = Courier(inbox)
    courier.start()
    yield Sender(inbox, courier)
    courier.stop()


def test_what_was_sent_of_late_is_counted_by_an_index_and_no_further_than_it_matters(
    webhook: Destination, publish: Publish, now: datetime
) -> None:
    log_sent(webhook, SENT, at=now - timedelta(days=1))
    publish(1)

    with CaptureQueriesContext(connection) as captured:
        plan_deliveries(now=now)

    [counted] = [one["sql"] for one in captured if "COUNT(" in one["sql"]]
    assert "using deliveries_one_by_one" in plan_of(counted)
    assert f"LIMIT {webhook.digest_above}" in counted


def test_what_is_old_is_forgotten_without_a_rest_until_none_is_left(
    webhook: Destination, process: Sender, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    monkeypatch.setattr("streams.deliveries.process.POLL_SECONDS", 0.01)
    old = utc_now() - timedelta(days=settings.DELIVERY_RETENTION_DAYS, minutes=1)
    log_sent(webhook, 5, at=old)
    log_sent(webhook, 1, at=old + timedelta(hours=1))
    left = []

    for _ in range(4):
        process.step()
        left.append(Delivery.objects.count())

    assert left == [4, 2, 1, 1]
