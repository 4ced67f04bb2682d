"""A database that cannot take what it is asked for, told as what it is: 503, and not our bug."""

from __future__ import annotations

import structlog
from django.db import InterfaceError, OperationalError

from common import door_counts
from common.errors import Unavailable

RETRY_SECONDS = 2
log = structlog.get_logger(__name__)


class DatabaseBusy(Unavailable):
    """The database does not answer, or has no room at the moment; try again after Retry-After."""

    code = "database_busy"


def told(error: BaseException) -> DatabaseBusy | None:
    """Return what to tell of an error, or None when the database's room is not its cause.

    No connection to be had, a connection lost, a lock or a statement that took too long: all of
    these pass, and none of them is the caller's fault.
    """
    if not isinstance(error, (OperationalError, InterfaceError)):
        return None
    door_counts.add("database_busy")
    log.warning("database_busy", error=str(error).strip())
    return DatabaseBusy(retry_after_seconds=RETRY_SECONDS)
