"""``GET /metrics``: what the processes that run scripts came to, for Prometheus.

Operators read it, and a collector that knows METRICS_TOKEN. Nobody is let in for where they come
from: behind a proxy everybody comes from the same address.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from typing import Any

import redis
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.authentication import ApiKeyAuthentication
from accounts.models import Role
from accounts.principals import has_role
from common.clock import utc_now
from common.errors import Unavailable
from execution.scheduling.load_shedding import Priority
from execution.services import doors, load, totals
from execution.services.totals import ProcessTotals
from signalhub.door_metrics import DoorCollector
from signalhub.operations.metrics import OperationsCollector

COLLECTOR = "collector"
PREFIX = "signalhub_sandbox"
LABELS = ("machine", "process")


class MetricsUnreadable(Unavailable):
    """The totals of the processes cannot be read at the moment."""

    code = "metrics_unreadable"


class CollectorAuthentication(BaseAuthentication):
    """Know a collector by ``Authorization: Bearer`` and METRICS_TOKEN; leave others to the rest."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, str] | None:
        given = request.headers.get("Authorization", "")
        expected = f"Bearer {settings.METRICS_TOKEN}"
        if settings.METRICS_TOKEN and hmac.compare_digest(given.encode(), expected.encode()):
            return AnonymousUser(), COLLECTOR
        return None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class CollectorScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describe the collector's token in the OpenAPI document."""

    target_class = "signalhub.metrics.CollectorAuthentication"
    name = "collectorToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "METRICS_TOKEN, for what collects the platform's numbers.",
        }


class OperatorOrCollector(BasePermission):
    """Let in an operator, and who knows the collector's token."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        if request.auth == COLLECTOR:
            return True
        return has_role(user, Role.OPERATOR) or bool(user.is_active and user.is_superuser)


class OneFormat(BaseContentNegotiation):
    """Answer in the one format there is, whatever a collector says it prefers."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> Any:
        return renderers[0], renderers[0].media_type


class MetricsView(APIView):
    authentication_classes = (
        CollectorAuthentication,
        ApiKeyAuthentication,
        SessionAuthentication,
    )
    permission_classes = (OperatorOrCollector,)
    content_negotiation_class = OneFormat
    schema = None
    shed_as = Priority.CRITICAL

    def get(self, request: Request) -> HttpResponse:
        """Say, in Prometheus' text format, what each process' runs came to since it started."""
        try:
            processes = totals.known()
            known_doors = doors.known()
        except redis.RedisError as error:
            raise MetricsUnreadable() from error
        registry = CollectorRegistry()
        registry.register(SandboxCollector(processes))
        registry.register(DoorCollector(load.current(), known_doors))
        registry.register(OperationsCollector(now=utc_now()))
        return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class SandboxCollector(Collector):
    """Puts the totals of processes into Prometheus' words."""

    def __init__(self, processes: list[ProcessTotals]) -> None:
        self._processes = processes

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield one counter after the other, each for every process."""
        yield self._runs()
        yield self._sum("duration_seconds", "Time of runs on the clock.", "duration_ms", 1000)
        yield self._sum("cpu_seconds", "Processor time of runs.", "cpu_ms", 1000)
        yield self._sum("page_faults", "Page faults of runs.", "page_faults")
        yield self._sum("calls", "Calls of runs to the platform.", "calls")
        yield self._sum("bytes_out", "Bytes that runs sent to the platform.", "bytes_out")
        yield self._sum("errors", "Runs that ended other than ok.", "errors")
        yield self._sum("timeouts", "Runs that took too long.", "timeouts")
        yield self._sum("violations", "Runs that did what only an attack does.", "violations")

    def _runs(self) -> CounterMetricFamily:
        family = CounterMetricFamily(
            f"{PREFIX}_runs", "Runs that ended, by status.", labels=(*LABELS, "status")
        )
        for one in self._processes:
            for status, count in sorted(one.totals.runs.items()):
                family.add_metric((one.machine, one.process, status), count)
        return family

    def _sum(self, name: str, text: str, field: str, divisor: int = 1) -> CounterMetricFamily:
        family = CounterMetricFamily(f"{PREFIX}_{name}", text, labels=LABELS)
        for one in self._processes:
            value = getattr(one.totals, field) / divisor
            family.add_metric((one.machine, one.process), value)
        return family
