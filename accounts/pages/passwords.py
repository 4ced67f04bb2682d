"""Another password for one's own account."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.authentication import AuthenticatedHttpRequest
from accounts.services import passwords, sign_in
from accounts.services.lock_outs import LockedOut
from common.clock import utc_now
from common.errors import InvalidInput, SignalHubError


class PasswordsDiffer(InvalidInput):
    """The two new passwords are not the same; type it twice alike."""

    code = "passwords_differ"


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@login_required
@never_cache
def password(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Ask for the old and the new password; every other session and token then ends."""
    refusal: SignalHubError | None = None
    if request.method == "POST":
        try:
            _change(request)
        except SignalHubError as error:
            refusal = error
        else:
            messages.success(
                request,
                "Your password is changed. Everywhere else you are signed out.",
                extra_tags="good",
            )
            return redirect("account")
    context = {
        "section": "account",
        "refusal": refusal,
        "least": settings.PASSWORD_LENGTH_MIN,
    }
    response = render(request, "account/password.html", context)
    if isinstance(refusal, LockedOut):
        response.status_code = 429
        response["Retry-After"] = str(refusal.details["retry_after_seconds"])
    return response


def _change(request: AuthenticatedHttpRequest) -> None:
    user, now = request.user, utc_now()
    old, new, again = (
        request.POST.get(name, "") for name in ("old_password", "new_password", "again")
    )
    sign_in.require_own_password(user, old, now=now)
    if new != again:
        raise PasswordsDiffer(field="again")
    if len(new) > sign_in.MAX_LENGTH:
        raise passwords.PasswordNotAccepted("This is longer than any password.", field="new")
    passwords.change_password(
        user, new, acting_user=user, now=now, keep_session=request.session.session_key or ""
    )
    # Also gives this session another key, and the new password's hash.
    update_session_auth_hash(request, user)
