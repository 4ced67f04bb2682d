"""A worker in a thread: it takes what is queued and runs it down the real spine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection
from django_q.brokers import get_broker
from django_q.signing import SignedPackage

from execution import tasks

TASKS: dict[str, Callable[..., None]] = {
    "execution.tasks.run_executions": tasks.run_executions,
    "execution.tasks.replay_execution": tasks.replay_execution,
    "execution.tasks.run_trial": tasks.run_trial,
}


@contextmanager
def working() -> Iterator[None]:
    """Run what is queued until the block ends; the test needs ``transaction=True``."""
    over = threading.Event()
    thread = threading.Thread(target=_work_until, args=(over,))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _work_until(over: threading.Event) -> None:
    broker = get_broker()
    try:
        while not over.is_set():
            for _, package in broker.dequeue() or ():
                task = SignedPackage.loads(package)
                TASKS[task["func"]](*task["args"])
    finally:
        connection.close()
