"""Realtime: closed bars become executions."""

from __future__ import annotations

import signal
import threading
from typing import Any

import redis
import structlog
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from common.clock import utc_now
from execution import queue, triggers
from execution.services import realtime
from market.services.bars import BARS_EVENT_STREAM

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0  # a lost announcement costs at most this; the table is what is read


class Command(BaseCommand):
    help = "Create the executions that closed bars make due."

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stopping.set())
        log.info("realtime_started")
        last_id = "$"
        while not stopping.is_set():
            try:
                run_all_markets()
                last_id = _wait_for_bars(last_id)
            except (redis.RedisError, DatabaseError) as error:
                log.warning("realtime_waits", error=str(error))
                connection.close()
                stopping.wait(POLL_SECONDS)


def run_all_markets() -> int:
    """Create what is due in every market somebody is subscribed to; return how many."""
    return realtime.run_markets(triggers.active_markets(), now=utc_now())


def _wait_for_bars(last_id: str) -> str:
    # An announcement only wakes: which bars are due is read from the database, so one that is
    # lost, repeated or late changes nothing.
    with queue.connect() as client:
        found = client.xread({BARS_EVENT_STREAM: last_id}, block=int(POLL_SECONDS * 1000))
    return found[0][1][-1][0] if found else last_id
