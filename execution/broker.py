"""The queue's way to Redis: a server that is away is waited for, a silent one is given up."""

from __future__ import annotations

import time
from typing import Any

import redis
import structlog
from django_q.brokers.redis_broker import Redis
from django_q.conf import Conf
from redis.backoff import NoBackoff
from redis.retry import Retry

ANSWER_SECONDS = 5.0  # the queue itself waits a second for a task
AGAIN_SECONDS = 0.5
log = structlog.get_logger(__name__)


class PatientBroker(Redis):  # type: ignore[misc]
    """Takes tasks again as soon as there is a server again.

    Whoever is told of an error by its broker gives up for ten seconds and is then replaced.
    """

    @staticmethod
    def get_connection(list_key: str | None = None) -> redis.Redis:
        """Return a client that gives up a server which does not answer."""
        # Once more, because a server that was restarted has closed the connections there were.
        return redis.Redis.from_url(
            Conf.REDIS, socket_timeout=ANSWER_SECONDS, retry=Retry(NoBackoff(), 1)
        )

    def dequeue(self) -> Any:
        """Return the next task; None when none came, or the server is away."""
        try:
            return super().dequeue()
        except redis.RedisError as error:
            log.warning("queue_without_redis", error=str(error))
            time.sleep(AGAIN_SECONDS)
            return None
