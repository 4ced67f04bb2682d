"""A producer's own rule for its payloads: which schemas are acceptable, and what breaks one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from common.errors import InvalidInput, MalformedRequest
from common.schemas import check_schema
from ingest.strict_json import require_storable

REFERENCES = ("$ref", "$dynamicRef")


class InvalidPayloadSchema(InvalidInput):
    """The payload schema is not a JSON Schema that stands by itself."""

    code = "invalid_payload_schema"


def require_payload_schema(schema: Any) -> None:
    """Accept a JSON Schema (draft 2020-12) of an object, without references.

    Nothing is ever fetched to check a payload, and no payload can run into a missing reference.

    Raises
    ------
    InvalidPayloadSchema
    """
    if not isinstance(schema, dict):
        raise InvalidPayloadSchema("A payload schema is a JSON object.", field="payload_schema")
    try:
        require_storable(schema)
    except MalformedRequest as error:
        raise InvalidPayloadSchema(error.message, field="payload_schema") from None
    if any(isinstance(value, str) for value in _references(schema)):
        raise InvalidPayloadSchema(
            "A payload schema holds no $ref: write the referenced part in its place.",
            field="payload_schema",
        )
    problem = check_schema(schema)
    if problem is not None:
        raise InvalidPayloadSchema(problem, field="payload_schema")


def payload_errors(payload: Any, schema: Mapping[str, Any]) -> list[ValidationError]:
    """Return where a payload breaks a schema; a field the schema does not name breaks it too.

    A schema that says ``unevaluatedProperties`` or ``additionalProperties`` decides for itself.
    """
    closed = {"unevaluatedProperties": False, **schema}
    errors = Draft202012Validator(closed).iter_errors(payload)
    return sorted(errors, key=lambda error: [str(part) for part in error.absolute_path])


def _references(schema: Any) -> Iterator[Any]:
    if isinstance(schema, dict):
        yield from (schema[name] for name in REFERENCES if name in schema)
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            yield from _references(part)
