from typing import Any

import pytest

from ingest.payload_schemas import InvalidPayloadSchema, payload_errors, require_payload_schema

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"rsi": {"type": "number"}}}


@pytest.mark.parametrize(
    "schema",
    [
        [],
        "object",
        True,
        {"type": "thing"},
        {"properties": {"rsi": 3}},
        {"pattern": "("},
        {"$ref": "https://example.org/schema.json"},
        {"properties": {"rsi": {"$ref": "#/$defs/missing"}}},
        {"allOf": [{"$dynamicRef": "#node"}]},
        {"const": float("nan")},
        {"title": "\0"},
        {"title": "\ud800"},
    ],
)
def test_a_schema_that_could_fail_later_is_refused_now(schema: Any) -> None:
    with pytest.raises(InvalidPayloadSchema) as refused:
        require_payload_schema(schema)

    assert refused.value.details["field"] == "payload_schema"


def test_a_field_may_be_called_ref() -> None:
    require_payload_schema({"properties": {"$ref": {"type": "string"}}})


def test_a_field_that_the_schema_does_not_name_breaks_it() -> None:
    assert payload_errors({"rsi": 30.5}, SCHEMA) == []
    (error,) = payload_errors({"rsi": 30.5, "extra": 1}, SCHEMA)

    assert "extra" in error.message


def test_fields_named_in_a_part_of_the_schema_are_known() -> None:
    schema = {"allOf": [SCHEMA, {"properties": {"band": {"type": "string"}}}]}

    assert payload_errors({"rsi": 30.5, "band": "upper"}, schema) == []


def test_a_schema_can_open_itself() -> None:
    assert payload_errors({"extra": 1}, {**SCHEMA, "unevaluatedProperties": True}) == []
    assert payload_errors({"extra": 1}, {**SCHEMA, "additionalProperties": True}) == []
