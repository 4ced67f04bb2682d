"""Count how often products are used: exactly, whoever uses them at once."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import connection

from registry.models import ProductSubscription, ProductUsage, UsePurpose

COUNT_ONE_MORE = """
    INSERT INTO registry_productusage AS counted (product_id, subscription_id, day, purpose, count)
    VALUES (%s, %s, %s, %s, 1)
    ON CONFLICT (product_id, subscription_id, day, purpose)
    DO UPDATE SET count = counted.count + 1
"""
COLUMNS = ("day", "product", "product_id", "subscriber", "subscription_id", "purpose", "count")
# What a spreadsheet would take for the beginning of a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, kw_only=True)
class DayOfUse:
    """What one day came to."""

    day: date
    purpose: str
    count: int


def record_use(subscription: ProductSubscription, purpose: UsePurpose, *, now: datetime) -> None:
    """Count one use in the caller's transaction, for the UTC day of ``now``."""
    day = now.astimezone(UTC).date()
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT_ONE_MORE, [subscription.product_id, subscription.pk, day, purpose.value]
        )


def by_day(usage: Iterable[ProductUsage]) -> list[DayOfUse]:
    """Return what each day came to, newest first."""
    sums: dict[tuple[date, str], int] = {}
    for row in usage:
        key = (row.day, row.get_purpose_display())
        sums[key] = sums.get(key, 0) + row.count
    return [
        DayOfUse(day=day, purpose=purpose, count=count)
        for (day, purpose), count in sorted(sums.items(), reverse=True)
    ]


def as_csv(usage: Iterable[ProductUsage]) -> str:
    """Return usage as a table for a spreadsheet; no cell of it is a formula."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in usage:
        cells = (
            row.day.isoformat(),
            row.product.name,
            row.product_id,
            row.subscription.user.username,
            row.subscription_id,
            row.purpose,
            row.count,
        )
        writer.writerow([_harmless(str(cell)) for cell in cells])
    return text.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell
