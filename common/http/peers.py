"""From where a request came: the socket's other end, or whom a proxy of ours names.

X-Forwarded-For is a header like any other, which everybody can send. It is believed of a peer
in TRUSTED_PROXIES alone, and read from its end: each proxy of ours adds whom it saw.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from common.networks import Address, address_or_none, is_within


def peer_address(request: HttpRequest) -> Address | None:
    """Return who sent a request; None when that cannot be told."""
    return forwarded_address(
        request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", "")
    )


def forwarded_address(socket_peer: str, forwarded_for: str) -> Address | None:
    """Return the first address, from the end, that is no proxy of ours."""
    found = address_or_none(socket_peer)
    if not forwarded_for:
        return found
    for text in reversed(forwarded_for.split(",")):
        if not is_within(found, settings.TRUSTED_PROXIES):
            break
        found = address_or_none(text)
    return found
