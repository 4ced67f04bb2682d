"""Signs of life of each worker's cluster, in Redis: each is known by its machine and its worker."""

from __future__ import annotations

import os
import socket
import time

from django_q.tasks import async_task

from execution import queue
from execution.broker import CLUSTER_VARIABLE, CanaryBroker

PROGRESS = "signalhub:workers:progress"
FORGOTTEN_SECONDS = 3600


def name_of(machine: str, process: int) -> str:
    """Return how the cluster of a worker is called."""
    return f"{machine}:{process}"


def own_name() -> str:
    """Return how the cluster of this worker is called."""
    return name_of(socket.gethostname(), os.getpid())


def note_progress(cluster: str = "") -> None:
    """Say that a cluster moved just now: it started, or a worker of it finished something.

    Without a name it is the one that this process is a part of; what runs outside of any says
    nothing.
    """
    if not (name := cluster or os.environ.get(CLUSTER_VARIABLE, "")):
        return
    with queue.connect() as client, client.pipeline() as pipeline:
        pipeline.hset(PROGRESS, name, time.time())
        pipeline.expire(PROGRESS, FORGOTTEN_SECONDS)
        pipeline.execute()


def send_canary(cluster: str) -> None:
    """Give a cluster a task that no other can take, whose only purpose is to be noted."""
    async_task("execution.tasks.answer_canary", save=False, broker=CanaryBroker(cluster))


def seconds_since_progress() -> dict[str, float]:
    """Return how long ago each cluster moved; one that says nothing for an hour is forgotten."""
    now = time.time()
    with queue.connect() as client:
        ages = {name: now - float(at) for name, at in client.hgetall(PROGRESS).items()}
        if gone := [name for name, age in ages.items() if age > FORGOTTEN_SECONDS]:
            client.hdel(PROGRESS, *gone)
    return {name: max(0.0, age) for name, age in ages.items() if name not in gone}
