"""Where each source stands with each instrument, and how often what was found about its ticks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Max

from market.models import Bar, TickCount, TickFeed
from market.services.rolling import closed_until
from market.tick_bars import BASE
from market.tick_checks import OpenBar, Standing

FeedKey = tuple[str, str]  # instrument and source

ACCEPTED = "accepted"  # counted beside the flags and remarks
DUPLICATE = "duplicate"

_COUNT = """
    INSERT INTO market_tickcount AS c (instrument_key, source, day, finding, count)
    SELECT n.instrument_key, n.source, %s, n.finding, n.count
    FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[])
        AS n (instrument_key, source, finding, count)
    ON CONFLICT (instrument_key, source, day, finding)
    DO UPDATE SET count = c.count + EXCLUDED.count
    RETURNING xmax = 0 AND finding = 'accepted'
"""


def standings_of(feeds: Collection[FeedKey]) -> dict[FeedKey, Standing]:
    """Return where sources stand; one that was never heard of stands at the beginning."""
    keys = {instrument for instrument, _ in feeds}
    known = TickFeed.objects.filter(instrument_key__in=keys)
    standings = {
        (row.instrument_key, row.source): Standing(
            newest_at=row.newest_at,
            price=row.price,
            sequence=row.sequence,
            outliers=row.outliers,
            outlier_price=row.outlier_price,
        )
        for row in known
    }
    return {feed: standings.get(feed, Standing()) for feed in feeds}


def open_bars_of(instruments: Collection[str]) -> dict[str, OpenBar]:
    """Return how far the bars of instruments are closed."""
    newest = dict(
        TickFeed.objects.filter(instrument_key__in=instruments)
        .order_by()
        .values_list("instrument_key")
        .annotate(newest=Max("newest_at"))
    )
    rolled = closed_until(instruments)
    return {
        key: OpenBar(
            closed_until=max(filter(None, (rolled.get(key), _recorded_until(key))), default=None),
            newest_at=newest.get(key),
        )
        for key in instruments
    }


def save_standings(standings: Mapping[FeedKey, Standing], *, now: datetime) -> None:
    """Write down where sources stand now."""
    TickFeed.objects.bulk_create(
        [
            TickFeed(
                instrument_key=instrument,
                source=source,
                newest_at=standing.newest_at,
                price=standing.price,
                sequence=standing.sequence,
                outliers=standing.outliers,
                outlier_price=standing.outlier_price,
                last_seen_at=now,
            )
            for (instrument, source), standing in standings.items()
        ],
        update_conflicts=True,
        unique_fields=["instrument_key", "source"],
        update_fields=[
            "newest_at",
            "price",
            "sequence",
            "outliers",
            "outlier_price",
            "last_seen_at",
        ],
    )


def count_findings(findings: Counter[tuple[str, str, str]], *, now: datetime) -> None:
    """Count what was found today, by instrument, source and finding."""
    today = now.astimezone(UTC).date()
    rows = [(*key, count) for key, count in sorted(findings.items())]
    columns = [list(column) for column in zip(*rows, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [today, *columns])
        is_first_today = any(first for (first,) in cursor.fetchall())
    if is_first_today:
        # Seldom enough to forget what is old.
        oldest = today - timedelta(days=settings.TICK_COUNT_DAYS)
        TickCount.objects.filter(day__lt=oldest).delete()


# A bar that was sent as a bar is closed too.
def _recorded_until(key: str) -> datetime | None:
    bars = Bar.objects.filter(instrument_key=key, timeframe=BASE.name)
    return bars.order_by("-opened_at").values_list("closes_at", flat=True).first()
