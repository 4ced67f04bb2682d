"""Processes that outlive their servers: what fails because one is away is tried again."""

from __future__ import annotations

import redis
import structlog
import tenacity
from django.db import InterfaceError, OperationalError, connection

from common.stopping import StopRequest

log = structlog.get_logger(__name__)

FAULTS = (OperationalError, InterfaceError, redis.RedisError)
RETRY_SECONDS_MAX = 10.0


def patient(process: str, stopping: StopRequest) -> tenacity.Retrying:
    """Return what calls a step until its servers answer, or the process is told to stop.

    Told to stop in an outage, it raises the fault of it, one of ``FAULTS``.
    """

    def on_fault(state: tenacity.RetryCallState) -> None:
        assert state.outcome is not None
        connection.close()
        log.warning(
            "process_waits_for_servers",
            process=process,
            attempt=state.attempt_number,
            error=str(state.outcome.exception()).strip(),
        )

    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(FAULTS),
        wait=tenacity.wait_random_exponential(multiplier=0.2, max=RETRY_SECONDS_MAX),
        stop=lambda state: stopping.is_set,
        sleep=stopping.wait,
        before_sleep=on_fault,
        reraise=True,
    )
