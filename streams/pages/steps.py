"""What the buttons on the pages about deliveries do: one service each, and a word about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.authentication import AuthenticatedHttpRequest
from accounts.models import User
from common.clock import utc_now
from common.errors import InvalidInput, SignalHubError
from streams.deliveries import contents, packing
from streams.deliveries.health import disable_destination
from streams.deliveries.services import chats, destinations, followings, resending
from streams.deliveries.settling import OUTPUTS
from streams.models import Delivery, DeliveryState, Destination
from streams.pages.deliveries import bot, own
from streams.pages.forms import ReplayForm, StreamForm

Step = Callable[[Destination, User, QueryDict], str]


@require_POST
@login_required
def follow(request: AuthenticatedHttpRequest, destination_id: UUID) -> HttpResponse:
    """Have a stream delivered."""
    found = own(request, destination_id)
    try:
        key = _key(request.POST)
        followings.follow_stream(found, key, acting_user=request.user, now=utc_now())
    except SignalHubError as error:
        messages.error(request, error.message, extra_tags="bad")
    else:
        messages.success(request, "It is delivered from its next output on.", extra_tags="good")
    return redirect("delivery-destination", found.pk)


@require_POST
@login_required
@never_cache
def do(request: AuthenticatedHttpRequest, destination_id: UUID, action: str) -> HttpResponse:
    """Do what a button says."""
    found = own(request, destination_id)
    step = STEPS.get(action)
    if step is None:
        raise Http404("There is no such step.")
    try:
        if action == "code":
            code = chats.new_chat_code(found, acting_user=request.user, now=utc_now())
            context = {"section": "account", "destination": found, "code": code, **bot()}
            return render(request, "deliveries/made.html", context)
        said = step(found, request.user, request.POST)
    except SignalHubError as error:
        messages.error(request, error.message, extra_tags="bad")
    else:
        messages.success(request, said, extra_tags="good")
    return redirect("delivery-destination", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def delivery(request: AuthenticatedHttpRequest, delivery_id: UUID) -> HttpResponse:
    """Show what was sent and what came back; send it again."""
    try:
        found = resending.own_delivery(request.user, delivery_id)
    except resending.NoSuchDelivery as error:
        raise Http404(error.message) from None
    if request.method == "POST":
        try:
            resending.resend_delivery(found, acting_user=request.user, now=utc_now())
        except SignalHubError as error:
            messages.error(request, error.message, extra_tags="bad")
        else:
            messages.success(request, "It is being sent again.", extra_tags="good")
        return redirect("delivery", found.pk)
    context = {
        "section": "account",
        "delivery": found,
        "destination": found.destination,
        "body": _body(found),
        "can_resend": found.destination.is_open
        and found.state != DeliveryState.DROPPED
        and found.kind in OUTPUTS,
    }
    return render(request, "deliveries/delivery.html", context)


def _body(found: Delivery) -> str:
    """Return what is sent, as its owner may read it now."""
    try:
        content = contents.content_of(found, found.destination, now=utc_now())
    except SignalHubError as error:
        return error.message
    return json.dumps(json.loads(packing.body_of(content)), indent=2, ensure_ascii=False)


def _test(found: Destination, user: User, given: QueryDict) -> str:
    resending.send_test(found, acting_user=user, now=utc_now())
    return "The test is on its way. Load the page again to see what came of it."


def _enable(found: Destination, user: User, given: QueryDict) -> str:
    enabled = destinations.enable_destination(found, acting_user=user, now=utc_now())
    if not enabled.is_open:
        return "It is enabled. Messages go there once whoever reads them there says yes."
    return "It is enabled. What was put out meanwhile comes now."


def _disable(found: Destination, user: User, given: QueryDict) -> str:
    disable_destination(found, reason="By its owner.", acting_user=user, now=utc_now())
    return "It is disabled. What is put out meanwhile waits."


def _unfollow(found: Destination, user: User, given: QueryDict) -> str:
    followings.unfollow_stream(found, _key(given), acting_user=user, now=utc_now())
    return "It is delivered no longer."


def _key(given: QueryDict) -> str:
    form = StreamForm(given)
    if not form.is_valid():
        raise followings.StreamNotReadable(field="stream_key")
    key: str = form.cleaned_data["stream_key"]
    return key


def _resend_failed(found: Destination, user: User, given: QueryDict) -> str:
    count = resending.resend_failed(found, acting_user=user, now=utc_now())
    if resending.failed_outputs().filter(destination=found).exists():
        return f"Sent again: {count}, the oldest. Press once more for the rest."
    return f"Sent again: {count}."


def _replay(found: Destination, user: User, given: QueryDict) -> str:
    form = ReplayForm(given)
    if not form.is_valid():
        raise InvalidInput("Write the numbers from which and to which outputs are to come again.")
    resending.replay_stream(found, acting_user=user, now=utc_now(), **form.cleaned_data)
    return "They are being sent again, in order."


def _code(found: Destination, user: User, given: QueryDict) -> str:
    return ""  # it is shown on a page of its own, see ``do``


STEPS: dict[str, Step] = {
    "test": _test,
    "enable": _enable,
    "disable": _disable,
    "unfollow": _unfollow,
    "resend-failed": _resend_failed,
    "replay": _replay,
    "code": _code,
}
