"""What the servers refuse before any code of the platform is asked."""

from __future__ import annotations

import json

from common.errors import MalformedRequest, SignalHubError, TooLarge
from common.http.problems import CONTENT_TYPE, problem_body, status_of


class RequestNotReadable(MalformedRequest):
    """This is not one clear HTTP/1.1 request; nothing of it was read any further."""

    code = "request_not_readable"


class AddressTooLong(TooLarge):
    """The address of the request is longer than any of ours."""

    code = "address_too_long"
    http_status = 414


class HeadersTooLarge(TooLarge):
    """The headers of the request are too many, or too long."""

    code = "headers_too_large"
    http_status = 431


class RequestTooSlow(MalformedRequest):
    """The request did not arrive in time; send it again, faster."""

    code = "request_too_slow"
    http_status = 408


def answer_of(error: SignalHubError) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Return status, headers and body of a refusal that no middleware will touch."""
    body = json.dumps(problem_body(error)).encode()
    headers = [
        (b"content-type", CONTENT_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),
    ]
    return status_of(error), headers, body
