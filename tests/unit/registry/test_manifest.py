"""What authors may declare."""

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from registry.manifest import (
    InvalidManifest,
    complete_manifest,
    default_manifest,
    dependencies_of,
    meta_document,
)

SCRIPT_ID = "0198c5e0-7a51-7cc2-8a3b-5b0c4a3e2f10"


def complete(**given: Any) -> dict[str, Any]:
    return complete_manifest(given, max_bytes=32 * 1024)


def test_an_author_who_declares_nothing_gets_the_defaults() -> None:
    assert complete() == default_manifest()


def test_what_is_declared_replaces_the_default_and_nothing_else() -> None:
    manifest = complete(timeframe="5m", permissions={"tiers": ["premium"]})

    assert manifest["timeframe"] == "5m"
    assert manifest["runtime_mode"] == "realtime"
    assert manifest["permissions"] == {"tiers": ["premium"], "features": [], "allowed_users": []}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"timeframe": "2m"}, "timeframe"),
        ({"timeframe": None}, "timeframe"),
        ({"runtime_mode": "sometimes"}, "runtime_mode"),
        ({"input_schema": []}, "input_schema"),
        ({"input_schema": {"type": "nothing"}}, "input_schema"),
        ({"input_schema": {"type": "array"}}, "input_schema"),
        ({"output_schema": {"properties": 3}}, "output_schema"),
        ({"output_schema": {"required": "value"}}, "output_schema"),
        ({"depends_on": "x"}, "depends_on"),
        ({"depends_on": [SCRIPT_ID]}, "depends_on"),
        ({"depends_on": [f"{SCRIPT_ID}@latest"]}, "depends_on"),
        ({"depends_on": ["rsi@1.0.0"]}, "depends_on"),
        ({"depends_on": [f"{SCRIPT_ID}@1.0.0", f"{SCRIPT_ID}@1.1.0"]}, "depends_on"),
        ({"depends_on": [7]}, "depends_on.0"),
        ({"permissions": {"teirs": []}}, "permissions"),
        ({"permissions": {"allowed_users": [7]}}, "permissions.allowed_users.0"),
        ({"timeframes": "1d"}, "timeframes"),
    ],
)
def test_what_is_wrong_is_refused_by_its_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidManifest) as refused:
        complete(**given)

    assert refused.value.details["field"] == field
    assert refused.value.message.startswith(f"{field}: ")


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://169.254.169.254/latest/meta-data"},
        {"properties": {"a": {"$ref": "#"}}},
        {"properties": {"a": {"pattern": "(a+)+$"}}},
        {"patternProperties": {"(a+)+$": {}}},
        {"anyOf": [{"items": {"$dynamicRef": "#x"}}]},
    ],
)
def test_a_schema_may_not_fetch_recurse_or_bring_a_regular_expression(
    schema: dict[str, Any],
) -> None:
    with pytest.raises(InvalidManifest, match="is not allowed"):
        complete(input_schema=schema)


def test_a_property_may_be_called_what_a_keyword_is_called() -> None:
    schema = {
        "properties": {"pattern": {"enum": [{"$ref": "data"}]}, "$ref": {"type": "string"}},
    }

    assert complete(input_schema=schema)["input_schema"] == schema


def test_a_deeply_nested_schema_is_refused() -> None:
    schema: dict[str, Any] = {}
    for _ in range(200):
        schema = {"not": schema}

    with pytest.raises(InvalidManifest, match="levels deep"):
        complete(input_schema=schema)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", {1, 2}, "\x00"])
def test_what_json_or_the_database_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(InvalidManifest):
        complete(input_schema={"default": value})


def test_the_text_of_an_escape_is_no_nul() -> None:
    assert complete(input_schema={"title": r"\u0000"})["input_schema"]["title"] == r"\u0000"


def test_a_manifest_has_a_greatest_size() -> None:
    with pytest.raises(InvalidManifest, match="at most 100"):
        complete_manifest({"input_schema": {"title": "x" * 100}}, max_bytes=100)


def test_references_are_written_alike() -> None:
    manifest = complete(depends_on=[SCRIPT_ID.upper().replace("-", "") + "@1.2.3"])

    assert manifest["depends_on"] == [f"{SCRIPT_ID}@1.2.3"]
    assert dependencies_of(manifest)[0].script_id == uuid.UUID(SCRIPT_ID)


def test_the_stored_document_has_every_field_of_the_contract() -> None:
    noon = datetime(2026, 1, 5, 12, tzinfo=UTC)

    document = meta_document(
        complete(),
        script_id=uuid.UUID(SCRIPT_ID),
        version="1.0.0",
        owner_id=7,
        created_at=noon,
        updated_at=noon,
    )

    assert set(document) == {
        "script_id",
        "version",
        "owner_id",
        "runtime_mode",
        "timeframe",
        "permissions",
        "input_schema",
        "output_schema",
        "depends_on",
        "created_at",
        "updated_at",
        "status",
    }
