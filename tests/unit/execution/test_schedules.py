import contextlib
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from execution.scheduling.schedules import InvalidSchedule, Schedule, UnknownTimeZone

LONDON = "Europe/London"
NEW_YORK = "America/New_York"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


def test_a_schedule_is_read_by_the_clocks_of_its_zone() -> None:
    opening = Schedule.parse("30 9 * * MON-FRI", NEW_YORK)

    coming = opening.coming(3, after=utc(2026, 3, 5, 15))

    # Clocks there went forward on Sunday the 8th: half past nine came an hour earlier.
    assert coming == [utc(2026, 3, 6, 14, 30), utc(2026, 3, 9, 13, 30), utc(2026, 3, 10, 13, 30)]


def test_what_falls_into_the_hour_that_is_left_out_comes_when_it_is_over() -> None:
    nightly = Schedule.parse("30 1 * * *", LONDON)

    coming = nightly.coming(2, after=utc(2026, 3, 28, 12))

    # On the 29th clocks went from one to two: there was no half past one.
    assert coming == [utc(2026, 3, 29, 1), utc(2026, 3, 30, 0, 30)]


def test_what_falls_into_the_hour_that_comes_twice_comes_once() -> None:
    nightly = Schedule.parse("30 1 * * *", LONDON)
    start = utc(2026, 10, 24, 12)
    first = utc(2026, 10, 25, 0, 30)

    assert nightly.coming(2, after=start) == [first, utc(2026, 10, 26, 1, 30)]
    # Asked within the second of the two hours, before its half: the instant has passed already.
    assert nightly.coming(1, after=utc(2026, 10, 25, 1, 10)) == [utc(2026, 10, 26, 1, 30)]
    assert nightly.passed(after=first, until=utc(2026, 10, 25, 1, 45)) is None


def test_every_minute_goes_on_through_an_hour_that_comes_twice() -> None:
    often = Schedule.parse("*/20 * * * *", LONDON)

    coming = often.coming(6, after=utc(2026, 10, 25, 0, 10))

    gaps = {later - earlier for earlier, later in pairwise(coming)}
    assert gaps == {timedelta(minutes=20)}


def test_what_was_missed_is_counted_and_only_the_latest_is_left() -> None:
    quarterly = Schedule.parse("*/15 * * * *", "UTC")

    passed = quarterly.passed(after=utc(2026, 1, 5, 9), until=utc(2026, 1, 5, 10, 7))

    assert passed is not None
    assert (passed.latest, passed.earlier) == (utc(2026, 1, 5, 10), 3)


def test_an_instant_belongs_to_the_time_that_ends_with_it() -> None:
    hourly = Schedule.parse("0 * * * *", "UTC")

    passed = hourly.passed(after=utc(2026, 1, 5, 9), until=utc(2026, 1, 5, 10))

    assert passed is not None
    assert (passed.latest, passed.earlier) == (utc(2026, 1, 5, 10), 0)
    assert hourly.passed(after=passed.latest, until=utc(2026, 1, 5, 10, 59)) is None


def test_a_schedule_is_written_in_one_way_and_read_back() -> None:
    schedule = Schedule.parse("  0 9   * jan mon ", LONDON)

    assert str(schedule) == "0 9 * JAN MON Europe/London"
    assert Schedule.read(str(schedule)) == schedule


@pytest.mark.parametrize(
    ("cron", "problem"),
    [
        ("", "0 fields instead of five"),
        ("* * * *", "4 fields instead of five"),
        ("0 0 9 * * *", "6 fields instead of five"),
        ("@daily", "1 fields instead of five"),
        ("60 * * * *", "the minute '60'"),
        ("0 24 * * *", "the hour '24'"),
        ("0 9 0 * *", "the day of month '0'"),
        ("0 9 * FEBRUARY *", "the month 'FEBRUARY'"),
        ("0 9 * * MON#9", "the day of week 'MON#9'"),
        ("*/0 * * * *", "the minute '*/0'"),
        ("0 9 31 2 *", "no such day in any year"),
        ("0 9 30 FEB *", "no such day in any year"),
        ("1," * 60 + "1 * * * *", "at most 100 characters"),
    ],
)
def test_what_is_wrong_with_a_schedule_is_named(cron: str, problem: str) -> None:
    with pytest.raises(InvalidSchedule) as caught:
        Schedule.parse(cron, "UTC")

    assert problem in caught.value.message
    assert caught.value.details["field"] == "schedule"


@pytest.mark.parametrize(
    "zone", ["", "London", "europe/london", "../etc/passwd", "localtime", "UTC\n", "Mars/Olympus"]
)
def test_a_zone_has_to_be_in_the_database(zone: str) -> None:
    with pytest.raises(UnknownTimeZone) as caught:
        Schedule.parse("0 9 * * *", zone)

    assert caught.value.details["field"] == "zone"


@pytest.mark.parametrize(
    "part", ["L", "LW", "L/2", "MON-", "-1", "1-", "5-1", "1/", "/5", "#", "٣"]
)
def test_nothing_that_somebody_writes_breaks_the_reading(part: str) -> None:
    for position in range(5):
        fields = ["*"] * 5
        fields[position] = part
        with contextlib.suppress(InvalidSchedule):
            Schedule.parse(" ".join(fields), "UTC")
