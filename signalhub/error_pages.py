"""Errors outside any view: a program gets a problem, a person a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.urls import is_valid_path
from django.views import defaults

from common import database_trouble
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
    """Answer a fault of ours; what it was stands in the log."""
    if _is_of_api(request):
        return problem_response(InternalError())
    return defaults.server_error(request)


class DatabaseBusyMiddleware:
    """Answers 503 where a view found the database away or full; the API does so by itself."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the answer, or None when it was something else."""
        busy = database_trouble.told(error)
        if busy is None:
            return None
        if _is_of_api(request):
            return problem_response(busy)
        page = loader.render_to_string("503.html", {"message": busy.message})
        retry = {"Retry-After": str(database_trouble.RETRY_SECONDS)}
        return HttpResponse(page, status=503, headers=retry)


def _is_of_api(request: Any) -> bool:
    return API_ADDRESSES.match(request.path) is not None
