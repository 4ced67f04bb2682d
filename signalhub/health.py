"""Whether everything the platform needs answers, piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import redis
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.template.defaultfilters import pluralize
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from django_q.brokers import get_broker

from common.errors import SignalHubError
from execution import queue
from execution.scheduling.load_shedding import shares_at
from execution.services import isolation, load
from registry import storage
from registry.marketplace.client import configured_marketplace


@dataclass(frozen=True, kw_only=True)
class Check:
    """What one piece answered."""

    ok: bool
    detail: str


def report() -> dict[str, Check]:
    """Ask every piece and return what each answered."""
    pieces: dict[str, Callable[[], str]] = {
        "database": _database,
        "redis": _redis,
        "object_store": _object_store,
        "queue": _queue,
        "sandbox": _sandbox,
    }
    found = {name: _check(ask) for name, ask in pieces.items()}
    found["load"] = _load()
    marketplace = configured_marketplace()
    if marketplace is not None:
        # Others' trouble is not ours: what runs here goes on, so it does not make us unhealthy.
        state = marketplace.transport.breaker.state
        found["marketplace"] = Check(ok=True, detail=f"breaker {state}")
    return found


@csrf_exempt  # nothing is done here, whichever method asks
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """Answer 200 when every piece is well, else 503, with each piece's own words."""
    pieces = report()
    ok = all(check.ok for check in pieces.values())
    body: dict[str, Any] = {
        "status": "ok" if ok else "unhealthy",
        "checks": {name: asdict(check) for name, check in pieces.items()},
    }
    return JsonResponse(body, status=200 if ok else 503)


@csrf_exempt
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """Answer that this process serves requests."""
    return JsonResponse({"status": "ok"})


class _NotReady(Exception):
    """A piece answers, but not as it should."""


def _load() -> Check:
    # A loaded platform is not an unwell one: it says what it turns away, and goes on.
    present = load.current()
    shed = [f"{share:.0%} of {kind}" for kind, share in shares_at(present.value).items() if share]
    cause = f" ({present.cause.replace('_', ' ')})" if present.cause else ""
    turned_away = f"turns away {', '.join(shed)}" if shed else "turns nothing away"
    return Check(ok=True, detail=f"{present.value:.0%}{cause}, {turned_away}")


def _check(ask: Callable[[], str]) -> Check:
    try:
        return Check(ok=True, detail=ask())
    except (DatabaseError, redis.RedisError, SignalHubError, _NotReady) as error:
        return Check(ok=False, detail=str(error) or type(error).__name__)


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0]}"


def _redis() -> str:
    with queue.connect() as client:
        return f"Redis {client.info('server')['redis_version']}"


def _object_store() -> str:
    storage.require_available()
    return "bucket readable"


def _queue() -> str:
    waiting = get_broker().queue_size()
    return f"{waiting} task{pluralize(waiting)} waiting"


def _sandbox() -> str:
    reports = isolation.known_reports()
    if not reports:
        raise _NotReady("No worker has proven its isolation yet; start manage.py run_worker.")
    for host, found in reports.items():
        if not found["ok"]:
            raise _NotReady(f"{host}: {isolation.explain(found)}")
    return f"proven on {len(reports)} machine{pluralize(reports)}"
