"""Sockets close with what opened them, in the real live process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts import credentials
from accounts.models import ApiKey, User
from accounts.scopes import Scope
from accounts.services import sessions, tokens
from accounts.services.api_keys import issue_api_key, revoke_api_key
from accounts.services.passwords import change_password
from common.clock import utc_now
from registry.models import Entitlement
from streams.models import Stream
from streams.tickets import issue_ticket
from tests.flows.processes import wait_until
from tests.streams.clients import StreamClient, connected
from tests.streams.conftest import Publish
from tests.streams.servers import LiveProcess, OwnRedis, live_process

pytestmark = pytest.mark.django_db(transaction=True)
WITHIN_SECONDS = 3.0  # the promise is one; a machine that is busy with other tests gets more


def closes(socket: StreamClient) -> None:
    """Check that a socket is told why and closed."""
    told = socket.receive("error", within=WITHIN_SECONDS)
    assert told["code"] == "signed_out"
    assert socket.until_closed()[1] == 4401


def session_of(live: LiveProcess, user: User) -> tuple[Client, dict[str, Any]]:
    browser = Client()
    browser.force_login(user)
    cookie = {"Cookie": f"sessionid={browser.cookies['sessionid'].value}"}
    return browser, {"additional_headers": cookie, "origin": f"http://127.0.0.1:{live.port}"}


def test_a_revoked_key_closes_its_sockets_and_no_others(
    live: LiveProcess,
    sam: User,
    entitled: Entitlement,
    stream: Stream,
    publish: Publish,
    relay: None,
) -> None:
    key, token = issue_api_key(sam, name="one", acting_user=sam, now=utc_now())
    _, other = issue_api_key(sam, name="other", acting_user=sam, now=utc_now())

    with (
        connected(live.socket_url, token=token) as socket,
        connected(live.socket_url, token=other) as staying,
    ):
        staying.subscribe(stream.key)
        socket.subscribe(stream.key)
        revoke_api_key(key.pk, acting_user=sam, now=utc_now())
        closes(socket)
        publish(1)
        assert staying.receive("data")["seq"] == 1


def test_a_socket_that_follows_nothing_closes_too_and_so_do_its_tickets(
    live: LiveProcess, sam: User
) -> None:

    key, _ = issue_api_key(sam, name="one", acting_user=sam, now=utc_now())
    unused = issue_ticket(credentials.of_key(key))

    with connected(live.socket_url, token=issue_ticket(credentials.of_key(key))) as socket:
        ApiKey.objects.filter(pk=key.pk).update(expires_at=utc_now())
        closes(socket)
    with connected(live.socket_url) as late:
        assert late.hello(unused)["code"] == "ticket_not_valid"


def test_an_access_token_opens_a_socket_until_its_family_ends(
    live: LiveProcess, sam: User, entitled: Entitlement, stream: Stream
) -> None:
    pair = tokens.start_family(sam, now=utc_now())

    with connected(live.socket_url, token=pair.access) as socket:
        assert socket.subscribe(stream.key)["stream_keys"] == [stream.key]
        socket.receive("snapshot")
        tokens.refresh_family(pair.refresh, now=utc_now())
        assert socket.is_silent(1.2)
        tokens.revoke_token(pair.access, now=utc_now())
        closes(socket)
    with connected(live.socket_url) as late:
        assert late.hello(pair.access)["code"] == "token_not_valid"
        assert late.until_closed()[1] == 4401


@pytest.mark.parametrize("how", ["signs out", "everywhere", "password", "deactivated"])
def test_a_pages_socket_closes_with_its_session(live: LiveProcess, sam: User, how: str) -> None:
    browser, opening = session_of(live, sam)
    ends: dict[str, Callable[[], object]] = {
        "signs out": lambda: browser.post("/logout/"),
        "everywhere": lambda: sessions.sign_out_everywhere(sam, now=utc_now()),
        "password": lambda: change_password(
            sam, "another long passphrase", acting_user=sam, now=utc_now()
        ),
        "deactivated": lambda: User.objects.filter(pk=sam.pk).update(is_active=False),
    }

    with connected(live.socket_url, **opening) as socket:
        socket.send(type="ping")
        assert socket.receive()["type"] == "pong"
        ends[how]()
        closes(socket)


def test_a_key_that_is_not_for_signals_opens_no_socket(live: LiveProcess, sam: User) -> None:
    _, token = issue_api_key(
        sam, name="x", given_scopes=[Scope.DATA_READ], acting_user=sam, now=utc_now()
    )

    with connected(live.socket_url) as socket:
        assert socket.hello(token)["code"] == "scope_required"
        assert socket.until_closed()[1] == 4403


def test_a_key_in_the_address_of_a_socket_is_not_written_to_the_log(
    redis_server: OwnRedis, sam: User, tmp_path: Path
) -> None:
    _, token = issue_api_key(sam, name="one", acting_user=sam, now=utc_now())

    with live_process(tmp_path, redis_server.url, options=()) as live:
        with connected(f"{live.socket_url}?token={token}"):
            wait_until(lambda: "[accepted]" in live.log(), what="the line of the socket")
        log = live.log()

    assert '"WebSocket /ws/" [accepted]' in log
    assert token not in log
