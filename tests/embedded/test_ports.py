"""Ports that are taken are stepped around, and the choice is remembered."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from signalhub.embedded.ports import LOOPBACK, PortBook, first_free_port, is_free


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_somebody_listens_on_is_not_free(taken_port: int) -> None:
    assert not is_free(taken_port)


def test_a_taken_port_is_stepped_around(taken_port: int) -> None:
    port = first_free_port(taken_port)

    assert port > taken_port
    assert is_free(port)


def test_a_port_is_the_same_the_next_time(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    preferred = first_free_port(21000)

    first = PortBook(file).take("web", preferred=preferred)
    again = PortBook(file).take("web", preferred=preferred + 50)

    assert first == again == preferred


def test_a_remembered_port_that_was_taken_meanwhile_is_given_up(
    tmp_path: Path, taken_port: int
) -> None:
    file = tmp_path / "ports.json"
    file.write_text(f'{{"web": {taken_port}}}')

    port = PortBook(file).take("web", preferred=taken_port)

    assert port != taken_port
    assert is_free(port)


def test_two_servers_never_share_a_port(tmp_path: Path) -> None:
    book = PortBook(tmp_path / "ports.json")
    preferred = first_free_port(22000)

    ports = [book.take(name, preferred=preferred) for name in ("first", "second", "third")]

    assert len(set(ports)) == 3
