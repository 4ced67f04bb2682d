"""A worker is stopped while it has a run in its hands.

So its lease runs out, another worker does the run, and what the first says when it wakes is late.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence

from psycopg import Connection

from tests.faults.injection import send_signal
from tests.process_tree import Seen

CAUGHT_WITHIN_SECONDS = 2.0
LOOK_SECONDS = 0.01
# What the other worker had in its hands is done by then.
STILL_SECONDS = 1.0
# What is locked is being claimed or written: that waits for its worker, not for a lease to run out.
# The same goes for what else a session holds that was stopped in the middle of something.
RUNNING = """
    SELECT id, fence FROM execution_execution WHERE status = 'running' FOR UPDATE SKIP LOCKED
"""
IN_THE_MIDDLE = """
    SELECT 1 FROM pg_stat_activity
    WHERE state = 'idle in transaction' AND state_change < now() - interval '500 ms'
"""


def stop_at_work(family: Sequence[Seen], session: Connection) -> float | None:
    """Stop a worker's processes and return when; None: it had no run in its hands."""
    until = time.monotonic() + CAUGHT_WITHIN_SECONDS
    while time.monotonic() < until:
        if session.execute(RUNNING).fetchone():
            stopped_at = time.monotonic()
            if _stop(family, session):
                return stopped_at
        time.sleep(LOOK_SECONDS)
    return None


def wake(family: Sequence[Seen]) -> None:
    """Let processes go on."""
    for process in family:
        send_signal(signal.SIGCONT, process)


def _stop(family: Sequence[Seen], session: Connection) -> bool:
    has_a_run = False
    try:
        for process in family:
            send_signal(signal.SIGSTOP, process)
        has_a_run = _is_left_with_a_run(session)
    finally:
        if not has_a_run:
            wake(family)
    return has_a_run


def _is_left_with_a_run(session: Connection) -> bool:
    left = set(session.execute(RUNNING))
    until = time.monotonic() + STILL_SECONDS
    while left and time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
        left &= set(session.execute(RUNNING))
    return bool(left) and session.execute(IN_THE_MIDDLE).fetchone() is None
