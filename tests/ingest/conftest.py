"""A producer called north at the Alpha Desk, and the two modes of the endpoint."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from pytest_django import Settings

from accounts.models import User
from ingest.models import Producer
from ingest.services.producers import create_producer
from tests.factories import NOON
from tests.ingest.fronts import AsgiFront, DjangoFront


@dataclass
class Registered:
    """A producer, with the secret it was given."""

    producer: Producer
    secret: str


@pytest.fixture
def north(olga: User) -> Registered:
    return Registered(*create_producer("north", acting_user=olga, now=NOON))


@pytest.fixture
def south(mallory: User) -> Registered:
    return Registered(*create_producer("south", acting_user=mallory, now=NOON))


@pytest.fixture
def signatures_off(settings: Settings) -> None:
    settings.HMAC_PRODUCER_ENABLED = False


@pytest.fixture
def signatures_on(settings: Settings) -> None:
    settings.HMAC_PRODUCER_ENABLED = True


@pytest.fixture(params=[AsgiFront, DjangoFront])
def client(request: pytest.FixtureRequest) -> AsgiFront | DjangoFront:
    """Return a client of each front in turn: what one answers, the other answers too."""
    front: AsgiFront | DjangoFront = request.param()
    return front
