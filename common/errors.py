"""What can go wrong, by category.

A category says what kind of trouble it is; each transport maps the categories in one table.
A leaf, defined beside the function that raises it, says which trouble, has a stable ``code``,
and its docstring's first line is the message unless the raiser gives a better one.
"""

from __future__ import annotations

from typing import Any, ClassVar


class SignalHubError(Exception):
    """Something the caller can be told about went wrong."""

    code: ClassVar[str] = "signalhub_error"

    def __init__(self, message: str | None = None, **details: Any) -> None:
        self.message = message or _first_line(type(self).__doc__)
        self.details = details
        super().__init__(self.message)


class MalformedRequest(SignalHubError):
    """The request cannot be read."""

    code = "malformed_request"


class Unauthenticated(SignalHubError):
    """Sign in, or send a valid key."""

    code = "unauthenticated"


class Forbidden(SignalHubError):
    """You may not do this."""

    code = "forbidden"


class NotFound(SignalHubError):
    """There is no such thing, or you may not know of it."""

    code = "not_found"


class Conflict(SignalHubError):
    """The thing is not in a state that allows this."""

    code = "conflict"


class TooLarge(SignalHubError):
    """What was sent is larger than allowed."""

    code = "too_large"


class InvalidInput(SignalHubError):
    """A value is not acceptable."""

    code = "invalid_input"


class ScriptFault(SignalHubError):
    """The script failed; the platform did not."""

    code = "script_fault"


class RateLimited(SignalHubError):
    """Too many requests; try again later."""

    code = "rate_limited"


class Unavailable(SignalHubError):
    """Something this needs is not available at the moment."""

    code = "unavailable"


class InternalError(SignalHubError):
    """Something failed on our side; it was written down, and nothing of the request was done."""

    code = "internal_error"
    http_status = 500


def _first_line(docstring: str | None) -> str:
    return (docstring or "").strip().splitlines()[0] if docstring else ""
