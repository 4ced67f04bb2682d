"""The headers that tell of a caller's limits, and the count of what was refused at the door.

The throttle counts whom a view lets in. What is refused before that (no key, a wrong key, no
right) is counted here, so that no answer is free.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse
from rest_framework.views import APIView

from accounts.addresses import client_address
from accounts.throttling import count_request
from common import rate_limits
from common.http.problems import problem_response
from common.rate_limits import TooManyRequests, Verdict

Handler = Callable[[HttpRequest], HttpResponse]
REFUSED = frozenset({401, 403, 404})


def rate_limit_middleware(get_response: Handler) -> Handler:
    """Say on every answer of the API how its caller's limits stand."""

    def answer(request: HttpRequest) -> HttpResponse:
        with rate_limits.telling() as verdicts:
            response = get_response(request)
            if _is_uncounted_refusal(request, response, verdicts):
                verdict = count_request(request.user, client_address(request))
                if not verdict.allowed:
                    response = problem_response(TooManyRequests(**verdict.details()))
            add_headers(response, verdicts)
        return response

    return answer


def add_headers(response: HttpResponse, verdicts: Mapping[str, Verdict]) -> None:
    """Write limits and how they stand as structured fields."""
    if not verdicts:
        return
    # The names are ours and need no escaping.
    response["RateLimit-Policy"] = ", ".join(
        f'"{name}";q={found.limit.amount};w={found.limit.seconds}'
        for name, found in verdicts.items()
    )
    response["RateLimit"] = ", ".join(
        f'"{name}";r={found.remaining};t={found.reset_seconds}' for name, found in verdicts.items()
    )


def _is_uncounted_refusal(
    request: HttpRequest, response: HttpResponse, verdicts: Mapping[str, Verdict]
) -> bool:
    if verdicts or response.status_code not in REFUSED:
        return False
    match = request.resolver_match
    return issubclass(getattr(getattr(match, "func", None), "cls", object), APIView)
