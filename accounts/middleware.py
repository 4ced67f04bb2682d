"""From a request to a scope: nobody's rows until it is known who asks, then theirs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import cast

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.contrib.auth import middleware as django_auth
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from accounts.services import sessions
from common import row_scope
from common.clock import utc_now

Handler = Callable[[HttpRequest], HttpResponse]
AsyncHandler = Callable[[HttpRequest], Awaitable[HttpResponse]]


@sync_and_async_middleware
def row_scope_middleware(get_response: Handler | AsyncHandler) -> Handler | AsyncHandler:
    """Answer each request in nobody's scope, until authentication enters somebody's."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponse:
            with row_scope.within(row_scope.NOBODY):
                return await cast(AsyncHandler, get_response)(request)

        return answer_async

    def answer(request: HttpRequest) -> HttpResponse:
        with row_scope.within(row_scope.NOBODY):
            return cast(Handler, get_response)(request)

    return answer


class AuthenticationMiddleware(django_auth.AuthenticationMiddleware):
    """Django's, which also enters the scope of whom the session belongs to."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: _entered(request))  # type: ignore[assignment]


def enter_scope_of(user: User) -> None:
    """Go on in the scope of somebody who has just been authenticated."""
    row_scope.enter(row_scope.scope_of(user.pk, is_superuser=user.is_superuser))


def _entered(request: HttpRequest) -> object:
    user = django_auth.get_user(request)
    if isinstance(user, User):
        enter_scope_of(user)
        _note_seen(request, now=utc_now())
    return user


def _note_seen(request: HttpRequest, *, now: datetime) -> None:
    seen_at = getattr(request.session, "last_seen_at", None)
    stale = now - timedelta(seconds=settings.SESSION_SEEN_INTERVAL_SECONDS)
    if request.session.session_key and (seen_at is None or seen_at < stale):
        user_agent = request.headers.get("User-Agent", "")
        sessions.note_seen(request.session.session_key, user_agent=user_agent, now=now)
