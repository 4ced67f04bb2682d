"""Tokens that are refused before their time: PostgreSQL knows, Redis remembers some of it.

Redis is asked first, and only its yes counts: that token was revoked, and no query is spent on it.
Its no is never proof, for it may be empty, flushed, another one, or away; then the database is
asked, in the query that loads the user anyhow. So a revocation holds, on every process, from the
commit on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache

import structlog
from django.conf import settings
from django.db import transaction
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from accounts.models import RevokedToken
from common.breaker_rule import BreakerLimits
from common.circuit_breakers import Breaker, BreakerOpen

ANSWER_SECONDS = 0.2  # nobody waits for a hint
REMOVED_AT_ONCE = 50
log = structlog.get_logger(__name__)
# Of this process alone: what the processes know together stands in Redis.
_breaker = Breaker("redis of the blacklist", (RedisError, OSError), BreakerLimits(open_seconds=5.0))


def add(jti: str, user_id: int, *, expires_at: datetime, reason: str, now: datetime) -> None:
    """Refuse a token from the commit of the caller's transaction on."""
    RevokedToken.objects.bulk_create(
        [
            RevokedToken(
                jti=jti, user_id=user_id, reason=reason, revoked_at=now, expires_at=expires_at
            )
        ],
        ignore_conflicts=True,
    )
    # What has run out is refused by itself; a few at a time, the list stays as short as it can.
    long_over = now - timedelta(seconds=settings.TOKEN_CLOCK_SKEW_SECONDS)
    expired = RevokedToken.objects.filter(expires_at__lt=long_over)
    RevokedToken.objects.filter(
        pk__in=[*expired.values_list("pk", flat=True)[:REMOVED_AT_ONCE]]
    ).delete()
    seconds = max(1, round((expires_at - now).total_seconds()))
    transaction.on_commit(lambda: remember([jti], seconds=seconds))


def is_remembered(jti: str) -> bool:
    """Tell whether Redis knows that a token was revoked; False says nothing."""
    try:
        with _breaker.guarding():
            return bool(_redis(settings.REDIS_URL).exists(_name(jti)))
    except (RedisError, OSError, BreakerOpen):
        return False


def remember(jtis: Iterable[str], *, seconds: int) -> None:
    """Let Redis know of revoked tokens; whether it does changes only what a refusal costs."""
    try:
        with _breaker.guarding():
            client = _redis(settings.REDIS_URL)
            for jti in jtis:
                client.set(_name(jti), 1, ex=seconds)
    except (RedisError, OSError, BreakerOpen) as error:
        log.info("revocation_not_remembered", error=str(error))


def _name(jti: str) -> str:
    return f"revoked:{jti}"


@lru_cache(maxsize=2)
def _redis(url: str) -> Redis:
    return Redis.from_url(
        url,
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )
