"""Forgetting beside other work: a thread that takes as long as there is something to forget.

Whoever watches over runs begins it and goes on at once. Of several processes one forgets at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from redis.exceptions import RedisError

from common.clock import utc_now
from streams.cache import connect
from streams.retention import forget_old_prices, forget_unfollowed_streams

LOCK_NAME = "streams_forgetting"
log = structlog.get_logger(__name__)


class Forgetting:
    """Forgets what was streamed long ago, until nothing of it is left or it is told to stop."""

    def __init__(self, is_stopped: Callable[[], bool]) -> None:
        self._is_stopped = is_stopped
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Begin, unless it is still at it."""
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="forgetting", daemon=True)
            self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait for the end of what was begun, and tell whether it came."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self._thread is None or not self._thread.is_alive()

    def _run(self) -> None:
        try:
            # The lock belongs to the connection, which is closed in any case.
            if _takes_lead():
                self._forget()
        except (RedisError, DatabaseError) as error:
            log.warning("streamed_not_forgotten", error=str(error).strip())
        finally:
            connection.close()

    def _forget(self) -> None:
        prices = forget_old_prices(now=utc_now(), is_stopped=self._is_stopped)
        with connect(settings.REDIS_URL) as client:
            streams = forget_unfollowed_streams(client, now=utc_now(), is_stopped=self._is_stopped)
        if prices or streams:
            log.info("streamed_forgotten", prices=prices, streams=streams)


def _takes_lead() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [LOCK_NAME])
        return bool(cursor.fetchone()[0])
