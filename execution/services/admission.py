"""Whether a piece of work is let in at the present load."""

from __future__ import annotations

import structlog
from django.conf import settings

from accounts import rates
from accounts.models import User
from accounts.models.tiers import DEFAULT_TIER
from common import door_counts
from common.ids import uuid7
from common.in_flight import Shed
from execution.scheduling.load_shedding import Priority, is_shed
from execution.services import load

RETRY_SECONDS = {Priority.HIGH: 2, Priority.MEDIUM: 5, Priority.LOW: 15}


def admit(priority: Priority, *, request_id: str | None = None) -> None:
    """Return, or raise Shed when the present load leaves no room for this request.

    A request that says no id is known by the one in the context of the log.
    """
    if priority == Priority.CRITICAL or not settings.RATE_LIMITS_ENABLED:
        return
    present = load.current()
    logged = structlog.contextvars.get_contextvars().get("request_id")
    if is_shed(priority, present.value, str(request_id or logged or uuid7().hex)):
        door_counts.add("shed", priority.value)
        raise Shed(
            priority=priority.value,
            load=round(present.value, 2),
            cause=present.cause,
            retry_after_seconds=RETRY_SECONDS[priority],
        )


def priority_of(user: User) -> Priority:
    """Return how much depends on what a user runs and follows: paid tiers come first."""
    paid = rates.tier_of(user).pk != DEFAULT_TIER
    return Priority.HIGH if paid else Priority.MEDIUM
