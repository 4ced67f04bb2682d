"""What each category of trouble is called by each transport: one table for all of them.

The names of gRPC's codes are text, so that nothing here needs gRPC.
"""

from __future__ import annotations

from dataclasses import dataclass

from common import errors
from common.errors import SignalHubError


@dataclass(frozen=True)
class Codes:
    """How an error leaves: its HTTP status, its gRPC code, and what a socket is closed with.

    ``websocket`` is None where an error never closes a socket: it is told in a frame.
    """

    http: int
    grpc: str
    websocket: int | None


CODES: dict[type[SignalHubError], Codes] = {
    errors.MalformedRequest: Codes(400, "INVALID_ARGUMENT", 4400),
    errors.Unauthenticated: Codes(401, "UNAUTHENTICATED", 4401),
    errors.Forbidden: Codes(403, "PERMISSION_DENIED", 4403),
    errors.NotFound: Codes(404, "NOT_FOUND", 4404),
    errors.Conflict: Codes(409, "FAILED_PRECONDITION", 4409),
    errors.TooLarge: Codes(413, "RESOURCE_EXHAUSTED", 1009),
    errors.InvalidInput: Codes(422, "INVALID_ARGUMENT", 4422),
    # The call itself succeeded: its reply says that the script did not.
    errors.ScriptFault: Codes(422, "OK", None),
    errors.RateLimited: Codes(429, "RESOURCE_EXHAUSTED", 4429),
    errors.Unavailable: Codes(503, "UNAVAILABLE", 1013),
}
OUR_FAULT = Codes(500, "INTERNAL", 1011)
DEADLINE_PASSED = 504


def codes_of(error: SignalHubError | type[SignalHubError]) -> Codes:
    """Return the codes of an error: of its category, unless it says another ``http_status``."""
    kind = error if isinstance(error, type) else type(error)
    of_category = next(
        (codes for category, codes in CODES.items() if issubclass(kind, category)), OUR_FAULT
    )
    status = getattr(error, "http_status", None)
    if not isinstance(status, int):
        return of_category
    grpc = "DEADLINE_EXCEEDED" if status == DEADLINE_PASSED else of_category.grpc
    return Codes(status, grpc, of_category.websocket)
