"""The live page of a script. It belongs to the composition root: it shows every app at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.authentication import AuthenticatedHttpRequest
from common.clock import utc_now
from common.errors import SignalHubError
from common.http.problems import problem_response
from execution.models import Subscription
from market.models import Instrument
from market.timeframes import Timeframe
from registry import access
from registry.models import Script
from registry.product_access import product_subscription_of
from signalhub.overview import FeedState, current_feed
from streams.models import Stream

SUBSCRIBE_PATH = "/scripts/{script_id}/subscribe"  # of the API, as its contract spells it


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
    return render(
        request,
        "dashboard/live.html",
        {
            "section": "dashboard",
            "script": script,
            "scripts": _published(request).order_by("name"),
            "instrument": _chosen_instrument(request, script, instruments),
            "instruments": instruments,
            "timeframe": _timeframe_of(script),
            "suspension": _suspension(script),
            "repaints": _repaints(script),
            "subscribe_url": SUBSCRIBE_PATH.format(script_id=script.pk),
        },
    )


@require_safe
def dashboard_state(request: HttpRequest, script_id: UUID) -> HttpResponse:
    """Return which streams a script has on an instrument, where else it runs, and the feed's pace.

    ``suspension`` is a sentence while the script may not run, else empty. ``cadence_seconds`` is
    how often a bar is due by the clock on the wall; null when none is. ``repaints`` is the label
    that the current version's reviewer gave it.
    """
    if not request.user.is_authenticated:
        return JsonResponse({"detail": "Sign in to go on."}, status=401)
    try:
        script = access.require_visible(request.user, script_id, at=utc_now())
        access.require_access(request.user, script, at=utc_now())
    except SignalHubError as error:
        return problem_response(error)
    feed = current_feed(now=utc_now())
    subscription = product_subscription_of(request.user.pk, script.pk, at=utc_now())
    product_id = subscription.product_id if subscription else None
    return JsonResponse(
        {
            "streams": _streams(script, request.GET.get("instrument", ""), product_id),
            "running_on": _running_on(script),
            "feed": _feed_body(feed),
            "cadence_seconds": _cadence_seconds(script, feed),
            "suspension": _suspension(script),
            "repaints": _repaints(script),
        }
    )


def _published(request: AuthenticatedHttpRequest) -> Any:
    accessible = access.scripts_accessible_to(request.user, at=utc_now())
    return accessible.exclude(current_version=None)


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
    running = [key for key in _running_on(script) if key in instruments]
    return (running or instruments)[0]


def _streams(script: Script, instrument_key: str, product_id: UUID | None) -> list[dict[str, str]]:
    streams = Stream.objects.filter(
        script=script,
        product=product_id,
        instrument_key=instrument_key,
        timeframe=_timeframe_of(script).name,
    )
    ordered = sorted(streams, key=lambda stream: (len(stream.params), stream.pk))
    return [{"key": stream.key, "label": _label(stream.params)} for stream in ordered]


def _label(params: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in sorted(params.items())) or "default"


def _running_on(script: Script) -> list[str]:
    active = Subscription.objects.filter(script=script, ended_at=None)
    return sorted(set(active.values_list("instrument_key", flat=True)))


def _timeframe_of(script: Script) -> Timeframe:
    version = script.current_version
    return Timeframe(version.timeframe if version else "1d")


def _suspension(script: Script) -> str:
    version = script.current_version
    if version is None or version.suspended_at is None:
        return ""
    return (
        f"{version} is suspended since {version.suspended_at:%Y-%m-%d %H:%M} UTC: it does not run "
        "until an operator has looked at it. What it put out before stays."
    )


def _repaints(script: Script) -> bool:
    return script.current_version is not None and script.current_version.repaints


def _feed_body(feed: FeedState | None) -> dict[str, bool] | None:
    return None if feed is None else {"paused": feed.paused, "finished": feed.finished}


def _cadence_seconds(script: Script, feed: FeedState | None) -> float | None:
    if feed is None:
        return float(_timeframe_of(script).seconds)
    if feed.paused or feed.finished:
        return None
    return 1 / feed.bars_per_second
