"""Who sends ticks, how many just now, and what was odd about today's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Count, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat

from market.models import Tick, TickCount, TickFeed
from market.services.tick_feeds import ACCEPTED

RATE_OVER = timedelta(minutes=1)


def with_activity(feeds: QuerySet[TickFeed], *, now: datetime) -> QuerySet[TickFeed]:
    """Return feeds with ``just_now``, ``accepted_today`` and ``odd_today``.

    Ticks of the last minute, ticks that count of today (UTC), and what else was found today, as
    texts such as "3 late", the most frequent first.
    """
    arrived = (
        Tick.objects.filter(
            instrument_key=OuterRef("instrument_key"),
            source=OuterRef("source"),
            received_at__gt=now - RATE_OVER,
        )
        .order_by()
        .values("source")
        .annotate(count=Count("event_id"))
        .values("count")
    )
    today = TickCount.objects.filter(
        instrument_key=OuterRef("instrument_key"),
        source=OuterRef("source"),
        day=now.astimezone(UTC).date(),
    )
    odd = (
        today.exclude(finding=ACCEPTED)
        .order_by("-count", "finding")
        .values(said=Concat(Cast("count", CharField()), Value(" "), F("finding")))
    )
    return feeds.annotate(
        just_now=Coalesce(Subquery(arrived), 0),
        accepted_today=Coalesce(Subquery(today.filter(finding=ACCEPTED).values("count")), 0),
        odd_today=ArraySubquery(odd),
    )
