"""Who reads what on a socket, and that a right that ends is at an end within a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from common.clock import utc_now
from registry.models import Entitlement, Script
from registry.services import entitlements
from streams.models import Stream
from tests.streams.clients import connected
from tests.streams.conftest import Publish
from tests.streams.servers import LiveProcess

pytestmark = pytest.mark.django_db(transaction=True)
Sockets = Callable[[], Any]
TokenOf = Callable[[User], str]


def test_unknown_and_forbidden_streams_are_denied_in_the_same_words(
    live: LiveProcess, script: Script, stream: Stream, mallory: User, sam: User, token_of: TokenOf
) -> None:
    unknown = stream.key.replace("IBM", "NOSUCH")

    denials = []
    for outsider in (mallory, sam):
        with connected(live.socket_url, token=token_of(outsider)) as socket:
            acknowledged = socket.subscribe(stream.key, unknown)
            assert acknowledged["stream_keys"] == []
            denials += [socket.receive("subscription_denied") for _ in range(2)]

    assert {denial["stream_key"] for denial in denials} == {stream.key, unknown}
    assert len({denial["reason"] for denial in denials}) == 1


def test_an_owner_reads_their_own_stream_and_a_key_with_their_name_gives_no_right(
    live: LiveProcess,
    stream: Stream,
    publish: Publish,
    ada: User,
    mallory: User,
    token_of: TokenOf,
) -> None:
    publish(1)
    Stream.objects.filter(pk=stream.pk).update(key=f"personal:{mallory.pk}:x:IBM:default")
    stream.refresh_from_db()

    with connected(live.socket_url, token=token_of(ada)) as socket:
        assert socket.subscribe(stream.key)["stream_keys"] == [stream.key]
    with connected(live.socket_url, token=token_of(mallory)) as socket:
        assert socket.subscribe(stream.key)["stream_keys"] == []


def test_a_revocation_reaches_an_open_socket_within_a_second(
    sams_socket: Sockets,
    entitled: Entitlement,
    script: Script,
    stream: Stream,
    sam: User,
    publish: Publish,
    relay: None,
) -> None:
    with sams_socket() as socket:
        socket.subscribe(stream.key)
        socket.receive("snapshot")
        publish(1)
        assert socket.numbers(1) == [1]

        entitlements.revoke(script, sam, acting_user=script.owner, now=utc_now())
        revoked_at = time.monotonic()
        denied = socket.receive()
        publish(3)

        assert time.monotonic() - revoked_at < 1
        assert denied == {
            "type": "subscription_denied",
            "stream_key": stream.key,
            "reason": "revoked",
        }
        assert socket.is_silent(1.5)
        assert socket.subscribe(stream.key)["stream_keys"] == []


@pytest.mark.parametrize("ending", ["ended", "left", "deactivated"])
def test_a_right_that_ends_without_a_word_ends_within_a_second_too(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, sam: User, ending: str
) -> None:
    with sams_socket() as socket:
        socket.subscribe(stream.key)
        socket.receive("snapshot")

        ended_at = time.monotonic()
        if ending == "ended":
            Entitlement.objects.filter(pk=entitled.pk).update(ends_at=utc_now())
        elif ending == "left":
            sam.memberships.all().delete()
        else:
            User.objects.filter(pk=sam.pk).update(is_active=False)

        assert socket.receive("subscription_denied")["reason"] == "revoked"
        assert time.monotonic() - ended_at < 1


def test_a_revocation_of_one_leaves_the_others_alone(
    live: LiveProcess,
    entitled: Entitlement,
    script: Script,
    stream: Stream,
    sam: User,
    publish: Publish,
    token_of: TokenOf,
    relay: None,
) -> None:
    with (
        connected(live.socket_url, token=token_of(sam)) as sams,
        connected(live.socket_url, token=token_of(script.owner)) as adas,
    ):
        for socket in (sams, adas):
            socket.subscribe(stream.key)
        entitlements.revoke(script, sam, acting_user=script.owner, now=utc_now())
        sams.receive("subscription_denied")
        publish(1)

        assert adas.numbers(1) == [1]
