"""Keep the leases of what a worker runs, and word of its life, for as long as it does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, connection

from common.clock import utc_now
from execution import liveness
from execution.services.claims import Claim, renew

log = structlog.get_logger(__name__)


@contextmanager
def kept(claims: Sequence[Claim]) -> Iterator[None]:
    """Renew the leases of claims from another thread until the block ends."""
    with renewed(lambda now: renew(claims, now=now)):
        yield


@contextmanager
def renewed(renew_leases: Callable[[datetime], object]) -> Iterator[None]:
    """Call something that renews leases, from another thread, until the block ends."""
    over = threading.Event()
    thread = threading.Thread(target=_renew_until, args=(renew_leases, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _renew_until(renew_leases: Callable[[datetime], object], over: threading.Event) -> None:
    try:
        while not over.wait(settings.EXECUTION_LEASE_SECONDS / 3):
            renew_leases(utc_now())
            # Who runs something long is busy, not stalled; a task's own time limit ends a hung one.
            liveness.note_progress()
    except (DatabaseError, redis.RedisError) as error:
        # Without a renewal the lease runs out and the fence decides; nothing is lost.
        log.warning("lease_not_renewed", error=str(error))
    finally:
        connection.close()
