"""The process that closes bars by the clock, for instruments in which nothing happens just now."""

from __future__ import annotations

import structlog
import tenacity
from django.db import InterfaceError, OperationalError, connection

from common.stopping import StopRequest
from market.bars import NewBar
from market.services.rolling import close_due_bars
from market.shared_clock import shared_now

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0  # a bar without later ticks is this much late at most, beyond its grace
RETRY_SECONDS_MAX = 10.0
DATABASE_FAULTS = (OperationalError, InterfaceError)


class BarsProcess:
    """Closes what is due, again and again. Nothing is kept here that a restart would lose."""

    def __init__(self, *, stopping: StopRequest) -> None:
        self._stopping = stopping

    def run(self) -> None:
        """Close bars until told to stop; a database that is away is waited for."""
        patient = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(DATABASE_FAULTS),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=RETRY_SECONDS_MAX),
            stop=lambda state: self._stopping.is_set,
            sleep=self._stopping.wait,
            before_sleep=self._on_fault,
            reraise=True,
        )
        while not self._stopping.is_set:
            try:
                closed = patient(self._step)
            except DATABASE_FAULTS:
                log.info("bars_stop_in_outage")
                break
            if not closed:
                self._stopping.wait(LOOK_SECONDS)
        log.info("bars_stopped")

    def _step(self) -> list[NewBar]:
        # The clock is read anew on each try: an outage does not hold it up.
        return close_due_bars(now=shared_now())

    def _on_fault(self, state: tenacity.RetryCallState) -> None:
        assert state.outcome is not None
        connection.close()
        log.warning(
            "bars_wait_for_database",
            attempt=state.attempt_number,
            error=str(state.outcome.exception()).strip(),
        )
