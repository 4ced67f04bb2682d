"""Publish signals as they come in: woken by whoever accepted one, and looking by itself."""

from __future__ import annotations

from threading import Event

import psycopg
import structlog
from django.db import InterfaceError, OperationalError, connection

from common.clock import utc_now
from common.listening import listening_on
from ingest.publication import CHANNEL
from ingest.services.publication import BATCH_SIGNALS, publish_signals

LOOK_SECONDS = 0.5
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.2, 5.0
LOST_DATABASE = (OperationalError, InterfaceError, psycopg.OperationalError)
log = structlog.get_logger("ingest.publisher")


def run_publisher(stop: Event) -> None:
    """Publish until told to stop; wait and begin again when the database is lost."""
    wait = FIRST_WAIT_SECONDS
    while not stop.is_set():
        try:
            with listening_on(CHANNEL) as wakeups:
                while not stop.is_set():
                    _publish_all(stop)
                    wait = FIRST_WAIT_SECONDS
                    _wait_for_more(wakeups)
        except LOST_DATABASE as error:
            connection.close()
            log.warning("publisher_lost_the_database", error=type(error).__name__)
            stop.wait(wait)
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)
    connection.close()


def _publish_all(stop: Event) -> None:
    while publish_signals(now=utc_now()) == BATCH_SIGNALS:
        if stop.is_set():
            return


def _wait_for_more(wakeups: psycopg.Connection) -> None:
    for _ in wakeups.notifies(timeout=LOOK_SECONDS, stop_after=1):
        return
