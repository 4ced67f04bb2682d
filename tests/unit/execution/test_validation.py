from datetime import UTC, datetime
from typing import Any

import pytest

from execution.validation import (
    OutputFromTheFuture,
    OutputRejected,
    ParamsDoNotMatchSchema,
    validate_outputs,
    validate_params,
)

CLOCK = datetime(2006, 1, 4, tzinfo=UTC)
NUMBERS = {"type": "object", "properties": {"value": {"type": "number"}}}


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


@pytest.mark.parametrize("timestamp", ["yesterday", "2006-01-04T00:00:00", "", None, 7])
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
