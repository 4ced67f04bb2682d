"""A database that is away is waited for, as long as a lease lasts."""

from __future__ import annotations

import tenacity
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection


def patiently() -> tenacity.Retrying:
    """Return what calls a function again, with a new connection, while the database is away."""
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type((OperationalError, InterfaceError)),
        wait=tenacity.wait_random_exponential(multiplier=0.2, max=1.0),
        stop=tenacity.stop_after_delay(settings.EXECUTION_LEASE_SECONDS),
        before_sleep=lambda state: connection.close(),
        reraise=True,
    )
