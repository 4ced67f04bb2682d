"""Each limit of one user, and how much of it is used: for the user's programs and their page."""

from __future__ import annotations

from dataclasses import dataclass

from accounts import rates
from accounts.models import Tier, User
from common import rate_limits
from common.rate_limits import Limit
from execution.services.quotas import subscriptions_of, unfinished_of
from streams.places import open_sockets_of

CONNECTION = "connection"


@dataclass(frozen=True, kw_only=True)
class OwnLimit:
    """One limit. What is counted on each connection by itself has no use that could be told here.

    ``per_seconds`` is None for what is counted at once; ``reset_seconds`` says when there is more.
    """

    name: str
    what: str
    allowed: int
    per_seconds: int | None
    counted_by: str = "user"
    used: int | None = None
    remaining: int | None = None
    reset_seconds: int | None = None


def limits_of(user: User) -> list[OwnLimit]:
    """Return every limit of a user as it stands now."""
    tier, subject = rates.tier_of(user), rates.subject_of(user)
    return [
        _rate("API requests", rates.requests_of(user), subject),
        _rate("Runs asked for", rates.executions_of(user), subject),
        _at_once(
            "executions_waiting", "Unfinished runs", tier.executions_waiting, unfinished_of(user)
        ),
        _at_once(
            "standing_subscriptions",
            "Standing subscriptions",
            tier.standing_subscriptions,
            subscriptions_of(user),
        ),
        _rate("Reads of market data and outputs", rates.reads_of(user), subject),
        _at_once("connections", "Open WebSockets", tier.connections, open_sockets_of(user.pk)),
        *_of_connections(tier),
    ]


def _rate(what: str, limit: Limit, subject: str) -> OwnLimit:
    stands = rate_limits.look(limit, subject)
    return OwnLimit(
        name=limit.name,
        what=what,
        allowed=limit.amount,
        per_seconds=limit.seconds,
        used=limit.amount - stands.remaining,
        remaining=stands.remaining,
        reset_seconds=stands.reset_seconds,
    )


def _at_once(name: str, what: str, allowed: int, used: int | None) -> OwnLimit:
    remaining = None if used is None else max(0, allowed - used)
    return OwnLimit(
        name=name, what=what, allowed=allowed, per_seconds=None, used=used, remaining=remaining
    )


def _of_connections(tier: Tier) -> list[OwnLimit]:
    rows: list[tuple[str, str, int, int | None]] = [
        ("subscriptions", "Streams followed", tier.subscriptions_per_connection, None),
        ("subscribes", "Subscribe messages", tier.subscribes_per_10_seconds, 10),
        ("messages", "Messages delivered", tier.messages_per_minute, 60),
        ("burst", "Messages delivered in a burst", tier.burst_per_5_seconds, 5),
    ]
    return [
        OwnLimit(name=name, what=what, allowed=allowed, per_seconds=seconds, counted_by=CONNECTION)
        for name, what, allowed, seconds in rows
    ]
