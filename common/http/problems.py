"""Errors as RFC 9457 ``application/problem+json``; the statuses stand in ``common.transports``."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from common import database_trouble, errors
from common.http.parsers import BodyTooLarge
from common.transports import codes_of

CONTENT_TYPE = "application/problem+json"


def status_of(error: errors.SignalHubError) -> int:
    """Return the HTTP status of an error's category; a leaf may say more with ``http_status``."""
    return codes_of(error).http


def problem_body(error: errors.SignalHubError) -> dict[str, Any]:
    """Return the body of an error: status, code, title, detail, and what its raiser added."""
    return {
        **error.details,
        "type": "about:blank",
        "title": error.code.replace("_", " ").capitalize(),
        "status": status_of(error),
        "code": error.code,
        "detail": error.message,
    }


def problem_response(error: errors.SignalHubError) -> HttpResponse:
    """Return the response of an error outside Django REST framework."""
    response = HttpResponse(
        json.dumps(problem_body(error), default=str),
        status=status_of(error),
        content_type=CONTENT_TYPE,
    )
    _add_headers(response, error)
    return response


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Translate an exception of an API view; an unknown one stays a 500 and is logged once."""
    if isinstance(error, RequestDataTooBig):
        error = BodyTooLarge(field="body")
    error = database_trouble.told(error) or error
    if isinstance(error, errors.SignalHubError):
        response = Response(problem_body(error), status=status_of(error))
        _add_headers(response, error)
    else:
        found = exception_handler(error, context)
        if found is None:
            return None
        response = found
        response.data = _body_of_framework_error(error, response)
    response.content_type = CONTENT_TYPE
    return response


def _add_headers(response: HttpResponse, error: errors.SignalHubError) -> None:
    retry_after = error.details.get("retry_after_seconds")
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    if isinstance(error, errors.Unauthenticated):
        response["WWW-Authenticate"] = "Bearer"


def _body_of_framework_error(error: Exception, response: Response) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        fields = error.get_full_details()
        response.status_code = 422
        return _problem(422, "invalid_input", _first_message(fields), errors=_flatten(fields))
    if isinstance(error, exceptions.ParseError):
        return _problem(400, "malformed_request", f"The body is not valid JSON: {error.detail}")
    if isinstance(error, (Http404, exceptions.NotFound)):
        return _problem(404, "not_found", "There is no such thing, or you may not know of it.")
    if isinstance(error, (PermissionDenied, exceptions.PermissionDenied)):
        return _problem(403, "forbidden", str(getattr(error, "detail", "You may not do this.")))
    if isinstance(error, (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)):
        return _problem(response.status_code, "unauthenticated", str(error.detail))
    code = getattr(error, "default_code", "error")
    return _problem(response.status_code, code, str(getattr(error, "detail", error)))


def _problem(status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    title = code.replace("_", " ").capitalize()
    return {
        **more,
        "type": "about:blank",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
    }


def _flatten(details: Any, prefix: str = "") -> list[dict[str, str]]:
    if isinstance(details, dict) and {"message", "code"} <= details.keys():
        # What a field was given may be repeated there, and need not be text.
        message = str(details["message"]).encode(errors="replace").decode()
        return [{"field": prefix or "body", "message": message}]
    pairs = details.items() if isinstance(details, dict) else ((None, item) for item in details)
    found: list[dict[str, str]] = []
    for key, value in pairs:
        path = prefix if key is None or key == "non_field_errors" else f"{prefix}.{key}".strip(".")
        found.extend(_flatten(value, path))
    return found


def _first_message(details: Any) -> str:
    first = _flatten(details)[0]
    return f"{first['field']}: {first['message']}"
