"""A destination of sam's that follows ada's stream, and a sender with a clock of the test's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import SimpleQueue
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from common.circuit_breakers import Breaker
from streams.deliveries.courier import Courier, Done, Event
from streams.deliveries.desk import Desk
from streams.deliveries.services.destinations import add_destination, change_destination
from streams.deliveries.services.followings import follow_stream
from streams.models import Delivery, Destination, DestinationKind, Stream
from tests.deliveries.receiver import Receiver, receiving
from tests.streams.conftest import entitled, now, publish, script, stream

__all__ = ["entitled", "now", "publish", "script", "stream"]
UNTIL_ANSWER_SECONDS = 20.0
AddWebhook = Callable[..., Destination]


@pytest.fixture(autouse=True)
def local_receivers(settings: Settings) -> None:
    """Let webhooks go to this machine."""
    settings.DELIVERY_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    settings.DELIVERY_ANSWER_SECONDS = 5.0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as one:
        yield one


@dataclass
class Clockwork:
    """The sender of one process, step by step, at times that the test names."""

    now: datetime
    inbox: SimpleQueue[Event] = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        self.courier = Courier(self.inbox)
        self.courier.start()
        self.breakers: dict[str, Breaker] = {}
        self.desk = Desk(self.courier, breaker_of=self.breaker_of)

    def breaker_of(self, name: str) -> Breaker:
        """Return a breaker whose clock is the test's."""
        return self.breakers.setdefault(name, Breaker(name, clock=lambda: self.now.timestamp()))

    def run(self) -> None:
        """Send everything that is due at this time, until nothing is left to do."""
        while True:
            self.desk.plan(None, now=self.now)
            self.desk.hand_over(now=self.now)
            if not self.desk.under_way:
                return
            self.settle_one()

    def settle_one(self) -> Done:
        done = self.inbox.get(timeout=UNTIL_ANSWER_SECONDS)
        assert isinstance(done, Done)
        self.desk.settle(done.claim, done.outcome, now=self.now)
        return done

    def later(self, **length: float) -> None:
        """Let time pass and send what is due then."""
        self.now += timedelta(**length)
        self.run()


@pytest.fixture
def sender(db: None, now: datetime) -> Iterator[Clockwork]:
    one = Clockwork(now)
    yield one
    one.courier.stop()


@pytest.fixture
def add_webhook(sam: User, stream: Stream, entitled: Any, now: datetime) -> AddWebhook:
    """Return a function that adds a webhook: sam's, that follows the stream, unless told others."""

    def add(
        url: str, *, owner: User = sam, follows: Stream = stream, **changes: Any
    ) -> Destination:
        destination, secret = add_destination(
            owner,
            kind=DestinationKind.WEBHOOK,
            name="My program",
            address=url,
            acting_user=owner,
            now=now,
        )
        if changes:
            change_destination(destination, changes, acting_user=owner, now=now)
        follow_stream(destination, follows.key, acting_user=owner, now=now)
        destination.shown_secret = secret  # type: ignore[attr-defined]
        return destination

    return add


@pytest.fixture
def webhook(add_webhook: AddWebhook, receiver: Receiver) -> Destination:
    return add_webhook(receiver.url)


def log_of(destination: Destination) -> list[Delivery]:
    """Return what was sent to a destination, the oldest first."""
    return list(Delivery.objects.filter(destination=destination).order_by("pk"))
