"""JSON as two programs cannot read it differently, and as PostgreSQL can store it.

Refuses what Python's parser lets pass: a key given twice, NaN and Infinity (also spelled 1e999),
NUL characters, half surrogate pairs, encodings other than UTF-8, and nesting without end.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, Never

from common.errors import MalformedRequest

MAX_DEPTH = 64  # no signal nests deeper, and every later step may recurse


class BodyNotJson(MalformedRequest):
    """The body is not valid JSON."""

    code = "body_not_json"


def parse_json(raw: bytes) -> Any:
    """Return the value that a body in UTF-8 spells.

    Raises
    ------
    BodyNotJson
        Saying what is wrong, without quoting any value.
    """
    try:
        value = _DECODER.decode(raw.decode())
    except UnicodeDecodeError:
        raise BodyNotJson("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise BodyNotJson(
            f"The body is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:  # Python refuses to read an integer of more than 4300 digits
        raise BodyNotJson("A number in the body has too many digits.") from None
    # Without an escape there is no NUL and no half of a pair, and few brackets nest less than deep.
    if b"\\" in raw or raw.count(b"[") + raw.count(b"{") > MAX_DEPTH:
        require_storable(value)
    return value


def require_storable(value: Any) -> None:
    """Accept a JSON value whose depth and every string and number the database can hold.

    Raises
    ------
    BodyNotJson
    """
    for leaf in _leaves(value):
        if isinstance(leaf, float):
            _require_finite(leaf)
        if isinstance(leaf, str):
            _require_storable_text(leaf)


def compact_json(value: Any) -> str:
    """Return a JSON value without spaces, its characters unescaped."""
    return _ENCODER.encode(value)


def _leaves(value: Any) -> Iterator[Any]:
    """Yield every key and every value that holds no other."""
    pending = [(value, 1)]
    while pending:
        item, depth = pending.pop()
        if depth > MAX_DEPTH + 1:
            raise _too_deep()
        if isinstance(item, dict):
            yield from item
            pending.extend((child, depth + 1) for child in item.values())
        elif isinstance(item, list):
            pending.extend((child, depth + 1) for child in item)
        else:
            yield item


def _too_deep() -> BodyNotJson:
    return BodyNotJson(f"The JSON nests deeper than {MAX_DEPTH} levels.")


def _require_storable_text(text: str) -> None:
    if "\0" in text:
        raise BodyNotJson("The character \\u0000 cannot be stored.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BodyNotJson("A string holds half of a surrogate pair.") from None


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BodyNotJson("An object in the body has the same key twice.")
    return found


def _refuse_constant(name: str) -> Never:
    raise BodyNotJson(f"{name} is not JSON.")


def _read_float(text: str) -> float:
    return _require_finite(float(text))


def _require_finite(number: float) -> float:
    if not math.isfinite(number):
        raise BodyNotJson("A number is out of range.")  # 1e999 is infinite to Python
    return number


# Made once: to make one costs as much as to use it.
_DECODER = json.JSONDecoder(
    object_pairs_hook=_unique_keys, parse_constant=_refuse_constant, parse_float=_read_float
)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
