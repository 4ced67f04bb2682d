"""The clock of a trial on a bar is that of a realtime run for it: when the bar closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from execution.services.history import read_history
from gateway.requests import MarketDataRequest
from market.bars import NewBar
from market.due_bars import last_bars
from market.models import Instrument
from market.services.bars import record_bars, record_history
from tests.market.prices import make_instrument

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 1, 12, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
AFTER_HOURS = 500.0


def bar(timeframe: str, opened_at: datetime, *, close: float = 100.0) -> NewBar:
    return NewBar(
        instrument_key="AAPL",
        timeframe=timeframe,
        opened_at=opened_at,
        open=close,
        high=close + 1,
        low=close - 1,
        close=close,
        volume=1.0,
    )


def clocks(ada: User, timeframe: str, bars: int = 99) -> list[datetime]:
    """Return the clock of a trial on each of the newest bars."""
    history = read_history(
        ada,
        instrument_key="AAPL",
        timeframe=timeframe,
        params={},
        script_id="x",
        bars=bars,
        now=NOW,
    )
    return [history.closes_at(number) for number in range(len(history))]


def minutes_of_two_sessions(opens: list[datetime], *, minutes: int) -> None:
    for opens_at in opens:
        session = [bar("1m", opens_at + n * MINUTE) for n in range(minutes)]
        rest = range(minutes + 30, minutes + 35)
        session += [bar("1m", opens_at + n * MINUTE, close=AFTER_HOURS) for n in rest]
        record_bars(session, now=session[-1].closes_at)


def test_a_day_of_minutes_is_tried_when_its_session_closes(ada: User) -> None:
    make_instrument("AAPL")
    opens = [datetime(2026, 1, day, 14, 30, tzinfo=UTC) for day in (5, 6)]
    minutes_of_two_sessions(opens, minutes=390)

    found = clocks(ada, "1d")

    assert found == [opens_at + 390 * MINUTE for opens_at in opens]
    in_realtime = last_bars("AAPL", "1d", as_of=NOW, limit=2)
    assert found == [due.known_at for due in reversed(in_realtime)]


def test_a_day_in_sydney_is_tried_before_the_next_session_begins(ada: User) -> None:
    make_instrument("AAPL")
    Instrument.objects.update(exchange="ASX")
    opens = [datetime(2026, 1, day, 23, tzinfo=UTC) for day in (5, 6)]
    minutes_of_two_sessions(opens, minutes=360)

    history = read_history(
        ada, instrument_key="AAPL", timeframe="1d", params={}, script_id="x", bars=2, now=NOW
    )

    assert history.opened_at(0) == datetime(2026, 1, 6, tzinfo=UTC)
    assert history.closes_at(0) == opens[0] + 360 * MINUTE < opens[1]


def test_the_last_hour_of_a_session_is_tried_when_the_session_closes(ada: User) -> None:
    make_instrument("AAPL")
    opens_at = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
    record_history([bar("1m", opens_at + n * MINUTE) for n in range(390)], now=NOW)

    found = clocks(ada, "1h")

    assert found[-2:] == [opens_at + 6 * HOUR, opens_at + 6.5 * HOUR]


def test_days_that_were_sent_as_days_are_tried_when_their_dates_are_over(ada: User) -> None:
    make_instrument("AAPL")
    monday = datetime(2026, 1, 5, tzinfo=UTC)
    record_history([bar("1d", monday + n * DAY) for n in range(5)], now=NOW)

    assert clocks(ada, "1d") == [monday + (n + 1) * DAY for n in range(5)]
    # Counted from 1970: the 2nd to the 6th, and the 7th to the 11th, a Sunday.
    assert clocks(ada, "5d") == [monday + 2 * DAY, monday + 5 * DAY]


def test_on_its_clock_a_trial_reads_its_own_bar_as_the_newest(ada: User) -> None:
    make_instrument("AAPL")
    opens = [datetime(2026, 1, day, 14, 30, tzinfo=UTC) for day in (5, 6)]
    minutes_of_two_sessions(opens, minutes=390)
    history = read_history(
        ada, instrument_key="AAPL", timeframe="1d", params={}, script_id="x", bars=2, now=NOW
    )

    for timeframe in ("1d", "1m"):
        request = MarketDataRequest(timeframe=timeframe, bars=1)
        table = history.reader(1).read(request)
        assert table.columns["close"].tolist() == [100.0]
