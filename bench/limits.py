"""What the limits add to a request of the API: processor time, with Redis where it really is."""

import time
from collections.abc import Callable

from django.test import RequestFactory
from django.test.utils import override_settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Tier, User
from accounts.rate_headers import rate_limit_middleware
from bench.rows import BenchRow

REQUESTS = 300
ROUNDS = 5
LISTED = 20


class _Tiers(APIView):
    """Answers with some rows, as a small operation does."""

    authentication_classes = ()
    permission_classes = ()

    def get(self, request: Request) -> Response:
        found = Tier.objects.order_by("name").values("name", "connections", "run_wall_seconds")
        return Response(list(found[:LISTED]))


class _LimitedTiers(_Tiers):
    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        # Whoever asks is somebody; who it is was found out before the limits.
        request.user = _SOMEBODY
        self.authentication_classes = (object,)  # type: ignore[assignment]
        super().initial(request, *args, **kwargs)


# Somebody else each time, whose tier allows more than is asked.
_SOMEBODY = User(pk=int(time.time()), username="bench", tier_id="enterprise")


def rows() -> list[BenchRow]:
    """Measure an operation with its limits against the same without."""
    with override_settings(RATE_LIMITS_ENABLED=False):
        floor = min(_microseconds(_Tiers.as_view()) for _ in range(ROUNDS))
    with override_settings(RATE_LIMITS_ENABLED=True):
        value = min(_microseconds(_LimitedTiers.as_view()) for _ in range(ROUNDS))
    return [
        BenchRow(
            name="API request with its limits, against one without",
            ratio=value / floor,
            goal=2.0,
            floor=floor,
            value=value,
            unit="us",
        )
    ]


def _microseconds(view: Callable[..., Response]) -> float:
    answer = rate_limit_middleware(lambda request: view(request).render())
    request = RequestFactory()
    started = time.process_time()
    for _ in range(REQUESTS):
        response = answer(request.get("/scripts"))
    elapsed = time.process_time() - started
    if response.status_code != 200:
        raise AssertionError(f"A request was answered with {response.status_code}.")
    return elapsed / REQUESTS * 1e6
