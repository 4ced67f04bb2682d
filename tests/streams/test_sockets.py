"""What a client sees over a real WebSocket of the real live process."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from websockets.exceptions import InvalidStatus

from accounts.models import User
from common.clock import utc_now
from registry.announcements import REVOCATIONS_CHANNEL
from registry.models import Entitlement, Script
from registry.services import entitlements
from streams.cache import channel_name
from streams.models import Output, Stream
from streams.publishing import stream_for
from streams.tickets import issue_ticket
from tests.factories import make_credential
from tests.streams.clients import connected
from tests.streams.conftest import Publish
from tests.streams.servers import LiveProcess, OwnRedis, live_process

pytestmark = pytest.mark.django_db(transaction=True)
Sockets = Callable[[], Any]
TokenOf = Callable[[User], str]


def test_a_subscriber_is_told_where_it_stands_and_then_sees_every_output(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish, relay: None
) -> None:
    publish(3)

    with sams_socket() as socket:
        acknowledged = socket.subscribe(stream.key)
        snapshot = socket.receive()
        (output,) = publish(1)
        frame = socket.receive()

    assert acknowledged["status"] == "subscribed"
    assert acknowledged["stream_keys"] == [stream.key]
    assert acknowledged["streams"] == {
        stream.key: {"epoch": stream.epoch, "offset": 3, "recovered": False}
    }
    assert (snapshot["type"], snapshot["seq"]) == ("snapshot", 3)
    assert [shown["seq"] for shown in snapshot["outputs"]] == [3]
    assert frame == {
        "type": "data",
        "stream_key": stream.key,
        "seq": 4,
        "offset": 4,
        "epoch": stream.epoch,
        "value": 4.0,
        "timestamp": output.timestamp.isoformat(),
        "metadata": {"side": "buy"},
        "bar_opened_at": None,
        "confirmed": True,
        "published_at": output.created_at.isoformat(),
    }


def test_history_comes_with_the_snapshot(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish
) -> None:
    publish(20)

    with sams_socket() as socket:
        socket.subscribe(stream.key, history=5)
        snapshot = socket.receive("snapshot")

    assert [shown["seq"] for shown in snapshot["outputs"]] == [16, 17, 18, 19, 20]


def test_an_empty_stream_begins_with_an_empty_snapshot_and_its_first_output(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish, relay: None
) -> None:
    with sams_socket() as socket:
        socket.subscribe(stream.key)
        snapshot = socket.receive("snapshot")
        publish(1)

        assert (snapshot["seq"], snapshot["outputs"]) == (0, [])
        assert socket.numbers(1) == [1]


def test_a_client_that_resumes_gets_every_missed_output_and_then_the_live_ones(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish, relay: None
) -> None:
    publish(1500)  # more than Redis keeps

    with sams_socket() as socket:
        acknowledged = socket.subscribe(stream.key, resume={stream.key: 20})
        publish(5)
        numbers = socket.numbers(1485)

    assert acknowledged["streams"][stream.key]["recovered"] is True
    assert numbers == list(range(21, 1506))


def test_resuming_while_outputs_pour_in_makes_no_hole_and_no_repetition(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish, relay: None
) -> None:
    seen = 0
    for _ in range(5):
        publish(40)
        with sams_socket() as socket:
            socket.subscribe(stream.key, resume={stream.key: seen})
            for _ in range(10):
                publish(3)
            numbers = socket.numbers(25)
        assert numbers == list(range(seen + 1, seen + 26))
        seen += 25


def test_outputs_that_are_no_longer_kept_are_told_as_a_gap(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish
) -> None:
    publish(30)
    Output.objects.filter(stream=stream, seq__lte=10).delete()

    with sams_socket() as socket:
        acknowledged = socket.subscribe(stream.key, resume={stream.key: 4})
        gap = socket.receive()
        numbers = socket.numbers(20)

    assert acknowledged["streams"][stream.key]["recovered"] is False
    assert (gap["type"], gap["from"], gap["to"]) == ("gap", 5, 10)
    assert numbers == list(range(11, 31))


def test_a_position_that_lies_too_far_back_is_a_gap_and_not_a_flood(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish
) -> None:
    beyond = 7
    publish(settings.RESUME_FRAMES_MAX + beyond)

    with sams_socket() as socket:
        socket.subscribe(stream.key, resume={stream.key: 0})
        gap = socket.receive("gap")

        assert (gap["from"], gap["to"]) == (1, beyond)
        assert socket.numbers(3) == [beyond + 1, beyond + 2, beyond + 3]


def test_a_position_the_stream_never_reached_starts_afresh(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish
) -> None:
    publish(2)

    with sams_socket() as socket:
        acknowledged = socket.subscribe(stream.key, resume={stream.key: 99})

        assert acknowledged["streams"][stream.key]["recovered"] is False
        assert socket.receive("snapshot")["seq"] == 2


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


def test_a_slow_reader_is_cut_and_resumes_without_a_hole(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish, relay: None
) -> None:
    total = 3000
    with sams_socket() as socket:
        socket.subscribe(stream.key)
        socket.receive("snapshot")
        for _ in range(total // 100):
            publish(100, metadata={"padding": "x" * 10_000})
        time.sleep(1.5)  # it reads nothing meanwhile
        frames, code = socket.until_closed()

    *outputs, lagged = frames
    numbers = [frame["seq"] for frame in outputs]
    assert (lagged["type"], code) == ("lagged", 4408)
    assert numbers == list(range(1, len(numbers) + 1))
    assert 0 < len(numbers) < total
    assert lagged["resume"] == {stream.key: numbers[-1]}
    with sams_socket() as socket:
        socket.subscribe(stream.key, resume=lagged["resume"])
        assert socket.numbers(total - numbers[-1]) == list(range(numbers[-1] + 1, total + 1))


def test_a_slow_reader_of_the_latest_is_never_cut_and_told_what_it_skipped(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish, relay: None
) -> None:
    total = 3000
    with sams_socket() as socket:
        socket.subscribe(stream.key, mode="latest")
        socket.receive("snapshot")
        for _ in range(total // 100):
            publish(100, metadata={"padding": "x" * 10_000})
        time.sleep(1.5)  # it reads nothing meanwhile

        accounted, last = 0, 0
        while last < total:
            frame = socket.receive("data")
            accounted += 1 + frame.get("skipped", 0)
            assert frame["seq"] == accounted > last
            last = frame["seq"]

    assert accounted == total


def test_one_slow_reader_does_not_hold_up_another(
    sams_socket: Sockets, entitled: Entitlement, stream: Stream, publish: Publish, relay: None
) -> None:
    with sams_socket() as slow, sams_socket() as quick:
        for socket in (slow, quick):
            socket.subscribe(stream.key)
        for _ in range(20):
            publish(100, metadata={"padding": "x" * 10_000})
            assert len(quick.numbers(100)) == 100


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
        (json.dumps({"type": "subscribe", "stream_keys": many}), "too_many_streams"),
    ]
    with sams_socket() as socket:
        socket.subscribe(stream.key)
        socket.receive("snapshot")
        for message, code in cases:
            socket.connection.send(message)
            error = socket.receive()
            assert (error["type"], error["code"]) == ("error", code), message
            assert error["message"]

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


def test_outputs_arrive_although_redis_was_lost_and_came_back(
    sams_socket: Sockets,
    entitled: Entitlement,
    stream: Stream,
    publish: Publish,
    relay: None,
    redis_server: OwnRedis,
) -> None:
    with sams_socket() as socket:
        socket.subscribe(stream.key)
        publish(2)
        assert socket.numbers(2) == [1, 2]

        redis_server.kill()
        publish(3)
        while_it_is_away = socket.numbers(3)
        redis_server.start()
        publish(2)

        assert while_it_is_away == [3, 4, 5]
        assert socket.numbers(2) == [6, 7]


def test_nonsense_on_the_channels_stops_nothing(
    sams_socket: Sockets,
    entitled: Entitlement,
    stream: Stream,
    publish: Publish,
    relay: None,
    redis_server: OwnRedis,
) -> None:
    with sams_socket() as socket, redis_server.client() as redis_client:
        socket.subscribe(stream.key)
        for channel in (REVOCATIONS_CHANNEL, channel_name(stream.key)):
            for nonsense in ("nonsense", "{}", "[]", '{"user_id": "x"}'):
                assert redis_client.publish(channel, nonsense) == 1
        publish(1)

        assert socket.numbers(1) == [1]


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
