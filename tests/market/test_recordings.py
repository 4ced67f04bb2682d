"""A file of somebody's own as a feed: history before the start, then session after session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from market.bars import NewBar
from market.models import Bar, Instrument, ReplayFeed
from market.services.corrections import correct_bars
from market.services.history import load_instruments
from tests.market.oracle import make_coin
from tests.market.prices import LATER, make_instrument

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
MINUTES = 6
HEAD = "instrument,timeframe,opened_at,open,high,low,close,volume\n"


def rows_of(key: str, *, last_close: float = 105.0) -> str:
    closes = [*(100.0 + minute for minute in range(MINUTES - 1)), last_close]
    return "".join(
        f"{key},1m,{(FIRST + timedelta(minutes=minute)).isoformat()},"
        f"{close},{close + 1},{close - 1},{close},10\n"
        for minute, close in enumerate(closes)
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    load_instruments(now=LATER)
    path = tmp_path / "Minutes of IBM.csv"
    path.write_text(HEAD + rows_of("IBM") + rows_of("AAPL"))
    return path


def play(path: Path, **options: object) -> None:
    call_command("run_feed", recording=path, pace=1000.0, until_finished=True, **options)


def bars_of(key: str) -> list[Bar]:
    return list(Bar.objects.filter(instrument_key=key, timeframe="1m").order_by("opened_at"))


def test_every_bar_of_a_file_is_played_once_however_often_it_is_begun(path: Path) -> None:
    play(path)
    play(path)

    feed = ReplayFeed.objects.get()
    assert (feed.name, feed.timeframe, feed.instruments) == (
        "minutes-of-ibm",
        "1m",
        ["AAPL", "IBM"],
    )
    assert feed.progress == "session 6 of 6"
    assert feed.position == "2026-01-05 14:36"
    assert feed.finished_at is not None
    for key in ("IBM", "AAPL"):
        assert [bar.close for bar in bars_of(key)] == [100, 101, 102, 103, 104, 105]
        assert not any(bar.is_history for bar in bars_of(key))


def test_what_closes_before_the_start_is_history_and_an_open_bar_is_played(path: Path) -> None:
    play(path, starts_at=FIRST + timedelta(minutes=3, seconds=30))

    assert ReplayFeed.objects.get().progress == "session 3 of 3"
    # The newest of the history is what a new subscriber begins with.
    assert [bar.is_history for bar in bars_of("IBM")] == [True, True, False, False, False, False]


def test_another_file_under_the_same_name_is_refused(path: Path) -> None:
    play(path, name="mine")
    path.write_text(HEAD + rows_of("IBM", last_close=106.0))

    with pytest.raises(CommandError, match="'mine' plays another recording"):
        play(path, name="mine")

    assert bars_of("IBM")[-1].close == 105


def test_a_file_does_not_go_on_in_the_place_of_the_projects_own_recording(path: Path) -> None:
    call_command("load_prices", verbosity=0)

    with pytest.raises(CommandError, match="'demo' plays another recording"):
        play(path, name="demo")


def test_what_cannot_be_played_is_said_before_anything_is(path: Path) -> None:
    path.write_text(HEAD + rows_of("IBM") + "IBM,1m,yesterday,1,1,1,1,1\n")

    with pytest.raises(CommandError, match="Row 7: opened_at"):
        play(path)

    assert not ReplayFeed.objects.exists()
    assert not Bar.objects.exists()


def test_a_start_without_a_file_and_a_file_without_a_name_are_refused(
    path: Path, tmp_path: Path
) -> None:
    with pytest.raises(CommandError, match="say --recording as well"):
        call_command("run_feed", starts_at=FIRST)
    nameless = tmp_path / "….csv"
    nameless.write_bytes(path.read_bytes())
    with pytest.raises(CommandError, match="say --name"):
        play(nameless)
    with pytest.raises(CommandError, match="needs a time zone"):
        call_command("run_feed", "--starts-at", "2026-01-05T14:30:00", "--recording", str(path))


HOUR = timedelta(hours=1)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
# Two hours of Tokyo: each session's bars are counted from its opening, and end with it.
MORNING = datetime(2025, 6, 3, tzinfo=UTC)
TOKYO = [MORNING + hours * HOUR for hours in (0, 2, 3.5, 5.5)]


def hours_of(key: str, timeframe: str, opened: list[datetime]) -> str:
    return "".join(f"{key},{timeframe},{at.isoformat()},10,11,9,10,1\n" for at in opened)


def opened_of(key: str, timeframe: str) -> list[datetime]:
    bars = Bar.objects.filter(instrument_key=key, timeframe=timeframe).order_by("opened_at")
    return list(bars.values_list("opened_at", flat=True))


@pytest.fixture
def hours(tmp_path: Path) -> Path:
    """Six hours of a market that is always open, and four of one that opens at half past."""
    make_coin("BTC")
    make_instrument("AAPL")
    path = tmp_path / "hours.csv"
    coin = hours_of("BTC", "1h", [NOON + n * HOUR for n in range(6)])
    share = hours_of("AAPL", "1h", [NOON + 2.5 * HOUR + n * HOUR for n in range(4)])
    path.write_text(HEAD + coin + share)
    return path


@pytest.fixture
def tokyo(tmp_path: Path) -> Path:
    Instrument.objects.create(
        key="7203",
        name="Toyota",
        kind="equity",
        currency="JPY",
        exchange="TSE",
        timezone="Asia/Tokyo",
        created_at=LATER,
    )
    path = tmp_path / "tokyo.csv"
    path.write_text(HEAD + hours_of("7203", "2h", TOKYO))
    return path


def test_instruments_whose_hours_begin_apart_are_all_played(hours: Path) -> None:
    play(hours)

    assert (len(opened_of("BTC", "1h")), len(opened_of("AAPL", "1h"))) == (6, 4)
    assert ReplayFeed.objects.get().progress == "session 10 of 10"


def test_a_session_that_begins_when_another_ends_early_is_played(tokyo: Path) -> None:
    play(tokyo)

    assert opened_of("7203", "2h") == TOKYO
    feed = ReplayFeed.objects.get()
    # Tokyo closes at 15:30: the last two hours are one.
    assert (feed.progress, feed.position) == ("session 4 of 4", "2025-06-03 06:30")


@pytest.mark.parametrize("minutes", range(0, 7 * 60, 15))
def test_every_bar_is_either_history_or_played_wherever_it_starts(
    hours: Path, minutes: int
) -> None:
    starts_at = NOON + timedelta(minutes=minutes)
    play(hours, starts_at=starts_at)

    played = Bar.objects.filter(timeframe="1h", closes_at__gt=starts_at)
    assert Bar.objects.filter(timeframe="1h").count() == 10
    assert not played.filter(is_history=True).exists()


def test_a_replay_from_before_goes_on_where_it_stood(tokyo: Path) -> None:
    play(tokyo)
    # It reckoned that the second bar closes at 13:00, and that a session is missing after it.
    Bar.objects.filter(opened_at__gt=TOKYO[1]).delete()
    ReplayFeed.objects.update(
        as_of=TOKYO[1] + 2 * HOUR, sessions_done=2, sessions_total=3, finished_at=None
    )

    play(tokyo)

    assert opened_of("7203", "2h") == TOKYO
    assert ReplayFeed.objects.get().progress == "session 4 of 4"


def test_history_that_was_corrected_stays_so_when_a_replay_begins_again(path: Path) -> None:
    play(path, starts_at=FIRST + timedelta(minutes=4))
    [first, *_] = bars_of("IBM")
    correct(first, close=101.0)

    play(path)

    assert bars_of("IBM")[0].close == 101
    Bar.objects.filter(pk=first.pk).update(close=100.5)
    correct(first, close=100.25)
    play(path)
    assert bars_of("IBM")[0].close == 100.25, "what it said at first is what counts"


def test_history_that_was_never_said_so_is_refused(path: Path) -> None:
    play(path, starts_at=FIRST + timedelta(minutes=4))
    [first, *_] = bars_of("IBM")
    Bar.objects.filter(pk=first.pk).update(close=100.5)

    with pytest.raises(CommandError, match="IBM 1m 2026-01-05 14:30 is recorded with other"):
        play(path)


def correct(bar: Bar, *, close: float) -> None:
    better = NewBar(
        instrument_key=bar.instrument_key,
        timeframe=bar.timeframe,
        opened_at=bar.opened_at,
        open=bar.open,
        high=bar.high + 1,
        low=bar.low,
        close=close,
        volume=bar.volume,
    )
    at = LATER + timedelta(days=1)
    correct_bars([better], known_at=at, reason="They said so.", acting_user=None, now=at)


def test_the_projects_own_prices_are_loaded_again_after_a_correction() -> None:
    call_command("load_prices", verbosity=0)
    old = Bar.objects.filter(instrument_key="IBM", timeframe="1d").order_by("opened_at")[5]
    correct(old, close=old.close + 0.5)

    call_command("load_prices", verbosity=0)

    assert Bar.objects.get(pk=old.pk).close == old.close + 0.5
