"""From where a request comes."""

from __future__ import annotations

from django.http import HttpRequest

from common.http.peers import peer_address


def client_address(request: HttpRequest) -> str:
    """Return the address a request is counted under; empty when it cannot be told."""
    found = peer_address(request)
    return "" if found is None else str(found)
