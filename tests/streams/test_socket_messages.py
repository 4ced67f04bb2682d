"""What clients say on a socket, and what they are answered."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from websockets.exceptions import InvalidStatus

from accounts.models import User
from registry.models import Entitlement, Script
from streams.models import Stream
from streams.publishing import stream_for
from streams.tickets import issue_ticket
from tests.factories import make_credential
from tests.streams.clients import connected
from tests.streams.conftest import Publish
from tests.streams.servers import LiveProcess, OwnRedis, live_process

pytestmark = pytest.mark.django_db(transaction=True)
Sockets = Callable[[], Any]
TokenOf = Callable[[User], str]


def test_bad_messages_are_answered_and_change_nothing(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish, relay: None
) -> None:
    many = [f"personal:{number}" for number in range(settings.SOCKET_STREAMS_MAX + 1)]
    cases: list[tuple[str | bytes, str]] = [
        ("not json", "malformed_message"),
        ("[1]", "malformed_message"),
        (b"\x00\x01", "malformed_message"),
        ("[" * 50_000, "malformed_message"),
        ('{"type": "dance"}', "unknown_message_type"),
        ('{"stream_keys": []}', "unknown_message_type"),
        ('{"type": "subscribe"}', "invalid_message"),
        ('{"type": "subscribe", "stream_keys": "x"}', "invalid_message"),
        ('{"type": "subscribe", "stream_keys": ["\\u0000"]}', "invalid_message"),
        ('{"type": "subscribe", "stream_keys": ["\\ud800"]}', "invalid_message"),
        ('{"type": "subscribe", "stream_keys": ["x"], "mode": "all"}', "invalid_message"),
        ('{"type": "subscribe", "stream_keys": ["x"], "history": 501}', "invalid_message"),
        ('{"type": "subscribe", "stream_keys": ["x"], "resume": {"x": -1}}', "invalid_message"),
        ('{"type": "subscribe", "stream_keys": ["x"], "resume": {"x": true}}', "invalid_message"),
        ('{"type": "subscribe", "stream_keys": ["x"], "epochs": {"x": 1}}', "invalid_message"),
        ('{"type": "subscribe", "stream_keys": ["x"], "epochs": ["x"]}', "invalid_message"),
        (json.dumps({"type": "subscribe", "stream_keys": many}), "too_many_streams"),
    ]
    huge = f"common:AAPL:rsi:period-{'9' * 400}"
    with sams_socket() as socket:
        socket.subscribe(stream.key)
        socket.receive("snapshot")
        for message, code in cases:
            socket.connection.send(message)
            error = socket.receive()
            assert (error["type"], error["code"]) == ("error", code), message
            assert error["message"]
        socket.send(type="subscribe", stream_keys=[huge])
        denied = socket.receive("subscription_denied")
        assert "from 2 to 500" in denied["reason"]

        publish(1)
        assert socket.numbers(1) == [1]


def test_a_client_that_only_sends_rubbish_is_closed(sams_socket: Sockets) -> None:
    with sams_socket() as socket:
        for _ in range(settings.SOCKET_ERRORS_MAX + 1):
            socket.connection.send("rubbish")
        errors, code = socket.until_closed()

    assert [error["code"] for error in errors[-2:]] == ["malformed_message", "too_many_errors"]
    assert code == 4429


def test_a_message_that_is_too_large_closes_the_connection(sams_socket: Sockets) -> None:
    with sams_socket() as socket:
        socket.connection.send(" " * (settings.SOCKET_MESSAGE_MAX_BYTES + 1))

        assert socket.receive()["code"] == "message_too_large"
        assert socket.until_closed()[1] == 1009


def test_a_ping_is_answered(sams_socket: Sockets) -> None:
    with sams_socket() as socket:
        socket.send(type="ping", id=7)

        assert socket.receive()["type"] == "pong"


def test_what_was_unsubscribed_arrives_no_more(
    sams_socket: Sockets,
    entitled: Entitlement,
    script: Script,
    stream: Stream,
    publish: Publish,
    relay: None,
) -> None:
    other = stream_for(script, "MSFT", "1d", {})
    with sams_socket() as socket:
        socket.subscribe(stream.key, other.key)
        socket.send(type="unsubscribe", stream_keys=[stream.key, "personal:unknown:x:y:default"])
        assert socket.receive("subscription") | {"timestamp": ""} == {
            "type": "subscription",
            "status": "unsubscribed",
            "stream_keys": [stream.key],
            "streams": {},
            "timestamp": "",
        }
        publish(1)
        publish(1, to=other)

        assert socket.receive("data")["stream_key"] == other.key


def test_who_says_nothing_of_themselves_may_do_nothing(live: LiveProcess, stream: Stream) -> None:
    with connected(live.socket_url) as socket:
        assert socket.subscribe(stream.key)["code"] == "say_hello"
        assert socket.until_closed()[1] == 4401


@pytest.mark.parametrize("token", ["shk_unknown", "unknown-ticket"])
def test_a_token_that_is_nobodys_closes_the_connection(live: LiveProcess, token: str) -> None:
    with connected(live.socket_url) as socket:
        assert socket.hello(token)["type"] == "error"
        assert socket.until_closed()[1] == 4401


def test_a_ticket_opens_one_socket_and_no_second(
    live: LiveProcess, sam: User, entitled: Entitlement, stream: Stream
) -> None:
    ticket = issue_ticket(make_credential(sam))

    with connected(live.socket_url, token=ticket) as socket:
        assert socket.subscribe(stream.key)["stream_keys"] == [stream.key]
    with connected(live.socket_url) as socket:
        assert socket.hello(ticket)["code"] == "ticket_not_valid"


def test_the_address_takes_a_ticket_and_never_a_key(
    live: LiveProcess, sam: User, token_of: TokenOf, entitled: Entitlement, stream: Stream
) -> None:
    with connected(f"{live.socket_url}?token={issue_ticket(make_credential(sam))}") as socket:
        assert socket.receive()["type"] == "hello"
        assert socket.subscribe(stream.key)["stream_keys"] == [stream.key]
    with connected(f"{live.socket_url}?token={token_of(sam)}") as socket:
        assert socket.receive()["code"] == "ticket_not_valid"


def test_a_page_of_ours_uses_the_session_and_a_foreign_page_is_refused(
    live: LiveProcess, sam: User, entitled: Entitlement, stream: Stream
) -> None:
    browser = Client()
    browser.force_login(sam)
    cookie = {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"}
    our_origin = f"http://127.0.0.1:{live.port}"

    with connected(live.socket_url, additional_headers=cookie, origin=our_origin) as socket:
        assert socket.subscribe(stream.key)["stream_keys"] == [stream.key]
    with (
        pytest.raises(InvalidStatus),
        connected(live.socket_url, additional_headers=cookie, origin="http://evil.example"),
    ):
        pass


def test_a_connection_beats_must_say_hello_in_time_and_is_told_of_a_restart(
    transactional_db: None,
    redis_server: OwnRedis,
    tmp_path: Path,
    sam: User,
    entitled: Entitlement,
    stream: Stream,
    token_of: TokenOf,
) -> None:
    settings_module = "tests.streams.impatient_settings"
    with live_process(tmp_path, redis_server.url, settings_module) as live:
        with connected(live.socket_url) as silent:
            frames, code = silent.until_closed()
            assert (frames[-1]["code"], code) == ("say_hello", 4401)
        with connected(live.socket_url, token=token_of(sam)) as socket:
            socket.subscribe(stream.key)
            assert socket.receive("heartbeat")["timestamp"]

            live.process.send_signal(signal.SIGTERM)
            frames, code = socket.until_closed()

            closing = next(frame for frame in frames if frame["type"] == "closing")
            assert closing["reconnect_after_ms"] >= 500
            assert code == 1012
            assert live.process.wait(10) is not None
