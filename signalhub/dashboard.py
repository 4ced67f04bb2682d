"""The live page of a script. It belongs to the composition root: it shows every app at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.authentication import AuthenticatedHttpRequest
from common.clock import utc_now
from common.errors import SignalHubError
from common.http.problems import problem_response
from market.models import Instrument
from registry import access
from registry.models import Script
from signalhub.dashboard_state import repaints, running_on, state_of, suspension, timeframe_of

STATIC = Path(settings.BASE_DIR) / "static"
# All that the page's script imports, so that a browser need not find it out file by file.
MODULES = sorted(
    path.relative_to(STATIC).as_posix()
    for folder in ("live", "dashboard")
    for path in (STATIC / "js" / folder).glob("*.js")
)


@require_safe
@login_required
def dashboard(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Go to the first script that the user may use, or say how to come by one."""
    script = _published(request).order_by("name").first()
    if script is None:
        return render(request, "dashboard/empty.html", {"section": "dashboard"})
    return redirect("dashboard-script", script.pk)


@require_safe
@login_required
def dashboard_of_script(request: AuthenticatedHttpRequest, script_id: UUID) -> HttpResponse:
    """Show one script live on one instrument."""
    script = _require_script(request, script_id)
    instruments = list(Instrument.objects.values_list("key", flat=True))
    if not instruments:
        return render(
            request, "dashboard/empty.html", {"section": "dashboard", "no_instruments": True}
        )
    instrument = _chosen_instrument(request, script, instruments)
    return render(
        request,
        "dashboard/live.html",
        {
            "section": "dashboard",
            "script": script,
            "scripts": _choices(request),
            "instrument": instrument,
            "instruments": instruments,
            "timeframe": timeframe_of(script),
            "suspension": suspension(script),
            "repaints": repaints(script),
            "modules": MODULES,
        },
    )


@require_safe
def dashboard_state(request: HttpRequest, script_id: UUID) -> HttpResponse:
    """Return what the page is told of a script on an instrument."""
    if not request.user.is_authenticated:
        return JsonResponse({"detail": "Sign in to go on."}, status=401)
    try:
        script = access.require_visible(request.user, script_id, at=utc_now())
        access.require_access(request.user, script, at=utc_now())
        asked = request.GET.get("instrument", "")
        with_lines = "lines" in request.GET
        return JsonResponse(state_of(script, asked, user=request.user, with_lines=with_lines))
    except SignalHubError as error:
        return problem_response(error)


def _published(request: AuthenticatedHttpRequest) -> Any:
    accessible = access.scripts_accessible_to(request.user, at=utc_now())
    return accessible.exclude(current_version=None)


def _choices(request: AuthenticatedHttpRequest) -> list[dict[str, Any]]:
    scripts = _published(request).select_related("current_version").order_by("name")
    return [{"script": script, "timeframe": timeframe_of(script)} for script in scripts]


def _require_script(request: AuthenticatedHttpRequest, script_id: UUID) -> Script:
    now = utc_now()
    try:
        script = access.require_visible(request.user, script_id, at=now)
        access.require_access(request.user, script, at=now)
    except access.NotEntitled as error:
        raise PermissionDenied(error.message) from None
    except access.NoSuchScript as error:
        raise Http404(error.message) from None
    if script.current_version is None:
        raise Http404("No version of this script is published.")
    return script


def _chosen_instrument(
    request: AuthenticatedHttpRequest, script: Script, instruments: list[str]
) -> str:
    asked = request.GET.get("instrument")
    if asked is not None:
        if asked not in instruments:
            raise Http404(f"There is no instrument {asked}.")
        return asked
    running = [key for key in running_on(script) if key in instruments]
    return (running or instruments)[0]
