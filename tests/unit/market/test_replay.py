from __future__ import annotations

import gzip
import hashlib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from market import us_equities
from market.feeds.replay import NotInRecording, RecordingUnreadable, read_daily_recording

HEADER = "symbol,date,open,high,low,close,volume\n"


def close_of(key: str, year: int, month: int, day: int) -> float:
    instant = datetime(year, month, day, tzinfo=UTC)
    session = us_equities.recording().next_after(instant)
    assert session is not None
    assert session.opened_at == instant
    return next(bar.close for bar in session.bars if bar.instrument_key == key)


def test_the_recording_is_the_file_that_the_notice_describes() -> None:
    notice = (us_equities.PATH.parent / "NOTICE.md").read_text()

    assert hashlib.sha256(us_equities.PATH.read_bytes()).hexdigest() in notice
    assert "public domain" in notice


def test_the_recording_has_every_row_of_its_source() -> None:
    sessions = us_equities.recording().sessions
    rows = Counter(bar.instrument_key for session in sessions for bar in session.bars)

    assert rows == {"AAPL": 3270, "IBM": 3270, "MSFT": 3270, "GOOG": 2148, "FB": 196}
    assert rows.total() == 12_154
    assert sessions[0].opened_at == datetime(2000, 3, 1, tzinfo=UTC)
    assert sessions[-1].opened_at == datetime(2013, 3, 1, tzinfo=UTC)


def test_prices_are_as_traded() -> None:
    assert close_of("AAPL", 2000, 3, 1) == 130.31
    assert close_of("AAPL", 2013, 3, 1) == 430.47
    assert close_of("GOOG", 2004, 8, 19) == 100.335
    assert close_of("FB", 2012, 5, 18) == 38.2318
    # The figures of the source's description: two splits, and a fall that was none.
    split_2000 = close_of("AAPL", 2000, 6, 21) / close_of("AAPL", 2000, 6, 20) - 1
    split_2005 = close_of("AAPL", 2005, 2, 28) / close_of("AAPL", 2005, 2, 25) - 1
    crash = close_of("AAPL", 2000, 9, 29) / close_of("AAPL", 2000, 9, 28) - 1
    assert [round(100 * move, 1) for move in (split_2000, split_2005, crash)] == [
        -45.1,
        -49.6,
        -51.9,
    ]


def test_the_replay_has_1802_sessions_and_the_rest_is_history() -> None:
    recording = us_equities.recording()
    start = us_equities.REPLAY_STARTS_AT

    assert recording.count_after(start) == 1802
    assert len(list(recording.sessions_after(start))) == 1802
    assert max(bar.closes_at for bar in recording.bars_before(start)) <= start
    replayed = sum(len(session.bars) for session in recording.sessions_after(start))
    assert len(recording.bars_before(start)) + replayed == 12_154


def test_sessions_come_in_order_each_with_the_bars_of_its_date() -> None:
    sessions = us_equities.recording().sessions

    opened = [session.opened_at for session in sessions]
    assert opened == sorted(set(opened))
    for session in sessions:
        assert {bar.opened_at for bar in session.bars} == {session.opened_at}
        assert {bar.closes_at for bar in session.bars} == {session.closes_at}


def test_a_recording_can_be_narrowed_to_some_instruments() -> None:
    facebook = us_equities.recording().only(["FB"])

    assert len(facebook.sessions) == 196
    with pytest.raises(NotInRecording, match=r"TSLA.*AAPL, FB, GOOG, IBM, MSFT"):
        us_equities.recording().only(["FB", "TSLA"])


def written(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()))
    return path


def test_an_unreadable_recording_names_the_file_and_the_line(tmp_path: Path) -> None:
    missing = tmp_path / "absent.csv.gz"
    bad_row = written(
        tmp_path / "row.csv.gz", f"{HEADER}AAPL,2000-01-03,1,2,1,1,5\nAAPL,x,1,2,1,1,5\n"
    )
    short_row = written(tmp_path / "short.csv.gz", f"{HEADER}AAPL,2000-01-03,1,2\n")
    no_column = written(tmp_path / "column.csv.gz", "symbol,date\n")
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress((HEADER * 100).encode())[:-10])

    for path, said in [
        (missing, "absent.csv.gz"),
        (bad_row, "row.csv.gz, line 3"),
        (short_row, "short.csv.gz, line 2"),
        (no_column, "no column close, high, low, open, volume"),
        (cut, "cut.csv.gz"),
    ]:
        with pytest.raises(RecordingUnreadable, match=said):
            read_daily_recording(path)
