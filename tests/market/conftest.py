from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from django.db import connection

from accounts.models import User
from market import us_equities
from market.feeds.replay import Recording
from market.intake_stream import INTAKE_STREAM
from market.models import ReplayFeed
from market.services.history import load_instruments
from market.services.replay import prepare_replay
from tests.market.prices import LATER, make_instrument

# The last four sessions of the recording: a replay that ends soon.
LATE_START = us_equities.recording().sessions[-4].opened_at


@pytest.fixture(scope="session")
def recording() -> Recording:
    return us_equities.recording()


@pytest.fixture
def feed(recording: Recording, olga: User) -> ReplayFeed:
    """A replay of the four last sessions of the recording."""
    load_instruments(now=LATER)
    return prepare_replay(
        recording,
        name="demo",
        instruments=["AAPL", "FB", "GOOG", "IBM", "MSFT"],
        starts_at=LATE_START,
        bars_per_second=2.0,
        acting_user=olga,
        now=LATER,
    )


@pytest.fixture
def stream(redis_client: redis.Redis, db: None) -> Iterator[redis.Redis]:
    """An intake stream without an entry, and one instrument; nobody leads after the test."""
    make_instrument("AAPL")
    redis_client.delete(INTAKE_STREAM)
    yield redis_client
    redis_client.delete(INTAKE_STREAM)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")
