"""Entity tags: tell a reader that nothing changed, and a writer that something did.

How to use it in a view::

    def get(self, request, thing_id):
        return tagged(request, body_of(thing))           # ETag; 304 for If-None-Match

    def patch(self, request, thing_id):
        with unchanged(request, lambda: body_of(locked(thing_id))):   # 412 for If-Match
            change_thing(…)
        return tagged(request, body_of(reread(thing_id)))

``unchanged`` calls its second argument inside a transaction and only when the request has
If-Match; whoever computes the body there locks the row first, so that nobody else changes it
between the comparison and the change. The tag is that of the body as the caller reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils.http import parse_etags
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from common.canonical import sha256
from common.errors import Conflict

SAFE_METHODS = ("GET", "HEAD")


class PreconditionFailed(Conflict):
    """It was changed since you read it; read it again and decide anew."""

    code = "precondition_failed"
    http_status = 412


def tagged(
    request: Request,
    body: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a reply with its ETag; 304 without a body for a reader who has it already."""
    tag = tag_of(body)
    # What one may see depends on who asks, so no shared cache may answer for another.
    about = {"ETag": tag, "Cache-Control": "private, no-cache", **(headers or {})}
    if request.method in SAFE_METHODS and _names(request, "If-None-Match", tag, weakly=True):
        return Response(status=304, headers=about)
    return Response(body, status=status, headers=about)


@contextmanager
def unchanged(request: Request, current: Callable[[], Mapping[str, Any]]) -> Iterator[None]:
    """Run a change in one transaction with the proof that what the writer read is still so.

    Raises
    ------
    PreconditionFailed
        If-Match is given and does not name the tag of what ``current`` returns.
    """
    if "If-Match" not in request.headers:
        yield
        return
    with transaction.atomic():
        tag = tag_of(current())
        if not _names(request, "If-Match", tag, weakly=False):
            raise PreconditionFailed(field="If-Match", current=tag)
        yield


def tag_of(body: Mapping[str, Any]) -> str:
    """Return the strong entity tag of a body as it is sent."""
    return f'"{sha256(JSONRenderer().render(body))[:32]}"'


def _names(request: Request, header: str, tag: str, *, weakly: bool) -> bool:
    given = request.headers.get(header, "")
    if given.strip() == "*":
        return True
    tags = parse_etags(given)
    if weakly:
        tags = [one.removeprefix("W/") for one in tags]
    return tag in tags
