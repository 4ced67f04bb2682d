"""Realtime: closed bars become executions."""

from __future__ import annotations

import time
from typing import Any

import redis
import structlog
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection

from common.clock import utc_now
from common.stopping import StopRequest
from execution import queue
from execution.services.realtime import MarketWatch
from market.shards import all_shards, event_stream

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0  # a lost announcement costs at most this; the table is what is read
SETTLE_SECONDS = 0.02  # the bars of one session are announced together


class Command(BaseCommand):
    help = "Create the executions that closed bars make due."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = StopRequest()
        stop.listen()
        watch = MarketWatch()
        log.info("realtime_started")
        positions = dict.fromkeys(map(event_stream, all_shards()), "$")
        while not stop.is_set:
            try:
                watch.run_due(now=utc_now())
                positions |= _wait_for_bars(positions)
            except (redis.RedisError, DatabaseError) as error:
                log.warning("realtime_waits", error=str(error))
                connection.close()
                stop.wait(POLL_SECONDS)


def _wait_for_bars(positions: dict[str, str]) -> dict[str, str]:
    # An announcement only wakes: which bars are due is read from the database, so one that is
    # lost, repeated or late changes nothing.
    with queue.connect() as client:
        found = client.xread(dict(positions), block=int(POLL_SECONDS * 1000))
    if found:
        time.sleep(SETTLE_SECONDS)
    return {str(stream): str(entries[-1][0]) for stream, entries in found}
