"""What a user's tier allows one connection: streams, messages either way, subscriptions."""

from __future__ import annotations

import math
from dataclasses import dataclass

from django.conf import settings

from accounts import rates
from accounts.models import User
from common import door_counts, row_scope
from common.errors import RateLimited
from streams.pace import Pace, Window


class TooManyMessages(RateLimited):
    """You say more than this connection takes; wait for some seconds."""

    code = "too_many_messages"


class TooManySubscribes(RateLimited):
    """You subscribe more often than your tier allows; what is followed already goes on."""

    code = "too_many_subscribes"


@dataclass(frozen=True, kw_only=True)
class SocketLimits:
    """The numbers of a tier for sockets."""

    tier: str
    connections: int
    streams: int
    messages_per_minute: int
    burst_per_5_seconds: int
    subscribes_per_10_seconds: int


class Allowance:
    """What one connection may still do; without limits only the platform's own numbers hold."""

    def __init__(self) -> None:
        self.limits: SocketLimits | None = None
        self.streams = settings.SOCKET_STREAMS_MAX
        self._deliveries = self._subscribes = Pace()
        self._messages = Pace(Window(settings.SOCKET_MESSAGES_PER_10_SECONDS, 10))

    def adopt(self, limits: SocketLimits | None) -> None:
        """Go on by a tier's numbers; who says hello again with the same ones begins nothing anew.

        What was said before counts in any case.
        """
        if limits is None or limits == self.limits:
            return
        self.limits = limits
        self.streams = min(limits.streams, settings.SOCKET_STREAMS_MAX)
        self._subscribes = Pace(Window(limits.subscribes_per_10_seconds, 10))
        self._deliveries = Pace(
            Window(limits.burst_per_5_seconds, 5), Window(limits.messages_per_minute, 60)
        )

    def seconds_until_delivery(self) -> float:
        """Count one delivered message and return 0, or return how long it has to wait."""
        return self._deliveries.take()

    def count_message(self) -> None:
        """Count what the client says, or raise TooManyMessages."""
        if (seconds := self._messages.take()) > 0:
            raise _refusal(TooManyMessages, seconds)

    def count_subscribe(self) -> None:
        """Count a subscription, or raise TooManySubscribes."""
        if (seconds := self._subscribes.take()) > 0:
            raise _refusal(TooManySubscribes, seconds)


def limits_of(user_id: int) -> SocketLimits | None:
    """Return what a user's tier says of sockets; None where nothing is limited."""
    if not settings.RATE_LIMITS_ENABLED:
        return None
    with row_scope.within(row_scope.scope_of(user_id)):
        tier = rates.tier_of(User.objects.only("tier_id").get(pk=user_id))
    return SocketLimits(
        tier=tier.name,
        connections=tier.connections,
        streams=tier.subscriptions_per_connection,
        messages_per_minute=tier.messages_per_minute,
        burst_per_5_seconds=tier.burst_per_5_seconds,
        subscribes_per_10_seconds=tier.subscribes_per_10_seconds,
    )


def _refusal(kind: type[RateLimited], seconds: float) -> RateLimited:
    door_counts.add("limited", kind.code)
    # The number that the connection would be closed with, if it were closed.
    return kind(ws_code=4429, retry_after_seconds=max(1, math.ceil(seconds)))
