"""One spelling for a JSON value, so that equal values have equal bytes and equal hashes."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Iterator
from typing import Any

# Made once: making it costs more than most of what it encodes.
_ENCODER = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)
# Fewer digits are never out of a double's range; a longer run of them may also stand in a text.
_MANY_DIGITS = re.compile(rb"\d{309}")


def canonical_json(value: Any) -> bytes:
    """Return the value as compact JSON with sorted keys; NaN and Infinity raise ``ValueError``."""
    return _ENCODER.encode(value).encode()


class NotStorable(ValueError):
    """A value that the database cannot keep as JSON."""


def storable_json(value: Any) -> bytes:
    """Return the canonical JSON of a value that came from outside.

    Raises
    ------
    NotStorable
        It holds NaN, Infinity, an integer beyond a double's range, half of a surrogate pair or the
        character NUL, or nests too deeply.
    """
    try:
        encoded = canonical_json(value)
    except (TypeError, ValueError, RecursionError):
        raise NotStorable from None
    if b"\\u0000" in encoded.replace(rb"\\", b""):
        raise NotStorable
    if _MANY_DIGITS.search(encoded) and any(map(_is_out_of_range, _leaves(value))):
        raise NotStorable
    return encoded


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical JSON, as 64 hexadecimal digits."""
    return sha256(canonical_json(value))


def _leaves(value: Any) -> Iterator[Any]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, (list, tuple)):
            waiting.extend(one)
        else:
            yield one


def _is_out_of_range(leaf: Any) -> bool:
    # To most readers of JSON every number is a double; theirs would be Infinity.
    return isinstance(leaf, int) and abs(leaf) > sys.float_info.max


def sha256(content: bytes) -> str:
    """Return the SHA-256 of some bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
