"""The proxy breaks connections in the ways it says, and otherwise nobody notices it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.faults.proxy import LOOPBACK, Link, network

PATIENCE_SECONDS = 10.0


@pytest.fixture
def heard() -> list[bytes]:
    """Return what the server has read."""
    return []


@pytest.fixture
def link(heard: list[bytes]) -> Iterator[Link]:
    """Return a link to a server that says everything back."""

    def answer(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            while said := connection.recv(4096):
                heard.append(said)
                connection.sendall(said)

    def serve() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()

    with socket.create_server((LOOPBACK, 0)) as server, network() as net:
        threading.Thread(target=serve, daemon=True).start()
        yield net.link_to(LOOPBACK, server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def client(link: Link) -> Iterator[socket.socket]:
    with connect(link) as connection:
        yield connection


def connect(link: Link) -> socket.socket:
    connection = socket.create_connection((LOOPBACK, link.port), timeout=PATIENCE_SECONDS)
    assert ask(connection, b"hello") == b"hello"
    return connection


def ask(connection: socket.socket, words: bytes) -> bytes:
    connection.sendall(words)
    return connection.recv(4096)


def test_a_reset_ends_every_connection_and_spares_the_next(
    link: Link, client: socket.socket
) -> None:
    link.reset()

    with pytest.raises(ConnectionResetError):
        client.recv(1)
    connect(link).close()


def test_an_answer_is_lost_after_the_server_has_heard(
    link: Link, client: socket.socket, heard: list[bytes]
) -> None:
    link.lose_answers(1)

    with pytest.raises(ConnectionResetError):
        ask(client, b"store this")
    assert heard[-1] == b"store this"
    connect(link).close()


def test_only_answers_to_the_words_that_are_meant_are_lost(
    link: Link, client: socket.socket
) -> None:
    link.lose_answers(1, to=(b"COMMIT",))

    assert ask(client, b"SELECT") == b"SELECT"
    with pytest.raises(ConnectionResetError):
        ask(client, b"COMMIT")


def test_a_half_open_connection_is_silent_and_then_reset(
    link: Link, client: socket.socket, heard: list[bytes]
) -> None:
    link.go_silent(1.0)
    connect(link).close()

    with pytest.raises(ConnectionResetError):
        ask(client, b"is anybody there?")
    assert b"is anybody there?" not in heard


def test_a_slow_link_carries_everything(link: Link, client: socket.socket) -> None:
    link.delay(0.01, lasting_seconds=0.1)

    assert [ask(client, word) for word in (b"a", b"b", b"c")] == [b"a", b"b", b"c"]


def test_a_server_that_is_away_is_a_reset() -> None:
    with network() as net:
        link = net.link_to(LOOPBACK, 1)
        # The reset may come before the connection is there, or after.
        with (
            pytest.raises(ConnectionResetError),
            socket.create_connection((LOOPBACK, link.port), timeout=PATIENCE_SECONDS) as client,
        ):
            client.recv(1)
