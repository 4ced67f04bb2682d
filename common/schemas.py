"""JSON Schema validation whose messages name the field and the fix."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError


def check_schema(schema: Mapping[str, Any]) -> str | None:
    """Return what is wrong with a JSON Schema itself, or None when it is valid."""
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"{_path(error)}: {error.message}"
    return None


def violations(value: Any, schema: Mapping[str, Any], *, root: str) -> list[dict[str, str]]:
    """Return ``{"field", "message"}`` for each place where a value breaks a schema.

    ``root`` names the value, as in ``params``: a nested field then reads ``params.period``.
    """
    errors = Draft202012Validator(schema).iter_errors(value)
    return [
        {"field": _field(error, root), "message": error.message}
        for error in sorted(errors, key=lambda e: [str(part) for part in e.absolute_path])
    ]


def _field(error: ValidationError, root: str) -> str:
    return ".".join([root, *(str(part) for part in error.absolute_path)])


def _path(error: SchemaError) -> str:
    return "/".join(str(part) for part in error.absolute_path) or "schema"
