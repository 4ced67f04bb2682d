"""The queue's broker takes tasks again as soon as there is a server again."""

import socket
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from execution import broker
from execution.broker import PatientBroker
from tests.streams.servers import OwnRedis, own_redis


@pytest.fixture
def server() -> Iterator[OwnRedis]:
    with own_redis() as running:
        yield running


def test_tasks_are_taken_again_after_the_server_was_killed(
    server: OwnRedis, settings: Settings
) -> None:
    settings.REDIS_URL = server.url
    queue = PatientBroker()
    queue.enqueue("before")
    before = queue.dequeue()

    server.kill()
    while_away = [queue.dequeue(), queue.dequeue()]
    server.start()
    queue.enqueue("after")

    assert before == [(None, b"before")]
    assert while_away == [None, None]
    assert queue.dequeue() == [(None, b"after")]


def test_a_server_that_does_not_answer_is_given_up(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.REDIS_URL = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"

        assert PatientBroker().dequeue() is None
