"""The limit of requests a minute at the API's door.

Somebody signed in is counted by who they are, everybody else by their address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.throttling import BaseThrottle

from accounts import rates
from accounts.addresses import client_address
from accounts.models import User
from common import rate_limits
from common.rate_limits import TooManyRequests, Verdict

if TYPE_CHECKING:  # the framework's views import this module
    from rest_framework.request import Request
    from rest_framework.views import APIView


class RequestsThrottle(BaseThrottle):
    """Let in as many requests as the tier of whoever asks allows."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Return True, or raise TooManyRequests."""
        if not view.authentication_classes:
            return True  # other services of the platform, which showed their key by now
        verdict = count_request(request.user, client_address(request))
        if not verdict.allowed:
            raise TooManyRequests(**verdict.details())
        return True


def count_request(user: object, address: str) -> Verdict:
    """Count one request of a user, or else of an address."""
    if isinstance(user, User):
        return rate_limits.take(rates.requests_of(user), rates.subject_of(user))
    subject = rates.subject_of_address(address)
    return rate_limits.take(rates.requests_of_anybody(), subject)
