"""The queue as a cluster sees it: what is meant for it alone, then what all of them share."""

from __future__ import annotations

import os

from django_q.brokers.redis_broker import Redis

CLUSTER_VARIABLE = "SIGNALHUB_CLUSTER"  # in the environment of everything a worker starts
WAIT_SECONDS = 1
CANARY_TTL_SECONDS = 60


class ClusterBroker(Redis):  # type: ignore[misc]  # the library has no types
    """Takes tasks for a cluster."""

    def dequeue(self) -> list[tuple[None, bytes]] | None:
        """Return the next task, its own first, or None when there is none within a second."""
        own = os.environ.get(CLUSTER_VARIABLE, "")
        keys = [*([_canaries_of(own)] if own else []), self.list_key]
        found = self.connection.blpop(keys, WAIT_SECONDS)
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
