"""Accept many signals at once: all of them or none, in one statement, once for each key."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from common.idempotency_keys import HEADER, IdempotencyKeyReused
from common.ids import uuid7
from ingest.authentication import Origin
from ingest.dialogue import Dialogue, Statement
from ingest.models import SignalStatus
from ingest.services.acceptance import (
    UNCHANGED,
    NewSignal,
    PayloadTooLarge,
    ProducerChanged,
    payload_json,
    sender_of,
)

INSERT = f"""
WITH batch AS (
    INSERT INTO ingest_signalbatch
        (producer_id, key, body_sha256, mac_digest, signal_ids, created_at)
    SELECT %(producer)s::bigint, %(key)s, %(body_sha256)s::bytea, %(mac_digest)s::bytea,
           %(ids)s::uuid[], %(now)s::timestamptz
    WHERE %(producer)s::bigint IS NULL OR {UNCHANGED}
    ON CONFLICT DO NOTHING
    RETURNING producer_id
)
INSERT INTO signals (id, instrument, side, time, payload, version, status,
                     created_at, updated_at, producer_id, mac_digest)
SELECT s.id, s.instrument, s.side, s.time, s.payload::jsonb, s.version,
       {SignalStatus.NEW.value}::smallint, %(now)s::timestamptz, %(now)s::timestamptz,
       batch.producer_id, s.mac_digest
FROM batch CROSS JOIN unnest(
    %(ids)s::uuid[], %(instruments)s::text[], %(sides)s::smallint[], %(times)s::timestamptz[],
    %(payloads)s::text[], %(versions)s::integer[], %(digests)s::bytea[]
) AS s (id, instrument, side, time, payload, version, mac_digest)
ORDER BY s.id
RETURNING id
"""
# The request of a key comes before the one that merely has the same signature.
FIRST = f"""
SELECT key, body_sha256, signal_ids, created_at FROM ingest_signalbatch
WHERE (producer_id = %(producer)s::bigint OR producer_id IS NULL AND %(producer)s::bigint IS NULL)
  AND (key = %(key)s OR mac_digest = %(mac_digest)s::bytea)
  AND (%(producer)s::bigint IS NULL OR {UNCHANGED})
ORDER BY key = %(key)s DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReceipt:
    """What the sender of a batch is told, the first time and every time after."""

    ids: Sequence[UUID]
    created_at: datetime
    replayed: bool = False


def accept_batch(
    signals: Sequence[NewSignal], *, key: str, body: bytes, origin: Origin | None, now: datetime
) -> Dialogue[BatchReceipt]:
    """Store signals, or return the receipt of those that this key stored before.

    ``body`` is what the key stands for: it may be signed again at another instant.

    Raises
    ------
    PayloadTooLarge
    IdempotencyKeyReused
        The key stands for another body.
    ProducerChanged
        The producer is not as ``origin`` remembers it.
    """
    ids = [uuid7() for _ in signals]
    ids.sort()  # of one millisecond, any order is right; this one is the batch's
    batch = {"key": key, "body_sha256": hashlib.sha256(body).digest(), **sender_of(origin)}
    rows = yield Statement(INSERT, {**batch, "now": now, **_columns(signals, ids, origin)})
    if rows:
        return BatchReceipt(ids=ids, created_at=now)
    rows = yield Statement(FIRST, batch)
    if not rows:
        raise ProducerChanged()
    ((_, body_sha256, first_ids, created_at),) = rows
    if bytes(body_sha256) != batch["body_sha256"]:
        raise IdempotencyKeyReused(field=HEADER)
    return BatchReceipt(ids=first_ids, created_at=created_at, replayed=True)


def _columns(
    signals: Sequence[NewSignal], ids: Sequence[UUID], origin: Origin | None
) -> dict[str, list[Any]]:
    return {
        "ids": list(ids),
        "instruments": [signal.instrument for signal in signals],
        "sides": [signal.side.value for signal in signals],
        "times": [signal.time for signal in signals],
        "payloads": [_payload_at(place, signal) for place, signal in enumerate(signals)],
        "versions": [signal.version for signal in signals],
        "digests": [_digest_at(place, origin) for place in range(len(signals))],
    }


def _payload_at(place: int, signal: NewSignal) -> str | None:
    try:
        return payload_json(signal.payload)
    except PayloadTooLarge as error:
        raise PayloadTooLarge(f"signals[{place}]: {error.message}", **error.details) from None


def _digest_at(place: int, origin: Origin | None) -> bytes | None:
    if origin is None:
        return None
    return hashlib.sha256(origin.mac_digest + b"signal:%d" % place).digest()
