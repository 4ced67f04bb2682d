"""Longer bars hold the shorter ones of their stretch, however and whenever they are made."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from market.bars import NewBar
from market.due_bars import bars_after
from market.models import Bar, BarRevision, Instrument, KeptTimeframe
from market.queries import bars_between, latest_bar
from market.services.bars import BarRefused, record_bars, record_history
from market.services.keeping import keep_timeframe
from market.services.rolling import close_due_bars
from market.timeframes import Timeframe
from tests.market.oracle import (
    DAY,
    EPOCH,
    Numbers,
    as_dict,
    expected_bars,
    make_coin,
    minutes_of,
    recorded,
    stretches_of_days,
    stretches_of_sessions,
)
from tests.market.prices import make_instrument

pytestmark = pytest.mark.django_db

START = datetime(2026, 1, 5, tzinfo=UTC)
LONG_AFTER = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
INTRADAY = ["2m", "7m", "45m", "1h", "90m", "4h", "7h", "23h", "1439m", "1440m", "24h", "1d"]
SEVERAL_DAYS = ["2d", "3d", "7d", "29d", "30d"]
# The clocks change on 8 March and 1 November; 27 November is a half day after a day off.
SESSIONS = {
    "spring": ["2026-03-05T14:30/21:00", "2026-03-06T14:30/21:00", "2026-03-09T13:30/20:00"],
    "autumn": ["2026-10-30T13:30/20:00", "2026-11-02T14:30/21:00"],
    "half day": ["2026-11-25T14:30/21:00", "2026-11-27T14:30/18:00", "2026-11-30T14:30/21:00"],
}


def near(expected: dict[datetime, Numbers]) -> dict[datetime, object]:
    """Allow volumes the last bits of another order of addition; prices are exact."""
    return {
        name: (*values[:4], pytest.approx(values[4], rel=1e-12))
        for name, values in expected.items()
    }


def sessions(which: str) -> list[tuple[datetime, datetime]]:
    found = []
    for written in SESSIONS[which]:
        opens, closes = written.split("/")
        opens_at = datetime.fromisoformat(opens).replace(tzinfo=UTC)
        found.append(
            (opens_at, datetime.fromisoformat(f"{opens[:11]}{closes}").replace(tzinfo=UTC))
        )
    return found


def in_batches(bars: list[NewBar], *, seed: int = 1) -> None:
    """Record bars as a feed brings them: a few at a time, each when it has closed."""
    chance = random.Random(seed)
    while bars:
        count = chance.choice([1, 3, 20, 120])
        batch, bars = bars[:count], bars[count:]
        record_bars(batch, now=batch[-1].closes_at)


@pytest.fixture
def minutes() -> list[NewBar]:
    """Two and a half days of a coin, a tenth of the minutes without trade."""
    make_coin()
    return minutes_of("BTC", [(START, START + timedelta(hours=60))])


@pytest.mark.parametrize("name", INTRADAY)
def test_bars_made_when_read_are_those_of_an_independent_aggregation(
    minutes: list[NewBar], name: str
) -> None:
    record_history(minutes, now=LONG_AFTER)
    close_due_bars(now=LONG_AFTER + DAY)  # the last day, of which no more came
    timeframe = Timeframe(name)

    found = bars_between("BTC", timeframe.name, as_of=LONG_AFTER, limit=5000)

    assert as_dict(found) == near(
        expected_bars(minutes, stretches_of_days(START, 3, timeframe.length))
    )


def test_bars_made_when_they_close_are_those_made_when_read(minutes: list[NewBar]) -> None:
    first, rest = minutes[:500], minutes[500:]
    record_bars(first, now=first[-1].closes_at)
    names = ["2m", "7m", "1h", "7h", "1d"]
    for name in names:
        keep_timeframe("BTC", name, now=first[-1].closes_at)
    in_batches(rest)
    newest = rest[-1].closes_at

    for name in names:
        timeframe = Timeframe(name)
        expected = {
            opened_at: values
            for opened_at, values in expected_bars(
                minutes, stretches_of_days(START, 3, timeframe.length)
            ).items()
            if timeframe.closes_at(opened_at) <= newest
        }
        kept = recorded("BTC", name)
        read = as_dict(bars_between("BTC", name, as_of=newest, limit=5000))

        assert len(kept) > 1 or name in ("7h", "1d")
        assert read == near(expected)
        assert {at: read[at] for at in kept} == kept
        assert max(kept) == max(expected)


def test_a_bar_comes_into_being_exactly_when_its_stretch_is_over(minutes: list[NewBar]) -> None:
    whole = minutes_of("BTC", [(START, START + timedelta(minutes=12))], gaps=0)
    record_bars(whole[:6], now=whole[5].closes_at)
    keep_timeframe("BTC", "5m", now=whole[5].closes_at)

    seen = [sorted(recorded("BTC", "5m"))]
    for bar in whole[6:]:
        record_bars([bar], now=bar.closes_at)
        seen.append(sorted(recorded("BTC", "5m")))

    first, second = START, START + timedelta(minutes=5)
    assert seen == [[first]] * 4 + [[first, second]] * 3
    assert Bar.objects.get(timeframe="5m", opened_at=second).closes_at == START + timedelta(
        minutes=10
    )
    assert bars_after("BTC", "5m", after=first, as_of=LONG_AFTER, limit=9) == [
        (second, START + timedelta(minutes=10), 0)
    ]


@pytest.mark.parametrize("name", ["7m", "1h", "4h", "12h", "1d"])
@pytest.mark.parametrize("which", SESSIONS)
def test_bars_of_an_exchange_are_those_of_its_sessions(which: str, name: str) -> None:
    make_instrument("IBM")
    # Trade begins before the session and goes on after it; neither belongs to a longer bar.
    margins = [(o - timedelta(minutes=40), c + timedelta(hours=1)) for o, c in sessions(which)]
    minutes = minutes_of("IBM", margins, gaps=0.02)
    record_history(minutes, now=LONG_AFTER + 60 * DAY)

    found = bars_between("IBM", name, as_of=LONG_AFTER + 60 * DAY, limit=5000)

    expected = expected_bars(
        minutes, stretches_of_sessions(sessions(which), Timeframe(name).length)
    )
    assert as_dict(found) == near(expected)
    if name == "1d":
        assert recorded("IBM", "1d") == near(expected)
        assert [bar.closes_at for bar in Bar.objects.filter(timeframe="1d").order_by("pk")] == [
            closes_at for _, closes_at in sessions(which)
        ]


def test_hours_of_an_exchange_that_pauses_at_noon_end_with_the_morning() -> None:
    make_instrument("7203")
    Instrument.objects.update(exchange="XTKS")
    day = datetime(2026, 3, 10, tzinfo=UTC)
    halves = [
        (day, day + timedelta(hours=2.5)),
        (day + timedelta(hours=3.5), day + timedelta(hours=6.5)),
    ]
    pause = (halves[0][1], halves[1][0])
    minutes = minutes_of("7203", [halves[0], pause, halves[1]], gaps=0)
    record_history(minutes, now=LONG_AFTER)

    found = bars_between("7203", "1h", as_of=LONG_AFTER, limit=99)

    traded = [bar for bar in minutes if not pause[0] <= bar.opened_at < pause[1]]
    assert len(found) == 6
    assert as_dict(found) == near(expected_bars(traded, stretches_of_sessions(halves, HOUR)))
    whole = Bar.objects.get(timeframe="1d")
    assert (whole.missing, whole.closes_at) == (0, halves[1][1])


@pytest.mark.parametrize("name", SEVERAL_DAYS)
def test_bars_of_several_days_hold_the_days_counted_from_1970(name: str) -> None:
    make_coin()
    length = Timeframe(name).length
    start = EPOCH + (START - EPOCH) // length * length
    days = [
        NewBar(
            instrument_key="BTC",
            timeframe="1d",
            opened_at=start + number * DAY,
            open=10.0 + number,
            high=200.0 + number % 7,
            low=1.0 + number % 3 / 10,
            close=11.0 + number / 10,
            volume=1.5 * number,
        )
        for number in range(95)
        if number not in (3, 40)
    ]
    record_history(days, now=LONG_AFTER)
    stretches = [
        (at, at, at + length) for at in (start + n * length for n in range(95 * DAY // length))
    ]

    found = bars_between("BTC", name, as_of=start + 95 * DAY, limit=500)
    keep_timeframe("BTC", name, now=start + 95 * DAY)

    expected = expected_bars(days, stretches)
    assert as_dict(found) == near(expected)
    newest = max(expected)
    assert recorded("BTC", name) == {newest: as_dict(found)[newest]}


def test_a_week_closes_with_its_last_session_and_not_before() -> None:
    make_instrument("IBM")
    monday = datetime(2026, 11, 23, tzinfo=UTC)
    days = [
        NewBar(
            instrument_key="IBM",
            timeframe="1d",
            opened_at=monday + number * DAY,
            open=1.0,
            high=9.0,
            low=1.0,
            close=float(number + 2),
            volume=1.0,
        )
        for number in (0, 1, 2, 4)
    ]
    record_bars(days[:2], now=days[1].closes_at)
    keep_timeframe("IBM", "5d", now=days[1].closes_at)

    record_bars(days[2:3], now=days[2].closes_at)
    assert recorded("IBM", "5d") == {}
    assert latest_bar("IBM", "5d") is None
    record_bars(days[3:], now=days[3].closes_at)

    bar = Bar.objects.get(timeframe="5d")
    assert (bar.opened_at, bar.close, bar.missing) == (monday, 6.0, 0)
    assert bar.closes_at == days[3].closes_at


def test_a_bar_says_how_many_of_its_minutes_are_missing(minutes: list[NewBar]) -> None:
    record_history(minutes, now=LONG_AFTER)
    traded = sum(bar.opened_at < START + DAY for bar in minutes)

    first = Bar.objects.get(timeframe="1d", opened_at=START)

    assert 0 < traded < 1440
    assert first.missing == 1440 - traded
    assert Bar.objects.filter(timeframe="1m", missing=None).count() == len(minutes)


def test_a_bar_that_is_open_is_not_read_and_not_recorded(minutes: list[NewBar]) -> None:
    whole = minutes_of("BTC", [(START, START + timedelta(minutes=9))], gaps=0)
    record_bars(whole, now=whole[-1].closes_at)

    found = bars_between("BTC", "5m", as_of=whole[-1].closes_at, limit=10)

    assert list(as_dict(found)) == [START]
    assert not Bar.objects.filter(timeframe="1d").exists()


def test_the_clock_closes_a_bar_whose_last_minutes_were_quiet(minutes: list[NewBar]) -> None:
    whole = minutes_of("BTC", [(START, START + timedelta(minutes=8))], gaps=0)
    for bar in whole:
        record_bars([bar], now=bar.closes_at)
    keep_timeframe("BTC", "5m", now=whole[-1].closes_at)
    ends_at = START + timedelta(minutes=10)

    assert close_due_bars(now=ends_at + timedelta(seconds=9.9)) == []
    (closed,) = close_due_bars(now=ends_at + timedelta(seconds=10))

    assert (closed.timeframe, closed.closes_at, closed.missing) == ("5m", ends_at, 2)
    assert close_due_bars(now=ends_at + timedelta(hours=1)) == []
    # What is made when read says the same.
    KeptTimeframe.objects.filter(timeframe="5m").delete()
    Bar.objects.filter(timeframe="5m").delete()
    read = bars_between("BTC", "5m", as_of=ends_at + timedelta(seconds=10), limit=1)
    assert as_dict(read) == {closed.opened_at: closed.values}


def test_a_minute_that_comes_late_corrects_what_was_made_without_it(
    minutes: list[NewBar],
) -> None:
    whole = minutes_of("BTC", [(START, START + timedelta(minutes=12))], gaps=0)
    late = whole.pop(3)
    for bar in whole[:6]:
        record_bars([bar], now=bar.closes_at)
    keep_timeframe("BTC", "5m", now=whole[5].closes_at)
    for bar in whole[6:]:
        record_bars([bar], now=bar.closes_at)
    newest = whole[-1].closes_at
    without = recorded("BTC", "5m")[START]

    came_at = newest + timedelta(seconds=30)
    record_bars([late], now=came_at)

    corrected = Bar.objects.get(timeframe="5m", opened_at=START)
    revision = BarRevision.objects.get()
    assert corrected.missing == 0
    assert corrected.known_at == revision.superseded_at == came_at
    assert (revision.volume, revision.missing, revision.source) == (without[4], 1, "late bar")
    assert Bar.objects.get(timeframe="1m", opened_at=late.opened_at).known_at == came_at
    before = came_at - timedelta(seconds=1)
    assert as_dict(bars_between("BTC", "5m", as_of=before, limit=9))[START] == without
    assert len(bars_between("BTC", "1m", as_of=before, limit=99)) == len(whole)
    assert len(bars_between("BTC", "1m", as_of=came_at, limit=99)) == len(whole) + 1


def test_what_a_late_minute_corrects_is_known_with_it_whatever_newer_ones_came_in_its_batch(
    minutes: list[NewBar],
) -> None:
    whole = minutes_of("BTC", [(START, START + timedelta(minutes=12))], gaps=0)
    late = whole[3]
    record_bars([*whole[:3], *whole[4:6]], now=LONG_AFTER)
    keep_timeframe("BTC", "5m", now=LONG_AFTER)
    record_bars(whole[6:10], now=LONG_AFTER)
    came_at = whole[9].closes_at

    record_bars([late, *whole[10:]], now=LONG_AFTER)

    assert Bar.objects.get(timeframe="1m", opened_at=late.opened_at).known_at == came_at
    corrected = Bar.objects.get(timeframe="5m", opened_at=START)
    assert (corrected.known_at, corrected.missing) == (came_at, 0)
    assert set(
        Bar.objects.exclude(opened_at__in=[START, late.opened_at]).values_list("known_at")
    ) == {(None,)}


def test_a_bar_that_is_only_of_late_minutes_is_not_read_before_they_came(
    minutes: list[NewBar],
) -> None:
    whole = minutes_of("BTC", [(START, START + timedelta(minutes=18))], gaps=0)
    late = whole[7]
    record_bars(whole[:5], now=LONG_AFTER)
    keep_timeframe("BTC", "5m", now=LONG_AFTER)
    record_bars(whole[15:17], now=LONG_AFTER)
    came_at = whole[16].closes_at

    record_bars([late, whole[17]], now=LONG_AFTER)

    second = START + timedelta(minutes=5)
    assert Bar.objects.get(timeframe="5m", opened_at=second).known_at == came_at
    before = came_at - timedelta(seconds=1)
    assert list(as_dict(bars_between("BTC", "5m", as_of=before, limit=9))) == [START]
    assert list(as_dict(bars_between("BTC", "5m", as_of=came_at, limit=9))) == [START, second]
    # What runs on it has a clock at which it is there to be read.
    assert bars_after("BTC", "5m", after=START, as_of=came_at, limit=9) == [(second, came_at, 0)]


def test_of_minutes_that_come_in_one_batch_each_is_known_when_it_closed() -> None:
    make_coin()
    whole = minutes_of("BTC", [(START, START + timedelta(minutes=12))], gaps=0)
    record_bars(whole[:1], now=LONG_AFTER)
    keep_timeframe("BTC", "5m", now=LONG_AFTER)

    record_bars(whole[1:], now=LONG_AFTER)

    for count, bar in enumerate(whole, start=1):
        for as_of, minutes_known in ((bar.closes_at, count), (just_before(bar), count - 1)):
            assert len(bars_between("BTC", "1m", as_of=as_of, limit=99)) == minutes_known
            assert len(bars_between("BTC", "5m", as_of=as_of, limit=99)) == minutes_known // 5


def just_before(bar: NewBar) -> datetime:
    return bar.closes_at - timedelta(microseconds=1)


def test_a_timeframe_is_kept_from_the_first_minute_there_is(minutes: list[NewBar]) -> None:
    keep_timeframe("BTC", "5m", now=START)
    keep_timeframe("BTC", "5m", now=START)
    in_batches(minutes[:300])

    closed = recorded("BTC", "5m")
    read = as_dict(bars_between("BTC", "5m", as_of=minutes[299].closes_at, limit=500))
    assert len(closed) > 50
    assert closed == read


def test_hours_that_are_sent_must_be_those_of_the_session() -> None:
    make_instrument("IBM")
    opens_at = datetime(2026, 1, 6, 14, 30, tzinfo=UTC)
    hour = NewBar(
        instrument_key="IBM",
        timeframe="1h",
        opened_at=opens_at + timedelta(hours=6),
        open=1.0,
        high=2.0,
        low=1.0,
        close=2.0,
        volume=0.0,
    )

    (last,) = record_bars([hour], now=LONG_AFTER)

    assert last.closes_at == opens_at + timedelta(hours=6.5)
    from_midnight = replace(hour, opened_at=opens_at - timedelta(minutes=30))
    with pytest.raises(BarRefused, match="that one opened at 2026-01-06T14:30:00"):
        record_bars([from_midnight], now=LONG_AFTER)
