"""Signs of life of the worker cluster, in Redis."""

from __future__ import annotations

import time

from django_q.tasks import async_task

from execution import queue

PROGRESS = "signalhub:worker:progress"
TTL_SECONDS = 3600


def note_progress() -> None:
    """Say that the cluster moved just now: it started, or a worker finished something."""
    with queue.connect() as client:
        client.set(PROGRESS, time.time(), ex=TTL_SECONDS)


def send_canary() -> None:
    """Put a task into the queue whose only purpose is to be noted as progress."""
    async_task("execution.tasks.answer_canary", save=False)


def seconds_since_progress() -> float | None:
    """Return how long ago a worker finished something, or None when none ever did."""
    with queue.connect() as client:
        noted = client.get(PROGRESS)
    return time.time() - float(noted) if noted else None
