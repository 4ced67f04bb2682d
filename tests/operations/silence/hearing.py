"""A script that somebody waits for, bars that come for it, and looks at whether it speaks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from execution.models import Execution, ExecutionStatus
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest
from execution.services.silences import SilenceWatch
from market.bars import NewBar
from market.models import ReplayFeed
from market.services.bars import record_bars
from tests.execution.conftest import session_bar

IBM = RunRequest(instrument_key="IBM")
SECOND = timedelta(seconds=1)


def speak(at: datetime, timeframe: str = "1d", **more: Any) -> None:
    """Let what is due run, and end in some way."""
    run_markets([("IBM", timeframe)], now=at)
    given = {"status": ExecutionStatus.COMPLETED, "outcome": "ok", **more}
    Execution.objects.filter(finished_at=None).update(
        queued_at=at, started_at=at, finished_at=at, lease_until=None, **given
    )


def bring(day: int, feed: ReplayFeed, at: datetime) -> None:
    record_bars([session_bar(day)], now=at)
    ReplayFeed.objects.filter(pk=feed.pk).update(updated_at=at)


def look(watch: SilenceWatch, at: datetime) -> tuple[int, int]:
    heard = watch.look(now=at)
    assert heard is not None
    return heard.begun, heard.ended


def minute_bar(minute: int) -> NewBar:
    """Return a bar of a Monday's trading, so many minutes after the start of an hour."""
    return NewBar(
        instrument_key="IBM",
        timeframe="1m",
        opened_at=datetime(2026, 1, 5, 15, minute, tzinfo=UTC),
        open=100.0,
        high=101.0,
        low=99.0,
        close=100.0,
        volume=10.0,
    )
