"""Count why a producer's requests were refused, day by day, and forget it after a while."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import structlog
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection, transaction
from django.db.models import OuterRef, QuerySet, Subquery, Sum

from ingest.failure_reasons import REPLAY, known_reason
from ingest.models import Producer, ProducerFailure

logger = structlog.get_logger("ingest.failures")

COUNT = """
INSERT INTO ingest_producerfailure AS f (producer_id, day, reason, count, last_at)
VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (producer_id, day, reason) DO UPDATE
SET count = f.count + EXCLUDED.count, last_at = GREATEST(f.last_at, EXCLUDED.last_at)
RETURNING f.count
"""


def note_failure(producer_pk: int, reason: str, *, now: datetime, count: int = 1) -> None:
    """Count what stored nothing, once or more; ``reason`` is the code of an error, or REPLAY.

    The sender is told of their own mistake even where it cannot be counted.
    """
    try:
        with transaction.atomic():
            _count(producer_pk, known_reason(reason), now=now, count=count)
    except DatabaseError as error:
        logger.warning("failure_not_counted", error=type(error).__name__)


def with_failures_today(producers: QuerySet[Producer], *, now: datetime) -> QuerySet[Producer]:
    """Return producers with how often each was refused today, and for what mostly."""
    of_today = ProducerFailure.objects.filter(producer=OuterRef("pk"), day=_day(now))
    today = of_today.exclude(reason=REPLAY)
    total = today.order_by().values("producer").annotate(total=Sum("count")).values("total")
    return producers.annotate(
        refused_count=Subquery(total),
        refused_mostly=Subquery(today.order_by("-count", "reason").values("reason")[:1]),
    )


def _count(producer_pk: int, reason: str, *, now: datetime, count: int) -> None:
    today = _day(now)
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [producer_pk, today, reason, count, now])
        (counted,) = cursor.fetchone()
    if counted == count:
        # The first of its kind today: seldom enough to forget what is old.
        oldest = today - timedelta(days=settings.PRODUCER_FAILURE_DAYS)
        ProducerFailure.objects.filter(producer=producer_pk, day__lt=oldest).delete()


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()
