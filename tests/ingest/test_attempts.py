"""Every attempt in a known producer's name is a signal or a count; strangers leave no row."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from django.conf import settings

from common.clock import utc_now
from ingest.api.asgi import NOTES_WAITING_MAX, Intake
from ingest.models import ProducerFailure, Signal
from tests.factories import NOON
from tests.ingest.builders import (
    PATH,
    Front,
    encode,
    post,
    post_signed,
    signal_body,
    signed_headers,
)
from tests.ingest.conftest import Registered
from tests.ingest.fronts import InThisTransaction, exchange

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signatures_on")]


def test_every_attempt_of_a_producer_is_stored_or_counted(client: Front, north: Registered) -> None:
    raw = encode(signal_body())
    right = signed_headers(raw, producer_id="north", secret=north.secret, at=utc_now())
    old = signed_headers(raw, producer_id="north", secret=north.secret, at=NOON)
    limit = settings.SIGNALS_PAYLOAD_MAX_BYTES + settings.SIGNALS_ENVELOPE_MAX_BYTES

    post(client, raw, headers=right)
    post(client, raw, headers=right)
    post(client, raw, headers=right)
    post(client, raw, headers=old)
    post(client, raw, headers=right | {"X-Signature": "A" * 43 + "="})
    post(client, raw, headers=right | {"X-Timestamp": "yesterday"})
    post(client, raw, headers={"X-Producer-Id": "north"})
    post(client, b" " * (limit + 1), headers=right)
    post_signed(client, b"{", secret=north.secret)

    assert Signal.objects.count() == 1
    assert counted() == {
        "replay": 2,
        "clock_skew": 1,
        "invalid_signature": 1,
        "malformed_timestamp": 1,
        "missing_header": 1,
        "body_too_large": 1,
        "body_not_json": 1,
    }


def test_whoever_names_no_producer_leaves_no_row(client: Front, north: Registered) -> None:
    raw = encode(signal_body())
    headers = signed_headers(raw, producer_id="nobody", secret=north.secret, at=utc_now())

    post(client, raw, headers={})
    post(client, raw, headers=headers)
    post(client, raw, headers=headers | {"X-Producer-Id": "no id at all"})
    post(client, raw, headers={"X-Producer-Id": "nobody"})

    assert not Signal.objects.exists()
    assert not ProducerFailure.objects.exists()


def test_a_flood_is_counted_to_the_last_request_by_few_writers(north: Registered) -> None:
    counts: Counter[str] = Counter()
    writing: list[int] = [0]
    most: list[int] = [0]

    async def slowly(producer_pk: int, reason: str, *, now: datetime, count: int) -> None:
        writing[0] += 1
        most[0] = max(most[0], writing[0])
        await asyncio.sleep(0.05)
        writing[0] -= 1
        counts[reason] += count

    database = InThisTransaction()
    intake = Intake(database, note=slowly)

    async def flood() -> None:
        lines = [("X-Producer-Id", "north")]
        await asyncio.gather(*(exchange(intake, "POST", PATH, lines, [b"{}"]) for _ in range(200)))

    database.run(flood())

    assert counts == {"missing_header": 200}
    assert most[0] == NOTES_WAITING_MAX


def counted() -> dict[str, Any]:
    return dict(ProducerFailure.objects.values_list("reason", "count"))
