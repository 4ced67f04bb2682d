"""Errors outside any view: a program gets a problem, a person a page."""

from __future__ import annotations

import re
import sys
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.urls import is_valid_path
from django.views import defaults

from common import database_trouble
from common.database_trouble import RETRY_SECONDS, DatabaseBusy
from common.errors import MalformedRequest, NotFound, SignalHubError
from common.http.problems import problem_response

API_ADDRESSES = re.compile(r"^/(api|scripts|data|signals|subscriptions)(/|$)")


class NoSuchAddress(NotFound):
    """There is nothing at this address."""

    code = "no_such_address"


class InternalError(SignalHubError):
    """Something failed on our side; it was written down, and nothing of the request was done."""

    code = "internal_error"
    http_status = 500


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer what Django itself refuses to read."""
    if _is_of_api(request):
        return problem_response(MalformedRequest())
    return defaults.bad_request(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer an unknown address; of the API's it says when only the slash at the end is wrong."""
    if not _is_of_api(request):
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
    """Answer a fault of ours; what it was stands in the log.

    That the database is away or full can come up anywhere, in a middleware too, and is none.
    """
    error = sys.exc_info()[1]
    busy = database_trouble.told(error) if error is not None else None
    if busy is not None:
        return _busy(request, busy)
    if _is_of_api(request):
        return problem_response(InternalError())
    return defaults.server_error(request)


def _busy(request: HttpRequest, error: DatabaseBusy) -> HttpResponse:
    if _is_of_api(request):
        return problem_response(error)
    # Without the request: whoever asks, to know who that is takes the database.
    page = loader.render_to_string("503.html", {"message": error.message})
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_SECONDS)})


def _is_of_api(request: Any) -> bool:
    return API_ADDRESSES.match(request.path) is not None
