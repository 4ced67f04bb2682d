"""The queue's broker takes tasks again as soon as there is a server again."""

import socket
from collections.abc import Iterator

import pytest
from django_q.conf import Conf

from execution import broker
from execution.broker import ClusterBroker
from tests.streams.servers import OwnRedis, own_redis


@pytest.fixture
def server() -> Iterator[OwnRedis]:
    with own_redis() as running:
        yield running


def test_tasks_are_taken_again_after_the_server_was_killed(server: OwnRedis) -> None:
    queue = broker_of(server.url)
    queue.enqueue("before")
    before = queue.dequeue()

    server.kill()
    while_away = [queue.dequeue(), queue.dequeue()]
    server.start()
    queue.enqueue("after")

    assert before == [(None, b"before")]
    assert while_away == [None, None]
    assert queue.dequeue() == [(None, b"after")]


def test_a_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        queue = broker_of(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")

        assert queue.dequeue() is None


def broker_of(address: str) -> ClusterBroker:
    """Return a broker of another server than the tests'."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Conf, "REDIS", address)
        return ClusterBroker()
