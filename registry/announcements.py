"""Tell the other processes that a right has ended, so that open sockets close at once."""

from __future__ import annotations

import json
import uuid
from functools import lru_cache

import redis
from django.conf import settings

REVOCATIONS_CHANNEL = "signalhub:revocations"
REDIS_SECONDS = 2


def announce_revocation(user_id: int | None, script_id: uuid.UUID | None) -> None:
    """Publish whose right to which script may have ended; None stands for everybody's, or any."""
    message = json.dumps(
        {"user_id": user_id, "script_id": None if script_id is None else str(script_id)}
    )
    _client(settings.REDIS_URL).publish(REVOCATIONS_CHANNEL, message)


@lru_cache(maxsize=2)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
    )
