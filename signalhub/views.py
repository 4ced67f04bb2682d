"""The landing page: what is running, and where to go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import User
from common.clock import utc_now
from signalhub.async_document import DESCRIPTION, async_document, closing_codes, fields_of
from signalhub.overview import newest_signals, overview
from streams.protocol import MESSAGES


@dataclass(frozen=True, kw_only=True)
class Person:
    """One of the demo's people: who, in which role, what they do, and where they start."""

    username: str
    role: str
    does: str
    starts_at: str


@dataclass(frozen=True, kw_only=True)
class Way:
    """Somewhere to go from here."""

    name: str
    what: str
    url: str


PEOPLE = (
    Person(
        username="ada",
        role="author",
        does="writes scripts and submits them",
        starts_at="admin:index",
    ),
    Person(
        username="rita",
        role="reviewer",
        does="reads the source, approves or sends it back",
        starts_at="admin:index",
    ),
    Person(
        username="sam", role="subscriber", does="watches the signals arrive", starts_at="dashboard"
    ),
    Person(
        username="olga",
        role="operator",
        does="grants and revokes, watches the machinery",
        starts_at="admin:index",
    ),
    Person(
        username="carol",
        role="buyer",
        does="of another house: subscribed to a product",
        starts_at="marketplace",
    ),
    Person(
        username="mallory",
        role="outsider",
        does="belongs to another house: sees none of it",
        starts_at="dashboard",
    ),
)


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show what is running and where to go; in the demo also who to sign in as."""
    context = {**_overview_context(request), "ways": _ways(request)}
    if settings.DEMO and not request.user.is_authenticated:
        context["people"] = PEOPLE
        context["demo_password"] = settings.DEMO_PASSWORD
    return render(request, "home/index.html", context)


@require_safe
def overview_part(request: HttpRequest) -> HttpResponse:
    """Return the part of the landing page that changes by itself."""
    return render(request, "home/_overview.html", _overview_context(request))


@require_safe
def api_reference(request: HttpRequest) -> HttpResponse:
    """Show the API's document, to read and to try."""
    return render(request, "api/reference.html", {"section": "api"})


@require_safe
def socket_document(request: HttpRequest) -> JsonResponse:
    """Return the WebSocket's document in AsyncAPI 3."""
    return JsonResponse(async_document(request.get_host(), secure=request.is_secure()))


@require_safe
def socket_reference(request: HttpRequest) -> HttpResponse:
    """Show the WebSocket's messages, field by field."""
    told = [(said.by, {"said": said, "fields": fields_of(said)}) for said in MESSAGES]
    scheme = "wss" if request.is_secure() else "ws"
    context = {
        "section": "api",
        "said_by_client": [one for by, one in told if by == "client"],
        "said_by_server": [one for by, one in told if by == "server"],
        "paragraphs": DESCRIPTION.replace("`", "").split("\n\n"),
        "closing_codes": closing_codes(),
        "address": f"{scheme}://{request.get_host()}/ws/",
    }
    return render(request, "api/sockets.html", context)


def _overview_context(request: HttpRequest) -> dict[str, Any]:
    user, now = request.user, utc_now()
    shows_numbers = settings.DEMO or (user.is_authenticated and user.is_staff)
    return {
        "overview": overview(now=now) if shows_numbers else None,
        "signals": newest_signals(user, at=now) if isinstance(user, User) else [],
        "demo": settings.DEMO,
    }


def _ways(request: HttpRequest) -> list[Way]:
    ways = [
        Way(name="Dashboard", what="Charts, outputs and signals, live", url=reverse("dashboard"))
    ]
    if request.user.is_staff:
        ways.append(
            Way(
                name="Admin",
                what="Scripts, reviews, entitlements, executions",
                url=reverse("admin:index"),
            )
        )
    ways.append(
        Way(name="API", what="Every endpoint, to read and to try", url=reverse("api-reference"))
    )
    ways.append(
        Way(name="Health", what="Each part of the platform in its own words", url=reverse("health"))
    )
    return ways
