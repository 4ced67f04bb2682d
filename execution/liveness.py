"""Signs of life of the worker cluster, in Redis."""

from __future__ import annotations

import time

from django_q.tasks import async_task

from execution import queue

PROGRESS = "signalhub:worker:progress"
CANARY = "signalhub:worker:canary"
TTL_SECONDS = 3600


def note_progress() -> None:
    """Say that a worker finished something just now."""
    with queue.connect() as client:
        client.set(PROGRESS, time.time(), ex=TTL_SECONDS)


def send_canary(nonce: str) -> None:
    """Put a task into the queue whose only purpose is to be answered."""
    async_task("execution.tasks.answer_canary", nonce, save=False)


def answer(nonce: str) -> None:
    """Answer the canary: the cluster moved."""
    with queue.connect() as client:
        client.set(CANARY, nonce, ex=TTL_SECONDS)
    note_progress()


def seconds_since_progress() -> float | None:
    """Return how long ago a worker finished something, or None when none ever did."""
    with queue.connect() as client:
        noted = client.get(PROGRESS)
    return time.time() - float(noted) if noted else None


def forget_progress() -> None:
    """Start afresh, when a new cluster starts."""
    with queue.connect() as client:
        client.set(PROGRESS, time.time(), ex=TTL_SECONDS)
