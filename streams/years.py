"""The partitions of the outputs, made a year before the first output lies in them."""

from __future__ import annotations

from time import monotonic

import structlog
from django.db import OperationalError

from common import timeseries
from common.clock import utc_now

TABLE = "streams_output"
UNIQUE = "stream_id, seq"
LOOK_SECONDS = 3600.0
log = structlog.get_logger(__name__)


class Years:
    """Looks once an hour whether there is room for what comes; the leading relay holds it."""

    def __init__(self) -> None:
        self._looked_at = float("-inf")

    def keep(self) -> None:
        """Make what is missing; who holds a lock that is in the way is waited for next time."""
        if monotonic() - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = monotonic()
        if not timeseries.is_partitioned(TABLE):
            return
        try:
            made = timeseries.make_years(TABLE, unique=UNIQUE, now=utc_now())
        except OperationalError as error:
            log.warning("years_of_outputs_not_made", error=str(error).strip())
            return
        if made:
            log.info("years_of_outputs_made", partitions=made)
