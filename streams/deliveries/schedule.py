"""When a delivery that failed is tried again. Knows neither Django nor a clock.

The table is the one that senders of Standard Webhooks have in common: at once, then after 5
seconds, 5 minutes, 30 minutes, 2 hours, 5 hours, 10 hours and 10 hours more, each counted from the
failure before. After that a delivery has failed.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

WAITS_SECONDS = (5, 300, 1800, 7200, 18_000, 36_000, 36_000)
ATTEMPTS = 1 + len(WAITS_SECONDS)
JITTER_SHARE = 0.1  # so that what failed together does not come back together
RETRY_AFTER_MAX_SECONDS = 86_400.0


def next_wait(
    tries: int, *, retry_after_seconds: float | None, draw: Callable[[], float]
) -> timedelta | None:
    """Return how long to wait after so many failed tries; None: that was the last one.

    What the receiver asked for is kept to, and is never made shorter. ``draw`` gives 0 to 1.
    """
    if tries > len(WAITS_SECONDS):
        return None
    planned = WAITS_SECONDS[tries - 1] * (1 + JITTER_SHARE * draw())
    return timedelta(seconds=max(planned, retry_after_seconds or 0.0))


def read_retry_after(text: str | None, *, now: datetime) -> float | None:
    """Return the seconds that a Retry-After asks for, at most a day; None: it asks for nothing."""
    if text is None:
        return None
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) <= 10:
        return min(float(text), RETRY_AFTER_MAX_SECONDS)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    seconds = (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds()
    return min(max(seconds, 0.0), RETRY_AFTER_MAX_SECONDS)
