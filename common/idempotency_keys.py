"""What a key that names a request may look like, and what can be wrong with one."""

from __future__ import annotations

from common.errors import Conflict, InvalidInput

HEADER = "Idempotency-Key"
MAX_LENGTH = 80


class InvalidIdempotencyKey(InvalidInput):
    """An Idempotency-Key has 1 to 80 visible characters of ASCII."""

    code = "invalid_idempotency_key"


class IdempotencyKeyReused(InvalidInput):
    """This idempotency key belongs to a different request of yours; take a new one."""

    code = "idempotency_key_reused"


class IdempotencyKeyInUse(Conflict):
    """The first request with this idempotency key is still under way; ask again in a moment."""

    code = "idempotency_key_in_use"


def require_usable_key(key: str) -> None:
    """Raise InvalidIdempotencyKey unless a key can be stored and compared."""
    visible = all("!" <= character <= "~" for character in key)
    if not (visible and 1 <= len(key) <= MAX_LENGTH):
        raise InvalidIdempotencyKey(field=HEADER)
