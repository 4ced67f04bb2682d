"""Errors outside any view: a program gets a problem, a person a page."""

from __future__ import annotations

import re
import sys
from collections.abc import Awaitable, Callable
from typing import Any, cast

from asgiref.sync import iscoroutinefunction
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.urls import is_valid_path
from django.utils.decorators import sync_and_async_middleware
from django.views import csrf, defaults

from common import database_trouble
from common.database_trouble import RETRY_SECONDS, DatabaseBusy
from common.errors import Forbidden, InternalError, MalformedRequest, NotFound, SignalHubError
from common.http.addresses import API_ROOTS, OPERATIONS_ROOTS
from common.http.methods import MethodNotAllowed
from common.http.parsers import BodyTooLarge
from common.http.problems import problem_response
from common.http.request_log import request_id
from common.transports import codes_of

API_ADDRESSES = re.compile(rf"/({'|'.join((*API_ROOTS, *OPERATIONS_ROOTS))})(/|$)")
Handler = Callable[[HttpRequest], HttpResponse]
AsyncHandler = Callable[[HttpRequest], Awaitable[HttpResponse]]


class NoSuchAddress(NotFound):
    """There is nothing at this address."""

    code = "no_such_address"


class CsrfFailed(Forbidden):
    """Open the page again and send it once more: a browser's session needs its CSRF token."""

    code = "csrf_failed"


@sync_and_async_middleware
def bare_error_middleware(get_response: Handler | AsyncHandler) -> Handler | AsyncHandler:
    """Give a body to what Django answers to a wrong method: it has none."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponse:
            return _with_body(request, await cast(AsyncHandler, get_response)(request))

        return answer_async

    def answer(request: HttpRequest) -> HttpResponse:
        return _with_body(request, cast(Handler, get_response)(request))

    return answer


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django itself refuses to read."""
    too_big = isinstance(exception, RequestDataTooBig)
    return _answer(request, BodyTooLarge(field="body") if too_big else MalformedRequest())


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer somebody who may not see a page."""
    if _wants_problem(request):
        return problem_response(Forbidden())
    return defaults.permission_denied(request, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without the token of its page."""
    if _wants_problem(request):
        return problem_response(CsrfFailed())
    return csrf.csrf_failure(request, reason)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an unknown address; of the API's it says when only the slash at the end is wrong."""
    if not _wants_problem(request):
        return defaults.page_not_found(request, exception)
    without_slash = request.path.rstrip("/")
    if without_slash != request.path and is_valid_path(without_slash):
        return problem_response(
            NoSuchAddress(
                f"There is nothing at this address; {without_slash} has no slash at its end.",
                did_you_mean=without_slash,
            )
        )
    return problem_response(NoSuchAddress())


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a fault of ours; what it was stands in the log, under the request's name.

    That the database is away or full can come up anywhere, in a middleware too, and is none.
    """
    error = sys.exc_info()[1]
    busy = database_trouble.told(error) if error is not None else None
    if busy is not None:
        return _busy(request, busy)
    name = request_id(request)
    if _wants_problem(request):
        return problem_response(InternalError(request_id=name))
    page = loader.get_template("500.html").render({"request_id": name})
    return HttpResponse(page, status=500)


def _busy(request: HttpRequest, error: DatabaseBusy) -> HttpResponse:
    if _wants_problem(request):
        return problem_response(error)
    # Without the request: whoever asks, to know who that is takes the database.
    page = loader.render_to_string("503.html", {"message": error.message})
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_SECONDS)})


def _with_body(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    if response.status_code != MethodNotAllowed.http_status or response.streaming:
        return response
    if response.content or request.method == "HEAD":
        return response
    explained = _answer(request, MethodNotAllowed())
    explained["Allow"] = response["Allow"]
    return explained


def _answer(request: HttpRequest, error: SignalHubError) -> HttpResponse:
    if _wants_problem(request):
        return problem_response(error)
    status = codes_of(error).http
    title = error.code.replace("_", " ").capitalize()
    # Nothing of the request goes into this page: it may be what could not be read.
    context: dict[str, Any] = {"status": status, "title": title, "sentence": error.message}
    return HttpResponse(loader.get_template("refused.html").render(context), status=status)


def _wants_problem(request: HttpRequest) -> bool:
    """Tell whether a program asks: at an address of the API, or for JSON and not for a page."""
    if API_ADDRESSES.match(request.path):
        return True
    accepted = request.headers.get("Accept", "")
    return "json" in accepted and "html" not in accepted
