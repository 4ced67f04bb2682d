"""How many machines should run scripts: measured now, with the advice that was given before."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

import redis
import structlog
from django.conf import settings
from django.db import transaction

from common import row_scope
from common.rate_limits import connections_to
from execution.models import ScalingAdvice
from execution.scheduling.backpressure import Load, load_of
from execution.scheduling.scaling import (
    SCORES_JUDGED,
    Action,
    LastAdvice,
    Recommendation,
    ScalingLimits,
    readings_of,
    recommend,
)
from execution.services import backlog, drains, isolation, load, rooms

SCORES = "signalhub:scaling:scores"
SCORES_FORGOTTEN_SECONDS = 900
KEPT = 200
log = structlog.get_logger(__name__)


@row_scope.for_the_platform
def current_recommendation(*, now: datetime) -> Recommendation:
    """Return what to do about the load of this moment; nothing is written."""
    # Of its own room each web process knows; here the fullest one counts.
    readings = replace(load.measure(), requests=_fullest_room())
    limits = ScalingLimits(most_pods=settings.SCALING_MOST_PODS)
    present: Load = load_of(readings)
    waits = backlog.realtime_wait_seconds(backlog.backlog(now=now))
    return recommend(
        present,
        readings_of(present, readings, realtime_wait_seconds=waits, limits=limits),
        pods=_pods(),
        last=_last(now=now),
        recent_scores=_recent_scores(),
        limits=limits,
    )


@row_scope.for_the_platform
def history() -> list[ScalingAdvice]:
    """Return what was advised before, the newest first."""
    return list(ScalingAdvice.objects.all()[:KEPT])


@row_scope.for_the_platform
def advise(*, now: datetime) -> Recommendation:
    """Look once, remember the score, and write down an advice to change something."""
    found = current_recommendation(now=now)
    _remember(found.score)
    if found.action is not Action.NONE:
        _write(found, now=now)
        log.info("scaling_advised", action=found.action, to=found.recommended_pods)
    return found


@transaction.atomic
def _write(found: Recommendation, *, now: datetime) -> None:
    ScalingAdvice.objects.create(
        at=now,
        action=found.action,
        urgency=found.urgency,
        score=found.score,
        confidence=found.confidence,
        pods=found.pods,
        recommended_pods=found.recommended_pods,
        reason=found.reason[:300],
    )
    kept = ScalingAdvice.objects.order_by("-at").values("pk")[:KEPT]
    ScalingAdvice.objects.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()


def _last(*, now: datetime) -> LastAdvice | None:
    row = ScalingAdvice.objects.first()
    if row is None:
        return None
    ago = max(timedelta(0), now - row.at).total_seconds()
    return LastAdvice(recommended_pods=row.recommended_pods, seconds_ago=ago)


def _fullest_room() -> float:
    # Without Redis nobody counts the machines either, and nothing is advised.
    try:
        return rooms.worst_share()
    except (redis.RedisError, OSError) as error:
        log.warning("rooms_not_known", error=str(error))
        return 0.0


def _pods() -> int | None:
    try:
        machines = isolation.known_machines()
    except redis.RedisError:
        return None
    return len(machines - drains.drained_machines())


def _remember(score: float) -> None:
    try:
        pipeline = _client(settings.REDIS_URL).pipeline()
        pipeline.lpush(SCORES, f"{time.time():.0f} {score:.4f}")
        pipeline.ltrim(SCORES, 0, SCORES_JUDGED - 1)
        pipeline.expire(SCORES, SCORES_FORGOTTEN_SECONDS)
        pipeline.execute()
    except (redis.RedisError, OSError) as error:
        log.warning("score_not_remembered", error=str(error))


def _recent_scores() -> list[float]:
    # Without them an advice is less sure, and says so.
    try:
        rows = _client(settings.REDIS_URL).lrange(SCORES, 0, SCORES_JUDGED - 1)
    except (redis.RedisError, OSError):
        return []
    return [float(row.split()[1]) for row in reversed(rows)]


@lru_cache(maxsize=2)
def _client(url: str) -> redis.Redis:
    return redis.Redis(connection_pool=connections_to(url, decode_responses=True))
