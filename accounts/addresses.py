"""From where a request comes."""

from __future__ import annotations

from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the address that the server says the connection is from.

    A header that the client could have written itself is not looked at; a server behind a proxy
    is told by its own options whose word on this to take.
    """
    return str(request.META.get("REMOTE_ADDR") or "")
