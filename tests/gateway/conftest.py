from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from accounts.models import User
from market.services.bars import record_history
from registry.models import Script
from streams.models import Stream
from streams.publishing import NewOutput, publish_outputs, stream_for
from tests import factories
from tests.market.prices import DAY, FIRST_DAY, LATER, make_instrument, new_bar, new_bars

CLOSES = [100.0 + day for day in range(30)]


def close_of_day(day: int) -> datetime:
    """Return when the bar of a day closes."""
    return FIRST_DAY + (day + 1) * DAY


@pytest.fixture
def history(db: None) -> None:
    """Thirty days of AAPL and one of IBM."""
    make_instrument("AAPL")
    make_instrument("IBM")
    record_history([*new_bars(CLOSES), new_bar("IBM", close=50.0)], now=LATER)


@pytest.fixture
def script(ada: User, rita: User) -> Script:
    return factories.make_published_version(ada, rita, name="Momentum").script


@pytest.fixture
def stream(script: Script, history: None) -> Stream:
    """The script's outputs of five days, the number of the day as value."""
    stream = stream_for(script, "AAPL", "1d", {})
    outputs: list[NewOutput] = [
        {
            "value": day,
            "timestamp": close_of_day(day).isoformat(),
            "metadata": {"note": f"day {day}"},
        }
        for day in range(5)
    ]
    with transaction.atomic():
        publish_outputs(stream, outputs, execution_id=None, bar_opened_at=None)
    return stream


def microsecond_before(instant: datetime) -> datetime:
    """Return the latest instant before another."""
    return instant - timedelta(microseconds=1)
