"""Begin the numbering of streams anew, when the numbers that were given no longer mean the same."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from redis import Redis

from accounts import audit
from streams.models import Stream
from streams.relay import MARKER

# Twelve random digits each. Rows are locked in the order of their ids, as everywhere.
RENEW = """
    WITH locked AS (SELECT id FROM streams_stream ORDER BY id FOR NO KEY UPDATE)
    UPDATE streams_stream s
    SET epoch = left(replace(gen_random_uuid()::text, '-', ''), 12)
    FROM locked WHERE locked.id = s.id
"""


@transaction.atomic
def renew_epochs(*, now: datetime) -> int:
    """Give every stream a new epoch, and return how many there are.

    Outputs and their numbers stay. Whoever resumes with an epoch from before begins afresh.
    """
    newest = Stream.objects.order_by("-pk").first()
    if newest is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(RENEW)
        renewed: int = cursor.rowcount
    audit.record(
        "stream_epochs_renewed",
        newest,
        chain=audit.PLATFORM_CHAIN,
        acting_user=None,
        now=now,
        after={"streams": renewed},
    )
    return renewed


def forget_copies(redis: Redis) -> None:
    """Let the relay compare every stream with its copy, and write anew what differs."""
    redis.delete(MARKER)
