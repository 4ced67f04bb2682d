"""Bars read once for several runs are the bars each would have read alone."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gateway.windows import Windows
from market import queries
from market.services.bars import record_history
from tests.gateway.conftest import close_of_day, microsecond_before
from tests.market.prices import DAY, FIRST_DAY, LATER, new_bar

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def long_history(history: None) -> None:
    record_history([new_bar(day=30 + day, close=100.0 + day % 7) for day in range(600)], now=LATER)


@pytest.mark.parametrize(
    "as_of",
    [
        close_of_day(2),
        microsecond_before(close_of_day(2)),
        FIRST_DAY + timedelta(days=320),
        FIRST_DAY + timedelta(days=800),
        FIRST_DAY - DAY,
    ],
)
def test_a_window_has_what_a_read_of_its_own_would_find(as_of: datetime) -> None:
    windows = Windows()

    for limit in (3, 1, 50, 255, 256, 257, 2, 700, 5000, 4):
        shared = windows("AAPL", "1d", as_of=as_of, limit=limit)
        alone = queries.bars_between("AAPL", "1d", as_of=as_of, limit=limit)
        np.testing.assert_array_equal(shared.opened_at_ns, alone.opened_at_ns)
        for name, column in alone.values.items():
            np.testing.assert_array_equal(shared.values[name], column)


def test_runs_of_one_instant_share_one_read() -> None:
    windows = Windows()
    as_of = FIRST_DAY + timedelta(days=500)

    with CaptureQueriesContext(connection) as alone:
        queries.bars_between("AAPL", "1d", as_of=as_of, limit=50)
    with CaptureQueriesContext(connection) as captured:
        for limit in range(1, 51):
            windows("AAPL", "1d", as_of=as_of, limit=limit)
    assert len(captured) == len(alone)

    with CaptureQueriesContext(connection) as captured:
        windows("AAPL", "1d", as_of=as_of + DAY, limit=5)
    assert len(captured) == len(alone)
