"""Deliveries, for whoever has them: where outputs go, how that does, and what is to be done."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, F, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.authentication import AuthenticatedHttpRequest
from common.clock import utc_now
from common.errors import SignalHubError
from streams.deliveries import schedule
from streams.deliveries.choices import deliverable_streams, stream_in_words
from streams.deliveries.digests import too_many
from streams.deliveries.planning import rule_of
from streams.deliveries.services import chats, destinations, resending
from streams.models import Delivery, DeliveryState, Destination, DestinationKind, Following
from streams.pages.forms import NewDestinationForm, SettingsForm, say

LOG_PAGE = 25
KINDS = (
    (DestinationKind.WEBHOOK, "A program of yours", "Each output as a signed POST to your URL."),
    (DestinationKind.EMAIL, "A mailbox", "Each output as a mail; many at once as one digest."),
    (DestinationKind.TELEGRAM, "A Telegram chat", "Each output as a message from our bot."),
)


@require_safe
@login_required
def index(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Show where somebody's outputs go, and how each place does."""
    rows = Destination.objects.filter(owner=request.user).annotate(
        streams=Count("followings", filter=Q(followings__ended_at=None))
    )
    context = {"section": "account", "destinations": rows, "kinds": KINDS}
    return render(request, "deliveries/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def new(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Ask where outputs are to go, and show the secret this once."""
    form = NewDestinationForm(request.POST or None, initial={"kind": request.GET.get("kind")})
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                destination, shown = _add(request, form)
        except SignalHubError as error:
            say(form, error)
        else:
            context = {"section": "account", "destination": destination, **shown}
            return render(request, "deliveries/made.html", context)
    context = {"section": "account", "form": form, "kinds": KINDS}
    return render(request, "deliveries/new.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def destination(request: AuthenticatedHttpRequest, destination_id: UUID) -> HttpResponse:
    """Show a destination with its streams, its settings and its log; take new settings."""
    found = own(request, destination_id)
    form = SettingsForm(request.POST or None, found)
    if request.method == "POST" and form.is_valid():
        try:
            destinations.change_destination(
                found, form.changes(), acting_user=request.user, now=utc_now()
            )
        except SignalHubError as error:
            say(form, error)
            found.refresh_from_db()
        else:
            messages.success(request, "Saved.", extra_tags="good")
            return redirect("delivery-destination", found.pk)
    return render(request, "deliveries/destination.html", _shown(request, found, form))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def secret(request: AuthenticatedHttpRequest, destination_id: UUID) -> HttpResponse:
    """Ask once more, then give a webhook a new secret and show it this once."""
    found = own(request, destination_id)
    if found.kind != DestinationKind.WEBHOOK:
        raise Http404(destinations.NoSuchDestination().message)
    context: dict[str, Any] = {"section": "account", "destination": found}
    if request.method == "POST":
        context["secret"] = destinations.rotate_secret(
            found, acting_user=request.user, now=utc_now()
        )
        return render(request, "deliveries/made.html", context)
    return render(request, "deliveries/secret.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def remove(request: AuthenticatedHttpRequest, destination_id: UUID) -> HttpResponse:
    """Ask once more, then remove a destination."""
    found = own(request, destination_id)
    if request.method == "POST":
        try:
            destinations.remove_destination(found, acting_user=request.user, now=utc_now())
        except SignalHubError as error:
            messages.error(request, error.message, extra_tags="bad")
            return redirect("delivery-destination", found.pk)
        messages.success(request, f"{found.name} is removed.", extra_tags="good")
        return redirect("deliveries")
    context = {"section": "account", "destination": found}
    return render(request, "deliveries/remove.html", context)


def own(request: AuthenticatedHttpRequest, destination_id: UUID) -> Destination:
    """Return a destination of the visitor's own, or say that there is none."""
    try:
        return destinations.own_destination(request.user, destination_id)
    except destinations.NoSuchDestination as error:
        raise Http404(error.message) from None


def _add(
    request: AuthenticatedHttpRequest, form: NewDestinationForm
) -> tuple[Destination, dict[str, Any]]:
    now = utc_now()
    added, shown_secret = destinations.add_destination(
        request.user,
        kind=DestinationKind(form.cleaned_data["kind"]),
        name=form.cleaned_data["name"],
        address=form.cleaned_data["address"],
        acting_user=request.user,
        now=now,
    )
    code = ""
    if added.kind == DestinationKind.TELEGRAM:
        code = chats.new_chat_code(added, acting_user=request.user, now=now)
    return added, {"secret": shown_secret, "code": code, **bot()}


def bot() -> dict[str, str]:
    """Return what the bot is called, for whoever is to write to it."""
    return {"bot": settings.TELEGRAM_BOT_NAME}


def _shown(
    request: AuthenticatedHttpRequest, found: Destination, form: SettingsForm
) -> dict[str, Any]:
    followed = Following.objects.filter(destination=found).select_related(
        "stream__script", "stream__product"
    )
    followings = list(followed.annotate(behind=F("stream__seq") - F("cursor_seq")))
    chosen = {one.stream_id for one in followings if one.ended_at is None}
    state = request.GET.get("state", "")
    log = Delivery.objects.filter(destination=found).select_related("stream__script")
    if state in DeliveryState.values:
        log = log.filter(state=state)
    return {
        "section": "account",
        "destination": found,
        "form": form,
        "followings": [(one, stream_in_words(one.stream)) for one in followings],
        "offered": [
            (one.key, stream_in_words(one))
            for one in deliverable_streams(request.user, now=utc_now())
            if one.pk not in chosen
        ],
        "page": Paginator(log, LOG_PAGE).get_page(request.GET.get("page")),
        "states": DeliveryState.choices,
        "state": state,
        "failed": resending.failed_outputs().filter(destination=found).exists(),
        "rule": too_many(rule_of(found)) if found.digest_above else "",
        "attempts": schedule.ATTEMPTS,
    }
