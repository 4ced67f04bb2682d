"""Each request's name: on its answer, and on every line that is logged while it is answered.

It stands outside every other middleware, so that whatever answers (static files, a refused host, a
page of errors) answers with the name. What a request ended with is logged here in one line; an
unexpected exception is logged by Django, once and with its traceback, inside of this.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast

import structlog
from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware
from django.utils.functional import SimpleLazyObject, empty

from common.request_ids import HEADER, request_id_of

Handler = Callable[[HttpRequest], HttpResponse]
AsyncHandler = Callable[[HttpRequest], Awaitable[HttpResponse]]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

log = structlog.get_logger("signalhub.requests")
_HEADER_BYTES = HEADER.lower().encode()


@sync_and_async_middleware
def request_log_middleware(get_response: Handler | AsyncHandler) -> Handler | AsyncHandler:
    """Name each request, put the name on its answer, and log how it ended."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponse:
            began = _begin(request)
            try:
                response = await cast(AsyncHandler, get_response)(request)
                return _end(request, response, began)
            finally:
                structlog.contextvars.clear_contextvars()

        return answer_async

    def answer(request: HttpRequest) -> HttpResponse:
        began = _begin(request)
        try:
            return _end(request, cast(Handler, get_response)(request), began)
        finally:
            structlog.contextvars.clear_contextvars()

    return answer


def request_id(request: HttpRequest) -> str:
    """Return the name of a request."""
    return str(request.META["signalhub.request_id"])


def name_sockets(application: Application) -> Application:
    """Name each socket as requests are: on the handshake's answer, and on its log lines."""

    async def named(scope: Scope, receive: Receive, send: Send) -> None:
        given = next((value for key, value in scope["headers"] if key == _HEADER_BYTES), None)
        name = request_id_of(given.decode("latin-1") if given is not None else None)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=name)

        async def send_named(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "websocket.accept":
                headers = [*message.get("headers", ()), (_HEADER_BYTES, name.encode())]
                message = {**message, "headers": headers}
            await send(message)

        await application({**scope, "request_id": name}, receive, send_named)

    return named


def _begin(request: HttpRequest) -> float:
    name = request_id_of(request.headers.get(HEADER))
    request.META["signalhub.request_id"] = name
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=name)
    return time.perf_counter()


def _end(request: HttpRequest, response: HttpResponse, began: float) -> HttpResponse:
    response[HEADER] = request_id(request)
    # The path alone: what stands behind a question mark may be nobody's business.
    log.info(
        "request_answered",
        method=request.method,
        path=request.path,
        status=response.status_code,
        user_id=_user_id(request),
        milliseconds=round((time.perf_counter() - began) * 1000, 1),
    )
    return response


def _user_id(request: HttpRequest) -> int | None:
    """Return who asked, if the request was asked for that."""
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject) and user.__dict__.get("_wrapped") is empty:
        return None
    return getattr(user, "pk", None)
