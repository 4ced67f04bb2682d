"""Bytes against the servers that we ship: never a 5xx, never two answers to one request."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.edge.requests import KINDS, post
from tests.edge.servers import ALIVE, LAST, Answer, Server, read_all, running

# The servers are on the tests' database.
pytestmark = pytest.mark.django_db
SLOW_CLIENTS = 40


@pytest.fixture(scope="module", params=["live", "api"])
def server(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Server]:
    with django_db_blocker.unblock(), running(request.param, tmp_path_factory.mktemp("log")) as one:
        yield one


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_is_understood_in_one_way_or_refused(server: Server, kind: str) -> None:
    wrong = []
    for case in KINDS[kind]:
        answer = server.ask(case.sent)
        if tuple(answer.statuses) not in case.statuses or not answer.closed:
            wrong.append(f"{case}: {answer.statuses}, closed: {answer.closed}")

    assert wrong == []
    assert server.is_alive()


def test_an_answer_names_no_server_and_is_not_sniffed(server: Server) -> None:
    for sent in (LAST, b"GARBAGE\r\n\r\n"):
        said = server.ask(sent).said.lower()

        assert b"\r\nserver:" not in said
        assert b"\r\nx-content-type-options: nosniff\r\n" in said


def slow_head(connection: socket.socket) -> None:
    connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-A: ")


def slow_body(connection: socket.socket) -> None:
    connection.sendall(post(b"Content-Length: 1000\r\n", b"{"))


def slow_chunks(connection: socket.socket) -> None:
    connection.sendall(post(b"Transfer-Encoding: chunked\r\n", b"fff\r\nhe"))


def silent(connection: socket.socket) -> None:
    del connection


@pytest.mark.parametrize("begin", [slow_head, slow_body, slow_chunks, silent])
def test_slow_clients_hold_nobody_up_and_are_cut(server: Server, begin: object) -> None:
    assert callable(begin)
    slow = [server.connect() for _ in range(SLOW_CLIENTS)]
    stop = threading.Event()
    try:
        for connection in slow:
            begin(connection)
        # A byte now and then is not enough.
        drip = threading.Thread(target=_drip, args=(slow[:5], stop, begin is not silent))
        drip.start()

        assert server.ask(LAST).statuses == [200]

        answers = [read_all(connection) for connection in slow]
        assert {tuple(answer.statuses) for answer in answers} <= {(408,), ()}
        assert all(answer.closed for answer in answers)
        assert (408,) in {tuple(answer.statuses) for answer in answers}
    finally:
        stop.set()
        for connection in slow:
            connection.close()
    drip.join()
    assert server.is_alive()


def _drip(connections: list[socket.socket], stop: threading.Event, wanted: bool) -> None:
    while wanted and not stop.wait(0.1):
        for connection in connections:
            try:
                connection.sendall(b"a")
            except OSError:
                return


def test_blank_lines_do_not_keep_a_connection(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(ALIVE)
        assert b"200 OK" in connection.recv(65536)
        stop = threading.Event()
        drip = threading.Thread(target=_blank_lines, args=(connection, stop))
        drip.start()
        answer = read_all(connection)
        stop.set()
        drip.join()

    assert answer.closed


def _blank_lines(connection: socket.socket, stop: threading.Event) -> None:
    while not stop.wait(0.1):
        try:
            connection.sendall(b"\r\n")
        except OSError:
            return


def test_whoever_has_said_all_and_closed_their_half_is_answered(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(ALIVE)
        connection.shutdown(socket.SHUT_WR)
        answer = read_all(connection)

    assert answer.statuses in ([200], [])
    assert server.is_alive()


def test_a_connection_that_breaks_in_a_body_does_nothing_and_hurts_nobody(server: Server) -> None:
    begun = post(b"Content-Length: 1000\r\nContent-Type: application/json\r\n", b'{"name":')
    for _ in range(10):
        connection = server.connect()
        connection.sendall(begun)
        # Closed with nothing to wait for: the other end gets a reset.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    half = server.connect()
    half.sendall(begun)
    half.shutdown(socket.SHUT_WR)
    answer = read_all(half)
    half.close()

    assert [status for status in answer.statuses if status >= 500 or status < 300] == []
    assert server.is_alive()


def test_a_body_that_is_announced_is_asked_for_and_read(server: Server) -> None:
    with server.connect() as connection:
        head = b"Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        connection.sendall(post(head))
        first = connection.recv(65536)
        connection.sendall(b"{}" + LAST)
        rest = read_all(connection)

    assert Answer(first + rest.said, closed=True).statuses == [100, 401, 200]


def test_all_the_while_no_fault_was_logged(server: Server) -> None:
    log: Path = server.log_path

    assert "Traceback" not in log.read_text()
    assert "Internal Server Error" not in log.read_text()
