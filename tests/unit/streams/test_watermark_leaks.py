"""Whatever somebody pastes is read as times and values."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.watermarks.leaks import LeakNotReadable, read_leak

FIRST, SECOND = (datetime(2026, 1, day, 16, 30, tzinfo=UTC).timestamp() for day in (5, 6))


@pytest.mark.parametrize(
    "text",
    [
        "time,value\n2026-01-05T16:30:00Z,12.34\n2026-01-06T16:30:00Z,12.36",
        "12.34;2026-01-05 16:30\n12.36;2026-01-06 16:30",
        "value\ttimestamp\n12.34\t1767630600\n12.36\t1767717000",
        "at|close\n1767630600000|12.34\n1767717000000|12.36",
        '"05.01.2026 16:30","12.34"\n"06.01.2026 16:30","12.36"\n\n',
        "2026-01-05T11:30:00-05:00;12,34\n2026-01-06T11:30:00-05:00;12,36",
        "symbol,time,price\nIBM,2026/01/05 16:30:00,12.34\nIBM,2026/01/06 16:30:00,12.36",
    ],
)
def test_times_and_values_are_told_apart_in_any_order_and_spelling(text: str) -> None:
    leak = read_leak(text)

    (column,) = leak.columns
    assert column.values.tolist() == [12.34, 12.36]
    assert leak.times is not None
    assert leak.times.tolist() == [FIRST, SECOND]


def test_numbers_alone_are_rows_without_times() -> None:
    leak = read_leak("12.34\n\N{MINUS SIGN}3.5\n7\n")

    assert leak.times is None
    assert leak.columns[0].values.tolist() == [12.34, -3.5, 7.0]


def test_what_is_missing_or_no_number_is_a_gap() -> None:
    leak = read_leak("time,value,upper\n2026-01-05,1.5,2.5\n2026-01-06,,3.5\nnonsense,n/a,4.5\n")

    value, upper = leak.columns
    assert (value.name, upper.name) == ("value", "upper")
    assert [math.isnan(number) for number in value.values] == [False, True, True]
    assert upper.values.tolist() == [2.5, 3.5, 4.5]
    assert leak.times is not None
    assert math.isnan(leak.times[2])


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=400) | st.text("0123456789.,;-:T\n \t\"'eE+Z", max_size=400))
def test_no_text_is_too_strange_to_be_read_or_refused(text: str) -> None:
    try:
        leak = read_leak(text)
    except LeakNotReadable:
        return
    assert leak.rows > 0
    assert all(len(column.values) == leak.rows for column in leak.columns)
