"""Who records what is on the intake stream: one process at a time, while others stand by."""

from __future__ import annotations

from typing import Any

from django.db import connection

LOCK_NAME = "market_intake"


class Lead:
    """The right to record, which belongs to a connection to PostgreSQL and ends with it.

    Whoever records does so over the same connection: cut off from it, nothing can be recorded
    after somebody else has begun to.
    """

    def __init__(self) -> None:
        self._holder: Any = None  # Any: the driver's connection, as Django keeps it

    def is_held(self) -> bool:
        """Tell whether the lead is still ours; raises OperationalError if it was lost just now."""
        if self._holder is None or self._holder is not connection.connection:
            return False
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True

    def take(self) -> bool:
        """Take the lead, unless somebody else has it."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [LOCK_NAME])
            [is_ours] = cursor.fetchone()
        self._holder = connection.connection if is_ours else None
        return bool(is_ours)
