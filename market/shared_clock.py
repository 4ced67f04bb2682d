"""The clock that all machines share, which is PostgreSQL's.

What is closed by a clock stays closed, and a tick of before is late: one machine whose clock is
ahead would make late whatever comes to the others.
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def shared_now() -> datetime:
    """Return the present instant, by PostgreSQL's clock."""
    with connection.cursor() as cursor:
        # Not that of the transaction, which may have begun a while ago.
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    assert isinstance(now, datetime)
    return now


def not_ahead(now: datetime) -> datetime:
    """Return an instant, or the present one where that is earlier."""
    return min(now, shared_now())
