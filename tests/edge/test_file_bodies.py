"""Files come in through the servers that we ship; everything else stays small."""

from __future__ import annotations

import hashlib
import select
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from pytest_django import Settings

from accounts.models import Role, Tenant, User
from accounts.services.api_keys import issue_api_key
from common.clock import utc_now
from common.in_flight import ServerBusy
from market.models import Upload
from signalhub.file_bodies import place_for_file
from tests import factories
from tests.edge.servers import STATUS_LINE, running

PATIENCE_SECONDS = 30.0
HEAD = b"instrument,at,event_id,price\n"
ROW = b"AAPL,2026-01-05T09:00:00Z,1,10.5\n"
HOUSE = "alpha-desk"  # of the fixtures: its operators bring prices in
FIVE_MB = HEAD + ROW * (5_000_000 // len(ROW))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("process", ["live", "api"])
def test_a_file_is_taken_where_other_bodies_are_too_large(
    olga: User, tmp_path: Path, process: str
) -> None:
    _, key = issue_api_key(olga, name="feed", acting_user=olga, now=utc_now())
    sent = {"Authorization": f"Bearer {key}", "Content-Type": "text/csv"}
    with running(process, tmp_path, PLATFORM_HOUSE=HOUSE) as server:
        address = f"http://127.0.0.1:{server.port}/api/v2/market"

        def post(path: str, content: bytes) -> httpx.Response:
            headers = {**sent, "Host": "localhost"}
            return httpx.post(address + path, content=content, headers=headers, timeout=60)

        taken = post("/uploads?kind=ticks&name=five.csv", FIVE_MB)
        too_large = post("/uploads?kind=ticks", b"x" * (settings.UPLOAD_MAX_BYTES + 1))
        elsewhere = post("/ticks", FIVE_MB)

    assert (taken.status_code, too_large.status_code, elsewhere.status_code) == (202, 413, 413)
    upload = Upload.objects.get()
    assert (str(upload.pk), upload.size_bytes) == (taken.json()["id"], len(FIVE_MB))
    assert upload.sha256 == hashlib.sha256(FIVE_MB).hexdigest()


def test_so_many_files_are_taken_at_once_and_no_more(settings: Settings) -> None:
    settings.UPLOADS_AT_ONCE = 2

    with place_for_file(1), place_for_file(2), pytest.raises(ServerBusy), place_for_file(3):
        pytest.fail("a third was let in")
    with place_for_file(1), place_for_file(3):
        pass


def test_a_sender_leaves_places_for_others(settings: Settings) -> None:
    settings.UPLOADS_AT_ONCE, settings.UPLOADS_AT_ONCE_OF_A_SENDER = 4, 2

    with place_for_file(1), place_for_file(1):
        with pytest.raises(ServerBusy), place_for_file(1):
            pytest.fail("a third of one sender was let in")
        with place_for_file(2):
            pass


@pytest.mark.django_db(transaction=True)
def test_slow_senders_hold_nobody_up_but_themselves(
    olga: User, ada: User, mallory: User, tenant: Tenant, tmp_path: Path
) -> None:
    oscar = factories.make_user("oscar", tenant=tenant, roles=[Role.OPERATOR])
    root = User.objects.create_superuser("root", password=factories.PASSWORD)
    live = running("live", tmp_path, PLATFORM_HOUSE=HOUSE)
    with live as server, ExitStack() as opened:

        def begin(*headers: str) -> socket.socket:
            connection = opened.enter_context(server.connect())
            connection.sendall(slow_head(*headers) + HEAD)
            return connection

        strangers = [begin() for _ in range(2 * settings.UPLOADS_AT_ONCE)]
        statuses = [status_of(connection) for connection in strangers]
        statuses += [status_of(begin(bearer("no-key")))]
        keys = [bearer(key_of(user)) for user in (ada, mallory)]
        not_theirs = [begin(key) for key in keys * settings.UPLOADS_AT_ONCE]
        forbidden = [status_of(connection) for connection in not_theirs]
        own = [begin(bearer(key_of(olga))) for _ in range(settings.UPLOADS_AT_ONCE)]
        # Whichever of them came first: a place is taken in the order in which keys were read.
        refused = [status_of(connection) for connection in answered(own, count=2)]
        of_others = [server.ask(whole_file(bearer(key_of(user)))) for user in (oscar, root)]

    assert set(statuses) == {401}
    assert set(forbidden) == {403}
    assert set(refused) == {503}
    assert [answer.statuses for answer in of_others] == [[202], [202]]
    assert {upload.uploaded_by for upload in Upload.objects.all()} == {oscar, root}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("process", ["live", "api"])
def test_whoever_may_send_no_file_is_told_so_and_not_that_it_is_missing(
    mallory: User, olga: User, tmp_path: Path, process: str
) -> None:
    file = {"file": ("prices.csv", HEAD + ROW)}
    with running(process, tmp_path, PLATFORM_HOUSE=HOUSE) as server:
        address = f"http://127.0.0.1:{server.port}/api/v2/market/uploads"

        def send(user: User) -> httpx.Response:
            headers = {"Host": "localhost", "Authorization": f"Bearer {key_of(user)}"}
            kind = {"kind": "ticks"}
            return httpx.post(address, headers=headers, data=kind, files=file, timeout=60)

        refused, taken = send(mallory), send(olga)

    assert (refused.status_code, refused.json()["code"]) == (403, "platform_operator_required")
    assert taken.status_code == 202
    assert Upload.objects.get().uploaded_by == olga


def key_of(user: User) -> str:
    _, key = issue_api_key(user, name="feed", acting_user=user, now=utc_now())
    return key


def bearer(key: str) -> str:
    return f"Authorization: Bearer {key}"


def slow_head(*headers: str, length: int = 1_000_000) -> bytes:
    lines = (
        "POST /api/v2/market/uploads?kind=ticks HTTP/1.1",
        "Host: localhost",
        "Content-Type: text/csv",
        f"Content-Length: {length}",
        *headers,
    )
    return "\r\n".join((*lines, "", "")).encode()


def whole_file(*headers: str) -> bytes:
    content = HEAD + ROW
    return slow_head(*headers, "Connection: close", length=len(content)) + content


def answered(connections: Sequence[socket.socket], *, count: int) -> list[socket.socket]:
    """Return those of some connections that are answered first, as soon as they are so many."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        ready, _, _ = select.select(connections, [], [], 0.1)
        if len(ready) >= count:
            return ready
    raise AssertionError(f"fewer than {count} were answered")


def status_of(connection: socket.socket) -> int:
    """Return what is answered before the body is over."""
    said = b""
    while not (line := STATUS_LINE.match(said)):
        piece = connection.recv(4096)
        assert piece, said
        said += piece
    return int(line[1])
