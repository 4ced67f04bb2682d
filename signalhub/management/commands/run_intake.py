"""Record what feeds write to the intake stream, until told to stop."""

from __future__ import annotations

import os
import socket
from typing import Any

import redis
import structlog
from django.conf import settings
from django.core.management.base import BaseCommand

from common.clock import utc_now
from common.stopping import StopRequest
from execution.services.dead_letters import bury_entry
from market.intake_stream import INTAKE_STREAM, IntakeStream
from market.patience import FAULTS, patient

log = structlog.get_logger(__name__)

REDIS_SECONDS = 5.0  # longer than a look waits, shorter than a Redis that is gone


class Command(BaseCommand):
    help = (
        f"Record the ticks and bars that feeds append to the Redis stream {INTAKE_STREAM}, and "
        "acknowledge them. Of several, one records and the others stand by. SIGTERM ends it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        stopping = StopRequest()
        stopping.listen()
        client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=REDIS_SECONDS)
        consumer = f"{socket.gethostname()}-{os.getpid()}"
        stream = IntakeStream(client, consumer=consumer, bury=bury_entry)
        log.info("intake_started")
        try:
            while not stopping.is_set:
                patient("intake", stopping)(stream.step, clock=utc_now)
            stream.leave()
        except FAULTS:
            log.info("intake_stops_in_outage")
        log.info("intake_stopped")
