"""The word that a run is done: it wakes whoever waits, and its loss is no trouble to the run."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from pytest_django import Settings

from accounts.models import User
from execution import queue
from execution.models import Execution
from market.bars import NewBar
from tests.execution.pending import make_pending
from tests.factories import make_published_version

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY_LISTENS = "redis://127.0.0.1:1/0"


@pytest.fixture
def executions(
    ada: User, rita: User, three_sessions: list[NewBar], now: datetime
) -> list[Execution]:
    version = make_published_version(ada, rita)
    return make_pending(version, [ada], now=now, instruments=("IBM", "AAPL", "MSFT"))


@pytest.fixture
def without_redis(settings: Settings) -> Iterator[None]:
    settings.REDIS_URL = NOBODY_LISTENS
    queue._announcer.cache_clear()
    yield
    queue._announcer.cache_clear()


def test_each_of_those_that_end_together_wakes_who_waits_for_it(
    executions: list[Execution],
) -> None:
    queue.announce_done(executions[:2])

    woken = [queue.wait_until_done(one.pk, seconds=0.05) for one in executions]

    assert woken == [True, True, False]


def test_an_end_that_cannot_be_announced_is_an_end_all_the_same(
    executions: list[Execution], without_redis: None, caplog: pytest.LogCaptureFixture
) -> None:
    queue.announce_done(executions)

    assert "ends_not_announced" in caplog.text
