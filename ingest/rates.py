"""How many signals one producer may send a minute, over all processes together."""

from __future__ import annotations

from django.conf import settings

from common import rate_leases
from common.errors import RateLimited
from common.rate_limits import Limit, Verdict


class TooManySignals(RateLimited):
    """This producer has sent its signals of this minute; send again after Retry-After."""

    code = "too_many_signals"


def require_room(producer_id: str) -> None:
    """Count one signal of a producer, or raise TooManySignals."""
    _require(rate_leases.of_this_process.take(_limit(), f"producer:{producer_id}"))


async def require_room_async(producer_id: str) -> None:
    """Count one signal of a producer, or raise TooManySignals; it waits once in many signals."""
    _require(await rate_leases.of_this_process.take_async(_limit(), f"producer:{producer_id}"))


def _limit() -> Limit:
    return Limit("signals", settings.PRODUCER_SIGNALS_PER_MINUTE)


def _require(verdict: Verdict) -> None:
    if not verdict.allowed:
        raise TooManySignals(**verdict.details())
