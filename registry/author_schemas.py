"""Which JSON Schemas an author may write.

Our processes evaluate them on every run, so a schema may neither fetch an address, nor refer to
itself, nor bring a regular expression of its own: each can keep a validator busy for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MAX_DEPTH = 20
_FORBIDDEN = {
    "$ref": "write the part out where it is used",
    "$dynamicRef": "write the part out where it is used",
    "$recursiveRef": "write the part out where it is used",
    "$vocabulary": "leave it out; schemas are read as draft 2020-12",
    "pattern": "use enum, minLength and maxLength",
    "patternProperties": "name each property under properties",
}
_SCHEMAS_BY_NAME = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})
_DATA = frozenset({"const", "enum", "default", "examples"})


def unsafe_keyword(schema: Any, *, depth: int = 0) -> str | None:
    """Return which keyword of a schema is not allowed and what to do, or None."""
    if depth > MAX_DEPTH:
        return f"it is nested more than {MAX_DEPTH} levels deep"
    if not isinstance(schema, Mapping):
        return None
    for keyword, advice in _FORBIDDEN.items():
        if keyword in schema:
            return f"{keyword} is not allowed; {advice}"
    problems = (unsafe_keyword(part, depth=depth + 1) for part in _parts(schema))
    return next((problem for problem in problems if problem), None)


def _parts(schema: Mapping[str, Any]) -> Iterator[Any]:
    for keyword, value in schema.items():
        if keyword in _DATA:
            continue
        if keyword in _SCHEMAS_BY_NAME and isinstance(value, Mapping):
            yield from value.values()
        elif isinstance(value, list):
            yield from value
        else:
            yield value
