"""Your keys: make one, see it once, look after the others, revoke."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.authentication import AuthenticatedHttpRequest
from accounts.models import ApiKey
from accounts.scopes import Scope
from accounts.services import api_keys
from common.clock import utc_now
from common.errors import SignalHubError

DAYS = ((7, "a week"), (30, "30 days"), (90, "90 days"), (180, "half a year"), (365, "a year"))
ENDED_SHOWN = 10


class KeyForm(forms.Form):
    """A new key; the service judges it."""

    name = forms.CharField(max_length=api_keys.NAME_MAX_LENGTH)
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices, error_messages={"required": "Choose what it is for."}
    )
    days = forms.TypedChoiceField(choices=DAYS, coerce=int, initial=settings.API_KEY_DAYS)


@require_safe
@login_required
def keys(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Show somebody's keys, those that work before those that no longer do."""
    now = utc_now()
    usable = ApiKey.objects.usable(at=now).filter(user=request.user)
    ended = ApiKey.objects.filter(user=request.user).exclude(pk__in=usable)
    context = {
        "section": "account",
        "keys": usable,
        "ended": ended[:ENDED_SHOWN],
        "address": request.build_absolute_uri("/scripts"),
    }
    return render(request, "account/keys.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def new_key(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Ask what a key is for, make it, and show it this once."""
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            key, secret = api_keys.issue_api_key(
                request.user,
                name=form.cleaned_data["name"],
                given_scopes=form.cleaned_data["scopes"],
                days=form.cleaned_data["days"],
                acting_user=request.user,
                now=utc_now(),
            )
        except SignalHubError as error:
            form.add_error("name" if error.details.get("field") == "name" else None, error.message)
        else:
            return render(request, "account/key_made.html", _made(request, key, secret))
    context = {"section": "account", "form": form, "scopes": _offered(form), "days": DAYS}
    return render(request, "account/key_new.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def revoke_key(request: AuthenticatedHttpRequest, key_id: int) -> HttpResponse:
    """Ask once more, then revoke one of one's own keys."""
    key = ApiKey.objects.usable(at=utc_now()).filter(pk=key_id, user=request.user).first()
    if key is None:
        raise Http404("You have no such key.")
    if request.method == "POST":
        api_keys.revoke_api_key(key.pk, acting_user=request.user, now=utc_now())
        messages.success(request, f"{key.name} is revoked.", extra_tags="good")
        return redirect("account-keys")
    return render(request, "account/key_revoke.html", {"section": "account", "key": key})


def _made(request: AuthenticatedHttpRequest, key: ApiKey, secret: str) -> dict[str, Any]:
    address = request.build_absolute_uri("/scripts")
    return {"section": "account", "key": key, "secret": secret, "address": address}


def _offered(form: KeyForm) -> list[tuple[str, str, bool]]:
    chosen = form.data.getlist("scopes") if form.is_bound else []  # type: ignore[attr-defined]
    return [(value, label, value in chosen) for value, label in Scope.choices]
