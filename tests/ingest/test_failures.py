"""Counting why requests of producers were refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from common.errors import SignalHubError
from ingest import authentication, dialects, dialogue, signatures, standard_webhooks
from ingest.api import requests
from ingest.failure_reasons import WORDS
from ingest.models import Producer, ProducerFailure
from ingest.services.failures import note_failure, with_failures_today
from tests.factories import NOON
from tests.ingest.conftest import Registered

pytestmark = pytest.mark.django_db


def test_refusals_are_counted_by_day_and_reason(north: Registered, south: Registered) -> None:
    for reason in ("invalid_signature", "clock_skew", "clock_skew"):
        note_failure(north.producer.pk, reason, now=NOON)
    note_failure(north.producer.pk, "clock_skew", now=NOON + timedelta(days=1))
    note_failure(south.producer.pk, "wrong_token", now=NOON)

    counted = ProducerFailure.objects.filter(producer=north.producer).order_by("day", "reason")
    assert [(row.day, row.reason, row.count) for row in counted] == [
        (NOON.date(), "clock_skew", 2),
        (NOON.date(), "invalid_signature", 1),
        (NOON.date() + timedelta(days=1), "clock_skew", 1),
    ]
    seen: Any = with_failures_today(Producer.objects.all(), now=NOON)
    assert [(row.refused_count, row.refused_mostly) for row in seen] == [
        (3, "clock_skew"),
        (1, "wrong_token"),
    ]


def test_no_sender_can_grow_the_table(north: Registered) -> None:
    for number in range(50):
        note_failure(north.producer.pk, f"made up {number}", now=NOON)

    row = ProducerFailure.objects.get()
    assert (row.reason, row.count) == ("other", 50)
    assert len(WORDS) < 40  # the most rows of a day


def test_whatever_a_door_refuses_for_has_its_words() -> None:
    modules = (authentication, dialects, dialogue, requests, signatures, standard_webhooks)
    refusals = {
        value.code
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, SignalHubError)
        and value.__module__ == module.__name__
    }

    # No producer is known yet where the method is wrong; the others concern those who register.
    beside = {"method_not_allowed", "invalid_webhook_secret"}
    assert refusals - beside - set(WORDS) == set()
    assert len(refusals) > 20
    assert {"network_not_allowed", "invalid_signal", "payload_too_large"} < set(WORDS)


def test_what_is_old_is_forgotten_when_something_new_comes(north: Registered) -> None:
    note_failure(north.producer.pk, "clock_skew", now=NOON - timedelta(days=91))
    note_failure(north.producer.pk, "clock_skew", now=NOON - timedelta(days=90))

    note_failure(north.producer.pk, "clock_skew", now=NOON)

    days = ProducerFailure.objects.order_by("day").values_list("day", flat=True)
    assert list(days) == [NOON.date() - timedelta(days=90), NOON.date()]


def test_a_count_that_fails_changes_no_answer(north: Registered) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ingest_producerfailure RENAME COLUMN count TO hits")

    note_failure(north.producer.pk, "clock_skew", now=NOON)

    assert Producer.objects.count() == 1  # the transaction goes on
