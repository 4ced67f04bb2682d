"""A file of somebody's own as a feed: history before the start, then session after session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from market.models import Bar, ReplayFeed
from market.services.history import load_instruments
from tests.market.prices import LATER

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
