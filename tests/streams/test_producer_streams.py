"""The signals of a producer over a real WebSocket, for the members of its house."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from pytest_django import Settings

from accounts.models import Membership, User
from common.clock import utc_now
from ingest.services.producers import create_producer
from ingest.services.publication import publish_signals
from tests.ingest.builders import post_signed, signal_body
from tests.ingest.fronts import DjangoFront
from tests.streams.clients import StreamClient, connected
from tests.streams.servers import LiveProcess

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "producer:north:XAUUSD:default"


def test_a_member_sees_signals_until_they_leave_the_house(
    live: LiveProcess,
    relay: None,
    olga: User,
    sam: User,
    mallory: User,
    token_of: Callable[[User], str],
    settings: Settings,
) -> None:
    settings.HMAC_PRODUCER_ENABLED = True
    _, secret = create_producer("north", acting_user=olga, now=utc_now())

    def send() -> None:
        assert post_signed(DjangoFront(), signal_body(), secret=secret).status_code == 201
        publish_signals(now=utc_now())

    def follow(socket: StreamClient) -> list[str]:
        return list(socket.subscribe(KEY)["stream_keys"])

    send()
    with (
        connected(live.socket_url, token=token_of(sam)) as sams,
        connected(live.socket_url, token=token_of(mallory)) as mallorys,
    ):
        assert follow(sams) == [KEY]
        assert follow(mallorys) == []
        send()
        frame = sams.receive("data")
        assert (frame["seq"], frame["value"]["side"]) == (2, "buy")
        Membership.objects.filter(user=sam).delete()
        left_at = time.monotonic()
        assert sams.receive("subscription_denied")["reason"] == "revoked"
        assert time.monotonic() - left_at < 1
        send()
        assert sams.is_silent(0.5)
