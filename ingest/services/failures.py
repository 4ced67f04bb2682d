"""Count why a producer's requests were refused, day by day, and forget it after a while."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection, transaction

from ingest.failure_reasons import in_words, known_reason
from ingest.models import Producer, ProducerFailure

logger = structlog.get_logger("ingest.failures")

COUNT = """
INSERT INTO ingest_producerfailure AS f (producer_id, day, reason, count, last_at)
VALUES (%s, %s, %s, 1, %s)
ON CONFLICT (producer_id, day, reason) DO UPDATE
SET count = f.count + 1, last_at = GREATEST(f.last_at, EXCLUDED.last_at)
RETURNING f.count
"""


@dataclass(frozen=True)
class FailuresToday:
    """How often a producer was refused today, and mostly for what."""

    count: int
    main_reason: str


def note_failure(producer_pk: int, reason: str, *, now: datetime) -> None:
    """Count one refusal; ``reason`` is the code of an error.

    The sender is told of their own mistake even where it cannot be counted.
    """
    try:
        with transaction.atomic():
            _count(producer_pk, known_reason(reason), now=now)
    except DatabaseError as error:
        logger.warning("failure_not_counted", error=type(error).__name__)


def failures_today(producers: Iterable[Producer], *, now: datetime) -> dict[int, FailuresToday]:
    """Return today's refusals by producer; who had none is left out."""
    rows = ProducerFailure.objects.filter(producer__in=producers, day=_day(now)).order_by("-count")
    found: dict[int, FailuresToday] = {}
    for row in rows:
        first = found.get(row.producer_id)
        reason = first.main_reason if first else in_words(row.reason)
        found[row.producer_id] = FailuresToday((first.count if first else 0) + row.count, reason)
    return found


def _count(producer_pk: int, reason: str, *, now: datetime) -> None:
    today = _day(now)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [producer_pk, today, reason, now])
        (count,) = cursor.fetchone()
    if count == 1:
        # The first of its kind today: seldom enough to forget what is old.
        oldest = today - timedelta(days=settings.PRODUCER_FAILURE_DAYS)
        ProducerFailure.objects.filter(producer=producer_pk, day__lt=oldest).delete()


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()
