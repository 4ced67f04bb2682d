"""Run the relay: one at a time, woken by PostgreSQL, through the loss of either server."""

from __future__ import annotations

from threading import Event
from time import monotonic

import psycopg
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from redis.exceptions import RedisError

from common.listening import listening_on
from streams import cache
from streams.publishing import CHANNEL
from streams.relay import Relay
from streams.years import Years

POLL_SECONDS = 1.0
LOCK_NAME = "streams_relay"
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.2, 2.0
LOST_SERVER = (OperationalError, InterfaceError, psycopg.OperationalError, RedisError)
log = structlog.get_logger(__name__)


def run_relay(stop: Event) -> None:
    """Carry outputs until told to stop; wait and begin again when a server is lost."""
    wait = FIRST_WAIT_SECONDS
    while not stop.is_set():
        started = monotonic()
        try:
            _run_while_connected(stop)
        except LOST_SERVER as error:
            connection.close()
            # A time of honest work means that this is a new trouble, not the old one again.
            if monotonic() - started > LONGEST_WAIT_SECONDS:
                wait = FIRST_WAIT_SECONDS
            log.warning("relay_lost_a_server", error=str(error).strip(), retry_in_seconds=wait)
            stop.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)
    connection.close()


def _run_while_connected(stop: Event) -> None:
    redis = cache.connect(settings.REDIS_URL)
    try:
        # It holds the lead as well, for as long as it lives.
        with listening_on(CHANNEL) as notices:
            if not _take_lead(notices, stop):
                return
            log.info("relay_leads")
            relay = Relay(redis)
            relay.restore()
            years = Years()
            looked_everywhere_at = float("-inf")
            while not stop.is_set():
                if monotonic() - looked_everywhere_at >= POLL_SECONDS:
                    looked_everywhere_at = monotonic()
                    relay.carry()
                    years.keep()
                else:
                    told = notices.notifies(timeout=POLL_SECONDS, stop_after=1)
                    relay.carry({int(notice.payload) for notice in told})
    finally:
        redis.close()


def _take_lead(notices: psycopg.Connection, stop: Event) -> bool:
    """Wait until no other relay is active; False when told to stop before."""
    waiting = False
    while not stop.is_set():
        row = notices.execute(
            "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [LOCK_NAME]
        ).fetchone()
        if row is not None and row[0]:
            return True
        if not waiting:
            log.info("relay_waits_for_the_active_one")
            waiting = True
        stop.wait(POLL_SECONDS)
    return False
