"""The queue as a cluster sees it: what is meant for it alone, then what all of them share.

A server that is away is waited for, a silent one is given up.
"""

from __future__ import annotations

import os
import time

import redis
import structlog
from django_q.brokers.redis_broker import Redis
from django_q.conf import Conf
from redis.backoff import NoBackoff
from redis.retry import Retry

CLUSTER_VARIABLE = "SIGNALHUB_CLUSTER"  # in the environment of everything a worker starts
WAIT_SECONDS = 1
ANSWER_SECONDS = 5.0
AGAIN_SECONDS = 0.5
CANARY_TTL_SECONDS = 60
log = structlog.get_logger(__name__)


class ClusterBroker(Redis):  # type: ignore[misc]  # the library has no types
    """Takes tasks for a cluster, and takes them again as soon as there is a server again.

    Whoever is told of an error by its broker gives up for ten seconds and is then replaced.
    """

    @staticmethod
    def get_connection(list_key: str | None = None) -> redis.Redis:
        """Return a client that gives up a server which does not answer."""
        # Once more, because a server that was restarted has closed the connections there were.
        return redis.Redis.from_url(
            Conf.REDIS, socket_timeout=ANSWER_SECONDS, retry=Retry(NoBackoff(), 1)
        )

    def dequeue(self) -> list[tuple[None, bytes]] | None:
        """Return the next task, its own first; None when there is none, or the server is away."""
        own = os.environ.get(CLUSTER_VARIABLE, "")
        keys = [*([_canaries_of(own)] if own else []), self.list_key]
        try:
            found = self.connection.blpop(keys, WAIT_SECONDS)
        except redis.RedisError as error:
            log.warning("queue_without_redis", error=str(error))
            time.sleep(AGAIN_SECONDS)
            return None
        return [(None, found[1])] if found else None


class CanaryBroker(Redis):  # type: ignore[misc]  # the library has no types
    """Puts a canary where one cluster looks, in the place of one that it has not taken yet."""

    def __init__(self, cluster: str) -> None:
        super().__init__()
        self.list_key = _canaries_of(cluster)

    def enqueue(self, task: str) -> int:
        """Leave the newest canary alone there, for as long as it means something."""
        with self.connection.pipeline() as pipeline:
            pipeline.delete(self.list_key)
            pipeline.rpush(self.list_key, task)
            pipeline.expire(self.list_key, CANARY_TTL_SECONDS)
            pipeline.execute()
        return 1


def _canaries_of(cluster: str) -> str:
    return f"signalhub:workers:canary:{cluster}"
