"""The second factor of one's own account: enrol it, keep the recovery codes, remove it."""

from __future__ import annotations

import io
from typing import Any

import segno
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import totp
from accounts.authentication import AuthenticatedHttpRequest
from accounts.services import second_factors, sessions, sign_in
from accounts.services.lock_outs import LockedOut
from common.clock import utc_now
from common.errors import SignalHubError

ISSUER = "SignalHub"


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def second_factor(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Show whether there is one; POST begins to enrol it."""
    if request.method == "POST":
        if not request.user.has_second_factor:
            second_factors.begin_enrolment(request.user, now=utc_now())
            return redirect("account-second-factor-enrol")
        return redirect("account-second-factor")
    context = {
        "section": "account",
        "codes_left": second_factors.recovery_codes_left(request.user),
    }
    return render(request, "account/second_factor.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code")
@login_required
@never_cache
def enrol(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Show the secret until a code of it was right, then the recovery codes, once."""
    user, now = request.user, utc_now()
    if user.has_second_factor:
        return redirect("account-second-factor")
    refusal: SignalHubError | None = None
    if request.method == "POST":
        try:
            given = request.POST.get("code", "").replace(" ", "")
            codes = second_factors.confirm_enrolment(user, given, now=now)
        except SignalHubError as error:
            refusal = error
        else:
            # This browser has just shown the factor; every other one signs in with it.
            update_session_auth_hash(request, user)
            sessions.drop_sessions(user, keep=request.session.session_key or "")
            context = {"section": "account", "codes": codes}
            return render(request, "account/recovery_codes.html", context)
    secret = second_factors.begin_enrolment(user, now=now)
    response = render(request, "account/enrol.html", _shown(request, secret, refusal))
    response.status_code = _status_of(refusal)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password", "code")
@login_required
@never_cache
def remove(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Remove it, for the password and a code."""
    user, now = request.user, utc_now()
    if not user.has_second_factor:
        return redirect("account-second-factor")
    refusal: SignalHubError | None = None
    if request.method == "POST":
        try:
            sign_in.require_own_password(user, request.POST.get("password", ""), now=now)
            second_factors.require_code(user, request.POST.get("code", ""), now=now)
            second_factors.remove_second_factor(user, acting_user=user, now=now)
        except SignalHubError as error:
            refusal = error
        else:
            update_session_auth_hash(request, user)
            messages.success(request, "Your second factor is removed.", extra_tags="good")
            return redirect("account-second-factor")
    context = {"section": "account", "refusal": refusal}
    return render(request, "account/remove_factor.html", context, status=_status_of(refusal))


def _shown(
    request: AuthenticatedHttpRequest, secret: str, refusal: SignalHubError | None
) -> dict[str, Any]:
    address = totp.address_of(secret, account=request.user.username, issuer=ISSUER)
    return {
        "section": "account",
        "secret": second_factors.in_groups(secret),
        "address": address,
        "qr": _drawn(address),
        "refusal": refusal,
    }


def _drawn(address: str) -> SafeString:
    # Shapes only: it has no text of anybody's, and neither style nor script.
    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(
        drawn,
        kind="svg",
        border=3,
        xmldecl=False,
        svgns=True,
        dark="#000",
        light="#fff",
        omitsize=True,
        title="QR code of the secret",
    )
    return mark_safe(drawn.getvalue().decode())


def _status_of(refusal: SignalHubError | None) -> int:
    return 429 if isinstance(refusal, LockedOut) else 200
