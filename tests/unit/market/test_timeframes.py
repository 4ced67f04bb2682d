from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.timeframes import EPOCH, Timeframe, UnknownTimeframe

TEXTS = st.one_of(
    st.integers(1, 1440).map("{}m".format),
    st.integers(1, 24).map("{}h".format),
    st.integers(1, 30).map("{}d".format),
)
YEARS = timedelta(days=365)
INSTANTS = st.timedeltas(-20 * YEARS, 130 * YEARS).map(EPOCH.__add__)


@given(TEXTS, INSTANTS)
def test_every_instant_lies_in_the_bar_it_is_floored_to(text: str, instant: datetime) -> None:
    timeframe = Timeframe(text)

    opened_at = timeframe.floor(instant)

    assert opened_at <= instant < timeframe.closes_at(opened_at)
    assert timeframe.floor(opened_at) == opened_at


@given(TEXTS, INSTANTS)
def test_bars_follow_each_other_without_gap_or_overlap(text: str, instant: datetime) -> None:
    timeframe = Timeframe(text)

    next_opened_at = timeframe.closes_at(timeframe.floor(instant))

    assert timeframe.floor(next_opened_at) == next_opened_at
    assert timeframe.floor(next_opened_at - timedelta(microseconds=1)) == timeframe.floor(instant)


@given(TEXTS)
def test_a_name_reads_back_as_the_same_timeframe(text: str) -> None:
    timeframe = Timeframe(text)

    assert Timeframe(timeframe.name) == timeframe
    assert str(timeframe) == timeframe.name


@pytest.mark.parametrize(("text", "name"), [("60m", "1h"), ("24h", "1d"), ("1440m", "1d")])
def test_equal_lengths_are_equal_however_they_are_written(text: str, name: str) -> None:
    assert Timeframe(text) == Timeframe(name)
    assert Timeframe(text).name == name


def test_a_day_ends_at_midnight_utc_wherever_the_instant_was_told() -> None:
    evening_in_new_york = datetime(2020, 6, 1, 21, 30, tzinfo=timezone(timedelta(hours=-4)))

    assert Timeframe("1d").floor(evening_in_new_york) == datetime(2020, 6, 2, tzinfo=UTC)


def test_timeframes_sort_by_length() -> None:
    assert sorted(map(Timeframe, ["1d", "5m", "1h"])) == [*map(Timeframe, ["5m", "1h", "1d"])]


@pytest.mark.parametrize(
    "text",
    ["", "d", "0m", "01m", "1441m", "25h", "31d", "1w", "1M", "5 m", "5m\n", "-5m", "\u0665m"],
)
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(UnknownTimeframe, match="5m, 1h or 1d") as caught:
        Timeframe(text)

    assert caught.value.details == {"field": "timeframe"}
