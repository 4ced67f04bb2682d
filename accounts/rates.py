"""What a user's tier allows a minute, as limits to count by."""

from __future__ import annotations

import ipaddress
import time

from django.conf import settings

from accounts.models import Tier, User
from common.rate_limits import Limit

REQUESTS = "requests"
EXECUTIONS = "executions"
READS = "reads"
BELIEVED_SECONDS = 5.0  # a changed tier counts within this; asking each time would cost a query

_tiers: dict[str, tuple[float, Tier]] = {}


def tier_of(user: User) -> Tier:
    """Return a user's tier as it is, or as it was a few seconds ago."""
    name, now = str(user.tier_id), time.monotonic()
    known = _tiers.get(name)
    if known is None or known[0] < now:
        known = _tiers[name] = (now + BELIEVED_SECONDS, Tier.objects.get(pk=name))
    return known[1]


def forget_tiers() -> None:
    """Ask the database again, the next time."""
    _tiers.clear()


def requests_of(user: User) -> Limit:
    """Return how many requests a user may make."""
    return Limit(REQUESTS, tier_of(user).requests_per_minute)


def requests_of_anybody() -> Limit:
    """Return how many requests an address may make without saying who it is."""
    return Limit(REQUESTS, settings.ANONYMOUS_REQUESTS_PER_MINUTE)


def executions_of(user: User) -> Limit:
    """Return how many runs a user may ask for."""
    return Limit(EXECUTIONS, tier_of(user).executions_per_minute)


def reads_of(user: User) -> Limit:
    """Return how much a user's runs and requests may read of the gateway."""
    return Limit(READS, tier_of(user).reads_per_minute)


def subject_of(user: User) -> str:
    """Return under which name a user is counted."""
    return f"user:{user.pk}"


def subject_of_address(address: str) -> str:
    """Return under which name an address is counted; IPv6 by the network of one household."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "address:unknown"
    if parsed.version == 4:
        return f"address:{parsed}"
    return f"address:{ipaddress.ip_network(f'{parsed}/64', strict=False).network_address}"
