"""Who sends a file, by the head of the request alone: a place is given to those who may use it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.contrib.sessions.middleware import SessionMiddleware
from django.core.handlers.asgi import ASGIRequest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from accounts.authentication import AccessTokenAuthentication, ApiKeyAuthentication
from accounts.edge_middleware import EdgeTrustMiddleware
from accounts.middleware import AuthenticationMiddleware
from accounts.models import User
from common import row_scope
from common.errors import Forbidden, Unauthenticated
from common.in_flight import RETRY_SECONDS, ServerBusy
from market.services.roles import may_feed

HEAD_MIDDLEWARE = (SessionMiddleware, AuthenticationMiddleware, EdgeTrustMiddleware)


def sender_of_file(scope: dict[str, Any]) -> int | None:
    """Return the id of the user who sends a file, or None: they may send none.

    Raises
    ------
    ServerBusy
        The database is away, so nobody can be asked who it is.
    """
    request = ASGIRequest(scope, BytesIO())
    try:
        with row_scope.within(row_scope.NOBODY):
            user = _user_of(request)
            return user.pk if isinstance(user, User) and may_feed(user) else None
    except (Forbidden, Unauthenticated):
        return None
    except OperationalError as error:
        raise ServerBusy(retry_after_seconds=RETRY_SECONDS) from error


def _user_of(request: ASGIRequest) -> object:
    for middleware in HEAD_MIDDLEWARE:
        refusal = middleware(_nothing).process_request(request)
        if refusal is not None:
            return None
    ways_in = (ApiKeyAuthentication(), AccessTokenAuthentication())
    for way_in in ways_in:
        found = way_in.authenticate(Request(request))
        if found is not None:
            return found[0]
    # The session's user is looked up when somebody asks what it is.
    return request.user if request.user.is_authenticated else None


def _nothing(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()
