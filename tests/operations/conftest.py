"""A market with a script that somebody is subscribed to, and runs down the real spine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import redis
from django.test import Client

from accounts.models import User
from execution.services import drains
from execution.services.requests import RunRequest
from execution.services.subscriptions import subscribe
from market.bars import NewBar
from market.models import ReplayFeed
from registry.models import ScriptVersion
from signalhub.operations import kept
from tests import factories
from tests.execution.conftest import (  # noqa: F401  the market and the queue they know
    empty_queue,
    ibm,
    three_sessions,
)

IBM = RunRequest(instrument_key="IBM")


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def close(
    ada: User,
    rita: User,
    three_sessions: list[NewBar],  # noqa: F811  the fixture
    now: datetime,
) -> ScriptVersion:
    version = factories.make_published_version(ada, rita, name="Close")
    subscribe(version.script, IBM, acting_user=ada, now=now)
    return version


@pytest.fixture
def feed(now: datetime) -> ReplayFeed:
    """Return a replay that brings IBM's next session every two seconds."""
    return ReplayFeed.objects.create(
        name="demo",
        instruments=["IBM"],
        starts_at=now,
        bars_per_second=0.5,
        as_of=now,
        sessions_total=100,
        updated_at=now,
    )


@pytest.fixture
def operator(browser: Client, olga: User) -> Client:
    browser.force_login(olga)
    return browser


@pytest.fixture
def machine(redis_client: redis.Redis) -> Iterator[str]:
    drains.report("working")
    [worker] = drains.workers()
    yield worker.machine
    redis_client.delete(drains.KEY)


@pytest.fixture(autouse=True)
def _sections_of_this_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Show what a test has just changed by itself; what is kept has tests of its own."""
    monkeypatch.setattr(kept, "BELIEVED_SECONDS", 0.0)
