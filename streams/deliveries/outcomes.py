"""What came of an attempt, and what follows from it. Knows neither a table nor a clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from streams.deliveries import schedule


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one attempt.

    ``gone`` says why the destination is to be disabled at once. ``is_final`` says that the same
    message would be refused again. ``blames_host`` says that it speaks against the machine that was
    asked, which others share, and not against this one message or mailbox. ``put_off_seconds`` says
    that nothing was sent: somebody else's trouble, for which the receiver pays with no try.
    """

    delivered: bool
    status: int | None = None
    excerpt: str = ""
    error: str = ""
    latency_ms: int | None = None
    retry_after_seconds: float | None = None
    gone: str = ""
    is_final: bool = False
    blames_host: bool = False
    put_off_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Sequel:
    """What follows: another attempt at some time, or the end; and whether to disable."""

    state: str  # of streams.models.DeliveryState
    next_attempt_at: datetime | None = None
    counts_as_try: bool = True
    disable: str = ""


def sequel_of(
    outcome: Outcome,
    *,
    tries: int,
    failing_since: datetime | None,
    disable_after: timedelta,
    now: datetime,
    draw: Callable[[], float],
) -> Sequel:
    """Return what follows from an attempt, the ``tries``-th since the delivery was asked for."""
    if outcome.delivered:
        return Sequel(state="delivered")
    if outcome.put_off_seconds is not None:
        at = now + timedelta(seconds=outcome.put_off_seconds)
        return Sequel(state="pending", next_attempt_at=at, counts_as_try=False)
    if outcome.gone:
        return Sequel(state="failed", disable=outcome.gone)
    disable = ""
    if failing_since is not None and now - failing_since >= disable_after:
        disable = f"Nothing could be delivered since {failing_since:%Y-%m-%d %H:%M} UTC."
    wait = schedule.next_wait(tries, retry_after_seconds=outcome.retry_after_seconds, draw=draw)
    if wait is None or outcome.is_final:
        return Sequel(state="failed", disable=disable)
    return Sequel(state="pending", next_attempt_at=now + wait, disable=disable)
