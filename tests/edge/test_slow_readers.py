"""Whoever reads an answer slowly keeps nobody else from the threads of the api process."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import transaction

from accounts.models import User
from accounts.services.api_keys import issue_api_key
from common.clock import utc_now
from registry.models import Script
from registry.services import drafts, entitlements
from streams.publishing import NewOutput, publish_outputs, stream_for
from tests.edge.servers import STATUS_LINE, Server, running
from tests.flows.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
# Several parts of a file, and a page: each more than is buffered between two ends of a connection.
ROWS, ROW_BYTES = 4000, 3000
ROWS_OF_PAGE, ROW_OF_PAGE_BYTES = 200, 30_000
SOON_SECONDS = 5.0
THREADS = 6  # half of them for files
Begin = Callable[[User, str], socket.socket]


@pytest.fixture
def script(ada: User, sam: User, rita: User) -> Script:
    """A script of ada's with a long history, for sam and rita as well."""
    draft = drafts.create_draft(name="Long", source="result = 1", acting_user=ada, now=utc_now())
    for user in (sam, rita):
        entitlements.grant(draft.script, user, acting_user=ada, now=utc_now())
    stream = stream_for(draft.script, "IBM", "1d", {})
    at = datetime(2026, 1, 5, tzinfo=UTC)
    for rows, size in ((ROWS, ROW_BYTES), (ROWS_OF_PAGE, ROW_OF_PAGE_BYTES)):
        output = NewOutput(value=1.0, timestamp=at, metadata={"note": "x" * size})
        with transaction.atomic():
            publish_outputs(stream, [output] * rows)
    return draft.script


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running("api", tmp_path, HTTP_THREADS=str(THREADS)) as server:
        yield server


@pytest.fixture
def begin(server: Server, script: Script) -> Iterator[Begin]:
    """Return a function that asks for a history and reads no more of it than is looked at."""
    keys: dict[int, str] = {}
    with ExitStack() as opened:

        def ask(user: User, query: str) -> socket.socket:
            if user.pk not in keys:
                keys[user.pk] = issue_api_key(user, name="a", acting_user=user, now=utc_now())[1]
            connection = opened.enter_context(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.settimeout(SOON_SECONDS)
            connection.connect(("127.0.0.1", server.port))
            head = (
                f"GET /signals/IBM/custom/{script.pk}/history?{query} HTTP/1.1",
                "Host: localhost",
                f"Authorization: Bearer {keys[user.pk]}",
            )
            connection.sendall("\r\n".join([*head, "", ""]).encode())
            return connection

        yield ask


def beginning_of(connection: socket.socket) -> bytes:
    """Return the head of an answer and what came with it."""
    said = b""
    while b"\r\n\r\n" not in said:
        said += connection.recv(4096)
    return said


def status_of(connection: socket.socket) -> int:
    (status,) = STATUS_LINE.findall(beginning_of(connection))
    return int(status)


def test_of_slow_downloads_each_reader_has_two_and_all_together_half_of_the_threads(
    begin: Begin, ada: User, sam: User, rita: User
) -> None:
    of_sam = [begin(sam, "format=csv") for _ in range(2)]
    assert [status_of(one) for one in of_sam] == [200, 200]

    third = beginning_of(begin(sam, "format=parquet"))
    of_rita = [status_of(begin(rita, "format=csv")), status_of(begin(rita, "format=csv"))]
    pages = [status_of(begin(user, "limit=1")) for user in (ada, sam, rita) for _ in range(3)]

    head, _, body = third.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 429 ")
    assert b"\r\nretry-after: " in head
    assert json.loads(body)["code"] == "too_many_downloads"
    assert of_rita == [200, 503]
    assert pages == [200] * 9


def test_a_download_that_is_broken_off_leaves_its_place(begin: Begin, sam: User) -> None:
    for _ in range(2):
        connection = begin(sam, "format=csv")
        assert status_of(connection) == 200
        connection.close()

    wait_until(lambda: status_of(begin(sam, "format=csv")) == 200, what="a place")


def test_pages_that_nobody_reads_hold_no_thread(begin: Begin, ada: User, sam: User) -> None:
    unread = [begin(sam, "limit=200") for _ in range(2 * THREADS)]
    assert [status_of(one) for one in unread] == [200] * len(unread)

    assert status_of(begin(ada, "limit=1")) == 200
