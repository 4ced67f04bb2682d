"""Where links in mails lead: to a question. Only pressing the button answers it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from common import row_scope
from common.clock import utc_now
from streams.deliveries import links
from streams.deliveries.services.addresses import confirm_address, unsubscribe_address
from streams.models import Destination

WORDS = {
    links.CONFIRM: {
        "title": "Shall signals come to this address?",
        "button": "Yes, send them",
        "done": "Signals come to this address from now on. Each mail says how to end that.",
    },
    links.UNSUBSCRIBE: {
        "title": "No more of these mails?",
        "button": "Yes, no more of them",
        "done": "No more mails come to this address.",
    },
}


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt  # the link itself is the proof, and nobody need be signed in
@never_cache
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether mails are welcome; take yes for an answer."""
    return _page(request, token, links.CONFIRM)


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt  # mail programs post here by themselves: the one click of RFC 8058
@never_cache
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether the mails shall end; a post ends them."""
    return _page(request, token, links.UNSUBSCRIBE)


@row_scope.for_the_platform
def _page(request: HttpRequest, token: str, purpose: str) -> HttpResponse:
    try:
        destination = _act(request, token, purpose)
    except links.LinkNotValid as error:
        raise Http404(error.message) from None
    context = {**WORDS[purpose], "destination": destination, "is_done": request.method == "POST"}
    return render(request, "deliveries/link.html", context)


def _act(request: HttpRequest, token: str, purpose: str) -> Destination:
    if request.method != "POST":
        return links.destination_of(token, purpose)
    act = confirm_address if purpose == links.CONFIRM else unsubscribe_address
    return act(token, now=utc_now())
