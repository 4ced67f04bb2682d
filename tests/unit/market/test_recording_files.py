"""Recordings from files of bars: what is read, and what is told of a file that is none."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from market.calendars import Calendar, calendar_of
from market.feeds.recording_files import digest_of, read_content, recording_in
from market.feeds.replay import Recording, RecordingUnreadable

HEAD = "instrument,timeframe,opened_at,open,high,low,close,volume"
FIRST = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
NOW = datetime(2026, 1, 6, tzinfo=UTC)


def calendar_for(key: str) -> Calendar | None:
    return calendar_of("NYSE") if key in ("AAPL", "IBM") else None


def row(key: str = "AAPL", minute: int = 0, **changed: str) -> str:
    opened_at = (FIRST + timedelta(minutes=minute)).isoformat()
    fields = {
        "instrument": key,
        "timeframe": "1m",
        "opened_at": opened_at,
        **dict.fromkeys(("open", "high", "low", "close"), str(100 + minute)),
        "volume": "10",
    }
    return ",".join({**fields, **changed}.values())


def read(*rows: str) -> Recording:
    return recording_in("\n".join((HEAD, *rows)).encode(), now=NOW, calendar_for=calendar_for)


def test_the_bars_of_one_instant_come_together_in_order_whatever_the_files_order() -> None:
    recording = read(row("IBM", 1), row("AAPL", 1), row("AAPL", 0))

    assert [
        (session.opened_at, [bar.instrument_key for bar in session.bars])
        for session in recording.sessions
    ] == [(FIRST, ["AAPL"]), (FIRST + timedelta(minutes=1), ["AAPL", "IBM"])]
    assert recording.sessions[0].closes_at == FIRST + timedelta(minutes=1)
    assert recording.timeframe == "1m"
    assert recording.instrument_keys == ["AAPL", "IBM"]


def test_parquet_is_read_as_csv_is() -> None:
    names = HEAD.split(",")
    values = [
        ["AAPL", "1m", FIRST + timedelta(minutes=at), 1.0, 2.0, 0.5, 1.5, 3.0] for at in (1, 0)
    ]
    table = pa.Table.from_pylist([dict(zip(names, one, strict=True)) for one in values])
    file = io.BytesIO()
    pq.write_table(table, file)

    recording = recording_in(file.getvalue(), now=NOW, calendar_for=calendar_for)

    assert [session.bars[0].values for session in recording.sessions] == [(1, 2, 0.5, 1.5, 3)] * 2
    assert recording.sessions[0].opened_at == FIRST


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((), "no bar below its head"),
        ((row(), row(minute=1, high="1")), "Row 2: high"),
        ((row("TSLA"),), "Row 1: there is no instrument 'TSLA'"),
        ((row(volume="many"),), "Row 1: volume"),
        ((row(opened_at="2026-01-05T14:30:00"),), "Row 1: opened_at needs a time zone"),
        ((row(), row(timeframe="5m")), "bars of 1m, 5m; a recording has one timeframe"),
        ((row(), row()), "AAPL 1m 2026-01-05 14:30 is there twice"),
        ((row(opened_at="2026-01-06T14:30:00Z"),), "Row 1: opened_at"),
    ],
)
def test_a_file_that_is_no_recording_is_told_why(rows: tuple[str, ...], said: str) -> None:
    with pytest.raises(RecordingUnreadable, match=said):
        read(*rows)


def test_a_file_of_other_columns_is_told_which_there_are() -> None:
    with pytest.raises(RecordingUnreadable, match="no column instrument, timeframe"):
        recording_in(b"symbol,date\n", now=NOW, calendar_for=calendar_for)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingUnreadable, match=r"absent\.csv: No such file"):
        read_content(tmp_path / "absent.csv")
    with pytest.raises(RecordingUnreadable, match="Is a directory"):
        read_content(tmp_path)


def test_a_recording_is_known_again_by_its_bytes() -> None:
    assert digest_of(b"a") == digest_of(b"a") != digest_of(b"b")
