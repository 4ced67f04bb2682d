"""Signs of life: each cluster gets canaries that no other can take, and is judged by its own."""

from __future__ import annotations

import time

import pytest
import redis
from django_q.brokers import get_broker
from django_q.signing import SignedPackage
from django_q.tasks import async_task

from common.stopping import StopRequest
from execution import liveness, tasks
from execution.broker import CLUSTER_VARIABLE
from execution.management.commands.run_worker import Watchdog

pytestmark = pytest.mark.usefixtures("redis_client", "empty_queue")


def taken_by(cluster: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what a cluster finds to do at this moment, having done it."""
    monkeypatch.setenv(CLUSTER_VARIABLE, cluster)
    done = []
    for _, package in get_broker().dequeue() or ():
        task = SignedPackage.loads(package)
        getattr(tasks, task["func"].rpartition(".")[2])()
        done.append(task["func"])
    return done


def test_a_canary_is_taken_by_the_cluster_it_was_sent_to_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    liveness.send_canary("left:1")

    assert taken_by("right:2", monkeypatch) == []
    assert "right:2" not in liveness.seconds_since_progress()
    assert taken_by("left:1", monkeypatch) == ["execution.tasks.answer_canary"]
    assert liveness.seconds_since_progress()["left:1"] < 30


def test_canaries_that_nobody_takes_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        liveness.send_canary("left:1")

    assert len(taken_by("left:1", monkeypatch)) == 1
    assert taken_by("left:1", monkeypatch) == []


def test_every_cluster_takes_what_all_of_them_share(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        async_task("execution.tasks.answer_canary", save=False)

    assert len(taken_by("left:1", monkeypatch)) == 1
    assert len(taken_by("right:2", monkeypatch)) == 1


def test_a_cluster_that_says_nothing_for_an_hour_is_forgotten(redis_client: redis.Redis) -> None:
    redis_client.hset(liveness.PROGRESS, mapping={"old:1": 1.0})
    liveness.note_progress("new:2")

    assert "old:1" not in liveness.seconds_since_progress()
    assert redis_client.hexists(liveness.PROGRESS, "new:2")
    assert not redis_client.hexists(liveness.PROGRESS, "old:1")


@pytest.mark.parametrize(
    ("started_ago", "moved_ago", "is_stalled"),
    [
        (60.0, 60.1, False),  # it has not taken its first canary yet: the start was noted
        (130.0, 130.1, True),
        (200.0, 60.0, True),
        (200.0, 5.0, False),
        (40.0, 35.0, True),
    ],
)
def test_a_cluster_is_given_longer_for_its_first_canary_than_for_the_others(
    started_ago: float, moved_ago: float, is_stalled: bool, redis_client: redis.Redis
) -> None:
    watchdog = Watchdog(StopRequest())
    watchdog.cluster.started_at = time.monotonic() - started_ago
    redis_client.hset(liveness.PROGRESS, watchdog.cluster.name, time.time() - moved_ago)
    redis_client.hset(liveness.PROGRESS, "another:1", time.time())

    assert watchdog._is_stalled() is is_stalled
