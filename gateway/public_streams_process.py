"""Publish public streams: one process at a time, four turns a second, through lost servers."""

from __future__ import annotations

from threading import Event

import psycopg
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from redis import Redis
from redis.exceptions import RedisError

from common.clock import utc_now
from gateway.public_streams import TURN_SECONDS, PublicStreams
from streams import cache, interest

LOCK_NAME = "gateway_public_streams"
WAIT_SECONDS = 2.0
LOST_SERVER = (OperationalError, InterfaceError, psycopg.OperationalError, RedisError)
log = structlog.get_logger(__name__)


def run_public_streams(stop: Event) -> None:
    """Publish until told to stop; wait and begin again when a server is lost."""
    redis = cache.connect(settings.REDIS_URL)
    while not stop.is_set():
        try:
            if _takes_lead():
                _publish(redis, stop)
        except LOST_SERVER as error:
            connection.close()
            log.warning("public_streams_lost_a_server", error=str(error).strip())
        stop.wait(WAIT_SECONDS)
    connection.close()
    redis.close()


def _publish(redis: Redis, stop: Event) -> None:
    log.info("public_streams_lead")
    streams = PublicStreams()
    while not stop.is_set():
        streams.make_streams()
        # Also when nobody follows anything any more: that is when it is forgotten.
        followed = interest.wanted(redis) | streams.followed_elsewhere()
        streams.publish(followed, now=utc_now())
        stop.wait(TURN_SECONDS)


def _takes_lead() -> bool:
    # The lock belongs to the connection that publishes: without it nothing can be published.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [LOCK_NAME])
        return bool(cursor.fetchone()[0])
