"""A published script, an instrument with bars, and a stream with outputs for the pages to show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from common.clock import utc_now
from execution.models import Subscription
from market.models import Bar, Instrument, InstrumentKind
from registry.models import Script
from streams.models import Stream
from streams.publishing import NewOutput, publish_outputs, stream_for
from tests import factories

FIRST_SESSION = datetime(2003, 5, 1, tzinfo=UTC)
SignIn = Callable[[User], Client]


@pytest.fixture
def signed_in() -> SignIn:
    """Return a function that gives somebody's browser, signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def script(ada: User, rita: User, sam: User) -> Script:
    """Publish ada's script, open to sam."""
    version = factories.make_published_version(ada, rita, name="Relative strength index")
    factories.make_entitlement(version.script, sam)
    return Script.objects.select_related("current_version", "owner").get(pk=version.script_id)


@pytest.fixture
def instrument(db: None) -> Instrument:
    """Load IBM with three bars."""
    loaded = Instrument.objects.create(
        key="IBM",
        name="International Business Machines",
        kind=InstrumentKind.EQUITY,
        currency="USD",
        exchange="NYSE",
        timezone="America/New_York",
        created_at=utc_now(),
    )
    for day in range(3):
        add_bar("IBM", FIRST_SESSION + timedelta(days=day))
    return loaded


@pytest.fixture
def stream(script: Script, instrument: Instrument, sam: User) -> Stream:
    """Subscribe sam on IBM and publish one output per bar, the last of them a signal."""
    Subscription.objects.create(
        user=sam,
        script=script,
        instrument_key="IBM",
        timeframe="1d",
        params_sha256="",
        created_at=utc_now(),
    )
    made = stream_for(script, "IBM", "1d", {})
    publish(made, 0, 48.0)
    publish(made, 1, 35.0)
    publish(made, 2, 31.0, side="buy", reason="RSI back above 30")
    return made


def add_instrument(key: str) -> Instrument:
    """Add a share of the New York Stock Exchange, without a bar."""
    return Instrument.objects.create(
        key=key,
        name=key,
        kind=InstrumentKind.EQUITY,
        currency="USD",
        exchange="NYSE",
        timezone="America/New_York",
        created_at=utc_now(),
    )


def state_of(client: Client, script: Script, instrument: str = "IBM") -> Any:
    """Return what the live page is told of a script on an instrument."""
    reply = client.get(f"/dashboard/{script.pk}/state", {"instrument": instrument})
    assert reply.status_code == 200
    return reply.json()


def add_bar(instrument_key: str, opened_at: datetime, *, close: float = 82.0) -> None:
    """Store one daily bar."""
    Bar.objects.create(
        instrument_key=instrument_key,
        timeframe="1d",
        opened_at=opened_at,
        closes_at=opened_at + timedelta(days=1),
        open=close,
        high=close + 1,
        low=close - 1,
        close=close,
        volume=1e6,
    )


def publish(stream: Stream, session: int, value: float, **metadata: str) -> None:
    """Publish the output of one session, counted from the first."""
    opened_at = FIRST_SESSION + timedelta(days=session)
    output = NewOutput(value=value, timestamp=opened_at + timedelta(days=1), metadata={**metadata})
    with transaction.atomic():
        publish_outputs(stream, [output], bar_opened_at=opened_at)
