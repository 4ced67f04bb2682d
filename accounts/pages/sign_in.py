"""The one door for people: user name and password, then the code where there is a second factor.

The admin's own sign-in page leads here too. Nobody is signed in before everything was right.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.addresses import client_address
from accounts.models import User
from accounts.services import second_factors, sign_in
from accounts.services.lock_outs import LockedOut
from accounts.services.second_factors import CodeNotRight
from common.clock import utc_now

AWAITING = "awaiting_code"
BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignInForm(AuthenticationForm):
    """Django's form over our own door, which counts tries."""

    locked: LockedOut | None = None

    def clean(self) -> dict[str, Any]:
        username, password = (self.cleaned_data.get(name) for name in ("username", "password"))
        if username is None or not password:
            return self.cleaned_data
        assert self.request is not None
        try:
            self.user_cache = sign_in.require_password(
                username, password, address=client_address(self.request), now=utc_now()
            )
        except sign_in.SignInRefused:
            raise self.get_invalid_login_error() from None
        except LockedOut as error:
            self.locked = error
            raise forms.ValidationError(error.message, code=error.code) from None
        return self.cleaned_data


class SignInView(LoginView):
    """Ask for user name and password."""

    template_name = "login.html"
    authentication_form = SignInForm
    extra_context = {"section": "login"}

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Sign in, or go on to the code."""
        user = form.get_user()
        assert isinstance(user, User)
        if not user.has_second_factor:
            login(self.request, user, backend=BACKEND)
            return redirect(self.get_success_url())
        self.request.session[AWAITING] = {
            "user": user.pk,
            "stamp": user.stamp,
            "until": utc_now().timestamp() + settings.SECOND_FACTOR_WAIT_SECONDS,
            "next": self.get_success_url(),
        }
        return redirect("login-code")

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Show the page again; a closed door says until when."""
        response = super().form_invalid(form)
        assert isinstance(form, SignInForm)
        return _when_locked(response, form.locked)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("code")
@never_cache
def ask_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code of somebody whose password was right a moment ago."""
    user = _awaited(request)
    if user is None:
        request.session.pop(AWAITING, None)
        return redirect("login")
    refusal, locked = "", None
    if request.method == "POST":
        try:
            second_factors.require_code(user, request.POST.get("code", ""), now=utc_now())
        except CodeNotRight as error:
            refusal = error.message
        except LockedOut as error:
            refusal, locked = error.message, error
        else:
            then = request.session.pop(AWAITING)["next"]
            login(request, user, backend=BACKEND)
            return redirect(then)
    context = {"section": "login", "refusal": refusal, "username": user.username}
    return _when_locked(render(request, "account/code.html", context), locked)


def _awaited(request: HttpRequest) -> User | None:
    given = request.session.get(AWAITING)
    if not isinstance(given, dict) or given["until"] < utc_now().timestamp():
        return None
    user = User.objects.filter(pk=given["user"], is_active=True).first()
    return user if user is not None and user.stamp == given["stamp"] else None


def _when_locked(response: HttpResponse, locked: LockedOut | None) -> HttpResponse:
    if locked is not None:
        response.status_code = 429
        response["Retry-After"] = str(locked.details["retry_after_seconds"])
    return response
