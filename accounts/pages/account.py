"""Your account: where you are signed in, and how to sign out there."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.authentication import AuthenticatedHttpRequest
from accounts.models import ApiKey
from accounts.services import second_factors, sessions, tokens
from common.clock import utc_now

SHOWN = 50


@require_safe
@login_required
def account(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Show what an account is protected with, and where it is signed in."""
    user, now = request.user, utc_now()
    browsers = [
        {
            "id": sessions.public_id(row.session_key),
            "is_this": row.session_key == request.session.session_key,
            "row": row,
        }
        for row in sessions.live_sessions(user, at=now)[:SHOWN]
    ]
    context = {
        "section": "account",
        "browsers": browsers,
        "families": tokens.standing_families(user, at=now)[:SHOWN],
        "keys": ApiKey.objects.usable(at=now).filter(user=user).count(),
        "codes_left": second_factors.recovery_codes_left(user),
    }
    return render(request, "account/index.html", context)


@require_POST
@login_required
def end_session(request: AuthenticatedHttpRequest, identifier: str) -> HttpResponse:
    """Sign out of one browser."""
    try:
        sessions.end_session(identifier, acting_user=request.user, now=utc_now())
    except sessions.NoSuchSession as error:
        raise Http404(error.message) from None
    messages.success(request, "Signed out there.", extra_tags="good")
    return redirect("account")


@require_POST
@login_required
def end_tokens(request: AuthenticatedHttpRequest, family_id: UUID) -> HttpResponse:
    """Sign a program out that signed in with a password."""
    ended = tokens.end_families(
        request.user,
        reason="signed out",
        acting_user=request.user,
        now=utc_now(),
        only=family_id,
    )
    if not ended:
        raise Http404("You have no such tokens.")
    messages.success(request, "The program is signed out.", extra_tags="good")
    return redirect("account")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def sign_out_everywhere(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Ask once more, then end everything but this browser's session, and the keys."""
    if request.method == "POST":
        ended, families = sessions.sign_out_everywhere(
            request.user, now=utc_now(), keep=request.session.session_key or ""
        )
        said = (
            f"Signed out of {ended + families} other place{'' if ended + families == 1 else 's'}."
        )
        messages.success(request, said, extra_tags="good")
        return redirect("account")
    return render(request, "account/everywhere.html", {"section": "account"})
