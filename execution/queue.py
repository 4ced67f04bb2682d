"""The queue: execution ids on their way to a worker, and word back when one is done.

The queue may lose what it carries (django-q2 on Redis delivers at most once), so it carries ids
only; ``services/recovery.py`` sends again what got lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from math import ceil
from uuid import UUID

import redis
import structlog
from django.conf import settings
from django.db import transaction
from django_q.tasks import async_task

from execution.models import Execution, ExecutionStatus

# Ids in one task: fewer round trips, and still work for every worker. A great many at once are one
# bar's plans, which share a child of the sandbox and its start.
CHUNK = 10
MOST_TOGETHER = 50
DONE_TTL_SECONDS = 120
log = structlog.get_logger(__name__)


def connect() -> redis.Redis:
    """Return a client of the queue's Redis; blocking calls get their own longer time-out."""
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5, decode_responses=True)


def send(executions: Iterable[Execution], *, now: datetime) -> None:
    """Mark executions as queued and, once the caller's transaction commits, hand them over."""
    wanted = list(executions)
    Execution.objects.filter(
        pk__in=[row.pk for row in wanted], status=ExecutionStatus.PENDING
    ).update(queued_at=now)
    hand_over((row.version_id, row.pk) for row in wanted)


def hand_over(ids_with_version: Iterable[tuple[UUID, UUID]]) -> None:
    """Once the caller's transaction commits, give away ``(version id, execution id)`` pairs.

    What shares a version travels together, so that a worker can run it together.
    """
    ids = [str(pk) for _, pk in sorted(ids_with_version)]
    transaction.on_commit(lambda: _enqueue(ids))


def announce_done(executions: Iterable[Execution]) -> None:
    """Once the transaction commits, wake whoever waits for these executions."""
    keys = [_done_key(execution.pk) for execution in executions]
    if keys:
        transaction.on_commit(lambda: _push_done(keys))


def wait_until_done(pk: UUID, *, seconds: float) -> bool:
    """Wait for the word that an execution finished; return False when none came in time."""
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=seconds + 5) as client:
        return client.blpop([_done_key(pk)], timeout=seconds) is not None


def _enqueue(ids: list[str]) -> None:
    try:
        size = _chunk_size(len(ids))
        for chunk in (ids[start : start + size] for start in range(0, len(ids), size)):
            async_task("execution.tasks.run_executions", chunk, save=False, ack_failure=True)
            # With the name of the request that asked for them; the worker's lines have theirs.
            log.info("executions_queued", executions=chunk)
    except redis.RedisError as error:
        # The rows are there, and the reaper sends again what nobody has heard of.
        log.warning("executions_not_queued", executions=len(ids), error=str(error))


def _chunk_size(count: int) -> int:
    share: int = ceil(count / settings.Q_CLUSTER["workers"])
    return min(max(share, CHUNK), MOST_TOGETHER)


def _push_done(keys: Sequence[str]) -> None:
    try:
        with _announcer().pipeline() as pipeline:
            for key in keys:
                pipeline.rpush(key, "done")
                pipeline.expire(key, DONE_TTL_SECONDS)
            pipeline.execute()
    except redis.RedisError as error:
        # The rows say it too, and whoever waits looks there in the end.
        log.warning("ends_not_announced", executions=len(keys), error=str(error))


@cache
def _announcer() -> redis.Redis:
    return connect()


def _done_key(pk: UUID) -> str:
    return f"signalhub:execution:{pk}:done"
