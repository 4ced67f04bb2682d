"""Headers as they were sent: how often each was given, and how it was spelt.

What Django hands on has them joined, with ``-`` and ``_`` alike; a request that says two things
under one name can then pass for one that says either.
"""

from __future__ import annotations

import string

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest

# Where our own server leaves the names, one for each line, for code behind WSGI.
RAW_NAMES = "signalhub.header_names"
PRINTABLE = frozenset(string.ascii_letters + string.digits + string.punctuation)


def spellings(request: HttpRequest, header: str) -> list[str]:
    """Return the names of the lines that are, or could be taken for, a header."""
    wanted = header.lower()
    return [name for name in _names(request) if name.replace("_", "-") == wanted]


def is_given_once(request: HttpRequest, header: str) -> bool:
    """Tell whether a header stands in a request exactly once, and under its own name."""
    return spellings(request, header) == [header.lower()]


def is_plain_text(value: str) -> bool:
    """Tell whether a value is one word of printable ASCII."""
    return bool(value) and PRINTABLE.issuperset(value)


def _names(request: HttpRequest) -> list[str]:
    if isinstance(request, ASGIRequest):
        return [name.decode("latin-1").lower() for name, _ in request.scope["headers"]]
    raw = request.META.get(RAW_NAMES)
    if raw is not None:
        return list(raw)
    # A WSGI server of somebody else's, which joined them already.
    return [name.lower() for name in request.headers]
