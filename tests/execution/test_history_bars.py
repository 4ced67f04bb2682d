"""What a file brings is read by everybody and run for by nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from accounts.models import User
from execution.listened import listened_to
from execution.models import Execution, ExecutionStatus
from execution.services.market_watch import MarketWatch
from execution.services.realtime import run_markets
from execution.services.requests import RunRequest
from execution.services.subscriptions import subscribe
from market.bars import NewBar
from market.models import Bar, Instrument
from market.queries import bars_between
from market.services.bars import record_bars, record_history
from market.services.keeping import keep_timeframe
from registry.models import ScriptVersion
from tests import factories
from tests.execution.conftest import session_bar
from tests.market.oracle import make_coin, minutes_of

pytestmark = pytest.mark.django_db

CLOSE = 'emit_signal({"value": float(get_market_data(bars=1)["close"].iloc[-1])})\n'


@pytest.fixture
def close(ada: User, rita: User, ibm: Instrument) -> ScriptVersion:
    return factories.make_published_version(ada, rita, name="Close", source=CLOSE)


@pytest.fixture
def watch(close: ScriptVersion, ada: User, now: datetime) -> MarketWatch:
    subscribe(close.script, RunRequest(instrument_key="IBM"), acting_user=ada, now=now)
    return MarketWatch()


def run_for(watch: MarketWatch, now: datetime) -> list[datetime | None]:
    for seconds in range(7):  # looks at what changed, and at everything
        watch.run_due(now=now + timedelta(seconds=seconds))
    run_markets([("IBM", "1d")], now=now)
    return list(Execution.objects.order_by("due_at").values_list("bar_opened_at", flat=True))


def opened(*bars: NewBar) -> list[datetime]:
    return [bar.opened_at for bar in bars]


def test_an_upload_to_a_new_instrument_sets_off_no_script(
    watch: MarketWatch, now: datetime
) -> None:
    for first in (0, 10, 20):
        record_history([session_bar(day) for day in range(first, first + 10)], now=now)

        assert run_for(watch, now) == []

    assert len(bars_between("IBM", "1d", as_of=now, limit=99)) == 30


def test_an_upload_of_newer_bars_sets_off_no_script_and_holds_up_no_live_one(
    watch: MarketWatch, now: datetime
) -> None:
    record_bars([session_bar(0)], now=now)
    assert run_for(watch, now) == opened(session_bar(0))

    record_history([session_bar(day) for day in range(1, 10)], now=now)
    assert run_for(watch, now) == opened(session_bar(0))

    record_bars([session_bar(10)], now=now)
    assert run_for(watch, now) == opened(session_bar(0), session_bar(10))


def test_nobody_is_told_that_a_run_is_lacking_for_what_a_file_brought(
    watch: MarketWatch, now: datetime
) -> None:
    record_bars([session_bar(0)], now=now)
    run_for(watch, now)
    Execution.objects.update(
        status=ExecutionStatus.COMPLETED, outcome="ok", started_at=now, finished_at=now
    )
    record_history([session_bar(day) for day in range(1, 10)], now=now)

    [stream] = listened_to(now=now)

    assert stream.newest == session_bar(0).opened_at
    assert not stream.lacks_a_run


def test_live_bars_that_are_older_than_a_file_are_run_for(
    watch: MarketWatch, now: datetime
) -> None:
    record_bars([session_bar(0)], now=now)
    run_for(watch, now)
    record_history([session_bar(day) for day in range(20, 40)], now=now)

    record_bars([session_bar(1)], now=now)
    record_bars([session_bar(2), session_bar(20)], now=now)

    assert run_for(watch, now) == opened(session_bar(0), session_bar(1), session_bar(2))


def test_longer_bars_are_history_when_all_they_are_made_of_is() -> None:
    make_coin()
    start = datetime(2026, 1, 5, tzinfo=now_utc().tzinfo)
    minutes = minutes_of("BTC", [(start, start + timedelta(minutes=20))], gaps=0)
    keep_timeframe("BTC", "5m", now=now_utc())
    record_history(minutes[:12], now=now_utc())

    record_bars(minutes[12:], now=now_utc())

    fives = Bar.objects.filter(timeframe="5m").order_by("opened_at")
    assert list(fives.values_list("is_history", flat=True)) == [True, True, False, False]


def now_utc() -> datetime:
    return datetime.fromisoformat("2026-01-06T12:00:00+00:00")
