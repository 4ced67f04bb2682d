"""The name of one request: on its answer, and on every line that is logged about it."""

from __future__ import annotations

import re

from common.ids import uuid7

HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{1,64}")


def request_id_of(given: str | None) -> str:
    """Return the id that a caller gave if it is 1 to 64 of A-Z a-z 0-9 . _ -, else a new one."""
    if given is not None and _GIVEN.fullmatch(given):
        return given
    return uuid7().hex
