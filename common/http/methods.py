"""What is answered to a method that an address does not know."""

from __future__ import annotations

from common.errors import MalformedRequest


class MethodNotAllowed(MalformedRequest):
    """This address does not know that method; the header Allow names those that it knows."""

    code = "method_not_allowed"
    http_status = 405
