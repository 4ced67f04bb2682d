"""The page on which people see their own limits."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts import rates
from accounts.authentication import AuthenticatedHttpRequest
from execution.services.own_limits import CONNECTION, limits_of


@require_safe
@login_required
def own_limits(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Show what the visitor's tier allows, and how much of it is used."""
    limits = limits_of(request.user)
    context = {
        "section": "account",
        "tier": rates.tier_of(request.user),
        "mine": [one for one in limits if one.counted_by != CONNECTION],
        "of_connections": [one for one in limits if one.counted_by == CONNECTION],
    }
    return render(request, "account/limits.html", context)
