"""A market with a few sessions, and executions run in this process, down the real spine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django_q.brokers import get_broker

from execution.models import Execution, ExecutionStatus
from execution.sandbox.jailer import Sandbox
from execution.services import runs
from execution.services.prices import Prices, bundled_prices
from market.bars import NewBar
from market.models import Instrument
from market.services.bars import record_bars

FIRST_SESSION = datetime(2006, 1, 2, tzinfo=UTC)
Sessions = Callable[[int], list[NewBar]]


def session_bar(day: int, instrument_key: str = "IBM") -> NewBar:
    """Return the daily bar of a session; the close is 100 plus the number of the day."""
    close = 100.0 + day
    return NewBar(
        instrument_key=instrument_key,
        timeframe="1d",
        opened_at=FIRST_SESSION + timedelta(days=day),
        open=close,
        high=close + 1,
        low=close - 1,
        close=close,
        volume=1000.0,
    )


@pytest.fixture(scope="module")
def proving_sandbox() -> Iterator[Sandbox]:
    with Sandbox() as started:
        yield started


@pytest.fixture(scope="module")
def two_shares() -> Prices:
    """Return the bundled prices of two shares: enough to prove or disprove, and quick."""
    return Prices(instruments=("AAPL", "MSFT"), load=bundled_prices().load)


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def ibm(db: None, now: datetime) -> Instrument:
    return Instrument.objects.create(
        key="IBM",
        name="IBM",
        kind="equity",
        currency="USD",
        exchange="NYSE",
        timezone="America/New_York",
        created_at=now,
    )


@pytest.fixture
def three_sessions(ibm: Instrument, now: datetime) -> list[NewBar]:
    return record_bars([session_bar(day) for day in range(3)], now=now)


@pytest.fixture(autouse=True)
def empty_queue() -> Iterator[None]:
    """Nothing another test queued is left, and nothing this one queues stays."""
    get_broker().purge_queue()
    yield
    get_broker().purge_queue()


def run_everything() -> list[Execution]:
    """Run what is pending, and what that makes pending, as a worker would; return it in order."""
    done: list[UUID] = []
    while (
        pending := Execution.objects.filter(status=ExecutionStatus.PENDING).order_by("pk").first()
    ):
        runs.run_execution(str(pending.pk))
        done.append(pending.pk)
    return [Execution.objects.get(pk=pk) for pk in done]
