"""Keep the leases of what a worker runs, and word of its life; end it when its row says so.

A row that was ended by somebody else, such as by a hold, has its guest killed: nothing it says
would count any more.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, connection

from common.clock import utc_now
from execution import liveness
from execution.models import Execution, ExecutionStatus
from execution.sandbox.cancellation import Cancellation, cancellable
from execution.services.claims import Claim, renew

WATCH_SECONDS = 0.5
log = structlog.get_logger(__name__)


class Ended:
    """Knows which of some executions were ended by others, and cancels what they run in."""

    def __init__(self, claims: Sequence[Claim]) -> None:
        self._ids = [claimed.execution.pk for claimed in claims]
        self._lock = threading.Lock()
        self._ended: set[UUID] = set()
        self._running: tuple[set[UUID], Cancellation] | None = None

    def look(self) -> None:
        """Ask the table, and cancel what is not to go on."""
        rows = Execution.objects.filter(pk__in=self._ids, status=ExecutionStatus.CANCELLED)
        found = set(rows.values_list("pk", flat=True))
        with self._lock:
            self._ended |= found
            self._cancel_ended()

    @contextmanager
    def running(self, group: Sequence[Claim]) -> Iterator[None]:
        """Have a group of executions end as soon as one of them is found to be over."""
        cancellation = Cancellation()
        with self._lock:
            self._running = {claimed.execution.pk for claimed in group}, cancellation
            self._cancel_ended()
        try:
            with cancellable(cancellation):
                yield
        finally:
            with self._lock:
                self._running = None

    def _cancel_ended(self) -> None:
        if self._running is not None and self._running[0] & self._ended:
            self._running[1].cancel()


@contextmanager
def kept(claims: Sequence[Claim]) -> Iterator[Ended]:
    """Renew the leases of claims, and look whether they were ended, from another thread."""
    ended = Ended(claims)
    with renewed(lambda now: renew(claims, now=now), look=ended.look):
        yield ended


@contextmanager
def ended_when(is_over: Callable[[], bool]) -> Iterator[None]:
    """Have what this thread runs end once something says that it is over."""
    cancellation = Cancellation()

    def look() -> None:
        if is_over():
            cancellation.cancel()

    with renewed(lambda now: None, look=look), cancellable(cancellation):
        yield


@contextmanager
def renewed(
    renew_leases: Callable[[datetime], object], *, look: Callable[[], None] | None = None
) -> Iterator[None]:
    """Call something that renews leases, from another thread, until the block ends.

    ``look`` is called more often, twice a second.
    """
    over = threading.Event()
    thread = threading.Thread(target=_renew_until, args=(renew_leases, look, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _renew_until(
    renew_leases: Callable[[datetime], object],
    look: Callable[[], None] | None,
    over: threading.Event,
) -> None:
    between = settings.EXECUTION_LEASE_SECONDS / 3
    pause = between if look is None else min(WATCH_SECONDS, between)
    due = time.monotonic() + between
    try:
        while not over.wait(pause):
            if look is not None:
                look()
            if time.monotonic() < due:
                continue
            due += between
            renew_leases(utc_now())
            # Who runs something long is busy, not stalled; a task's own time limit ends a hung one.
            liveness.note_progress()
    except (DatabaseError, redis.RedisError) as error:
        # Without a renewal the lease runs out and the fence decides; nothing is lost.
        log.warning("lease_not_renewed", error=str(error))
    finally:
        connection.close()
