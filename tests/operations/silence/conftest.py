"""A script on a market of Monday noon, and somebody who waits for what it says."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from accounts.models import User
from execution.services.subscriptions import subscribe
from market.bars import NewBar
from registry.models import Script, ScriptVersion
from tests import factories
from tests.operations.silence.hearing import IBM


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def version(ada: User, rita: User, three_sessions: list[NewBar]) -> ScriptVersion:
    return factories.make_published_version(ada, rita, name="Close")


@pytest.fixture
def script(version: ScriptVersion, ada: User, now: datetime) -> Script:
    subscribe(version.script, IBM, acting_user=ada, now=now)
    return version.script
