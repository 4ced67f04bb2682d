"""Recognise a body that was sent a moment ago by a producer that cannot sign."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from ingest.authentication import Origin
from ingest.dialects import body_digests
from ingest.dialogue import Dialogue, Statement
from ingest.models import Producer

# Of two copies at once the second waits here until the first one is stored.
ALONE = "SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 0))"
RECENT = """
SELECT mac_digest FROM signals
WHERE producer_id = %(producer)s AND mac_digest IN (%(this)s, %(before)s, %(after)s)
  AND created_at >= %(since)s
ORDER BY created_at LIMIT 1
"""


def origin_of_body(
    body: bytes, producer: Producer, *, now: datetime, window: timedelta
) -> Dialogue[Origin]:
    """Return where a body comes from, with the digest of its first copy inside the window.

    Has to be held inside one transaction, in which the signal is stored as well.
    """
    this, before, after = body_digests(body, now=now, window=window)
    yield Statement(ALONE, {"key": f"signal:{producer.pk}:{hashlib.sha256(body).hexdigest()}"})
    rows = yield Statement(
        RECENT,
        {
            "producer": producer.pk,
            "this": this,
            "before": before,
            "after": after,
            "since": now - window,
        },
    )
    digest = bytes(rows[0][0]) if rows else this
    return Origin(producer=producer, mac_digest=digest)
