from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from common.canonical import canonical_json
from execution.validation import (
    OutputFromTheFuture,
    OutputRejected,
    ParamsDoNotMatchSchema,
    ValidOutput,
    validate_params,
)
from execution.validation import validate_outputs as validate

CLOCK = datetime(2006, 1, 4, tzinfo=UTC)
NUMBERS = {"type": "object", "properties": {"value": {"type": "number"}}}


def validate_outputs(
    outputs: Sequence[dict[str, Any]],
    schema: dict[str, Any],
    *,
    as_of: datetime,
    max_bytes: int = 1000,
) -> list[ValidOutput]:
    return validate(outputs, schema, as_of=as_of, max_bytes=max_bytes)


def output(**changes: Any) -> dict[str, Any]:
    return {"value": 1.5, "timestamp": "2006-01-04T00:00:00+00:00", "metadata": {}, **changes}


def test_an_output_that_matches_keeps_its_value_timestamp_and_metadata() -> None:
    validated = validate_outputs([output(metadata={"side": "buy"})], NUMBERS, as_of=CLOCK)

    assert validated == [
        {"value": 1.5, "timestamp": "2006-01-04T00:00:00+00:00", "metadata": {"side": "buy"}}
    ]


def test_a_timestamp_in_another_zone_is_the_same_instant_in_utc() -> None:
    there = output(timestamp="2006-01-03T19:00:00-05:00")

    assert validate_outputs([there], NUMBERS, as_of=CLOCK)[0]["timestamp"].startswith(
        "2006-01-04T00"
    )


def test_an_output_of_the_wrong_type_is_rejected_with_its_field() -> None:
    with pytest.raises(OutputRejected) as caught:
        validate_outputs([output(), output(value="high")], NUMBERS, as_of=CLOCK)

    assert caught.value.details["errors"][0]["field"] == "outputs.1.value"


def test_an_output_may_be_as_late_as_the_clock_but_not_a_microsecond_later() -> None:
    validate_outputs([output()], NUMBERS, as_of=CLOCK)

    with pytest.raises(OutputFromTheFuture):
        validate_outputs(
            [output(timestamp="2006-01-04T00:00:00.000001+00:00")], NUMBERS, as_of=CLOCK
        )


@pytest.mark.parametrize(
    "timestamp",
    [
        "yesterday",
        "2006-01-04T00:00:00",
        "",
        None,
        7,
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-01:00",
    ],
)
def test_a_timestamp_that_is_no_instant_is_rejected(timestamp: object) -> None:
    with pytest.raises(OutputRejected) as caught:
        validate_outputs([output(timestamp=timestamp)], NUMBERS, as_of=CLOCK)

    assert caught.value.details["field"] == "outputs.0.timestamp"


def test_params_that_break_the_schema_are_named_field_by_field() -> None:
    schema = {
        "type": "object",
        "properties": {"period": {"type": "integer", "minimum": 2}},
        "additionalProperties": False,
    }

    with pytest.raises(ParamsDoNotMatchSchema) as caught:
        validate_params({"period": 1, "perid": 3}, schema)

    fields = {error["field"] for error in caught.value.details["errors"]}
    assert fields == {"params", "params.period"}
    assert "perid" in str(caught.value.details["errors"])


def test_a_text_that_no_database_can_store_is_rejected() -> None:
    with pytest.raises(OutputRejected, match="NUL"):
        validate_outputs([output(metadata={"note": "a\0b"})], {}, as_of=CLOCK)


@pytest.mark.parametrize("value", [10**400, -(10**309), {"deep": [10**309]}])
def test_an_integer_beyond_what_a_double_holds_is_rejected(value: object) -> None:
    with pytest.raises(OutputRejected, match="double's range"):
        validate_outputs([output(value=value)], {}, as_of=CLOCK)


def test_a_text_of_many_digits_is_no_number() -> None:
    [valid] = validate_outputs([output(value="9" * 400)], {}, as_of=CLOCK)

    assert valid["value"] == "9" * 400


def test_an_output_has_so_many_bytes_and_not_one_more() -> None:
    size = len(canonical_json(output(metadata={"note": "\u20ac" * 100})))
    largest = output(metadata={"note": "\u20ac" * 100})

    validate_outputs([largest], {}, as_of=CLOCK, max_bytes=size)
    with pytest.raises(OutputRejected, match=f"outputs.1: {size} bytes") as caught:
        validate_outputs([output(), largest], {}, as_of=CLOCK, max_bytes=size - 1)

    assert caught.value.details == {
        "field": "outputs.1",
        "bytes": size,
        "max_bytes": size - 1,
    }


def test_an_output_that_cannot_be_checked_is_the_scripts_fault_and_nobody_elses() -> None:
    endless = {"$ref": "#"}

    with pytest.raises(OutputRejected, match=r"outputs\.0: cannot be checked"):
        validate_outputs([output()], endless, as_of=CLOCK)
