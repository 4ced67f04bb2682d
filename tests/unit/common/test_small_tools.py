import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.canonical import canonical_json, digest
from common.clock import NaiveInstant, parse_instant
from common.ids import uuid7
from common.schemas import check_schema

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), json_values))
def test_equal_values_have_one_digest_whatever_the_order_of_their_keys(
    value: dict[str, Any],
) -> None:
    turned = dict(reversed(list(value.items())))

    assert digest(turned) == digest(value)


def test_a_number_that_json_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        canonical_json({"value": float("nan")})


def test_an_instant_without_a_zone_is_refused_with_the_fix() -> None:
    with pytest.raises(NaiveInstant, match="needs a time zone"):
        parse_instant("2026-01-05T16:00:00", field="as_of")


def test_an_instant_is_read_into_utc() -> None:
    assert parse_instant("2026-01-05T11:00:00-05:00") == datetime(2026, 1, 5, 16, tzinfo=UTC)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-01:00"])
def test_an_instant_that_leaves_the_calendar_in_utc_is_refused(text: str) -> None:
    with pytest.raises(NaiveInstant, match=r"as_of: .* years 1 to 9999"):
        parse_instant(text, field="as_of")


def test_identifiers_are_version_7_and_sort_by_time() -> None:
    first = uuid7()
    while (second := uuid7()).int >> 80 == first.int >> 80:
        pass

    assert first.version == 7
    assert first.variant == uuid.RFC_4122
    assert first < second


def test_a_broken_schema_is_told_apart_from_a_good_one() -> None:
    assert check_schema({"type": "object"}) is None
    assert "type" in str(check_schema({"type": "objct"}))
