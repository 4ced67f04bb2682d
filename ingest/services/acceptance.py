"""Accept signals: one statement stores one, knows a repetition and checks its producer."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from common.errors import TooLarge, Unavailable
from common.ids import uuid7
from ingest.authentication import Origin
from ingest.dialogue import Dialogue, Statement
from ingest.models import Producer, Side, SignalStatus
from ingest.strict_json import compact_json

# The producer is compared with what this process remembers of it: whoever was switched off or has
# got another secret meanwhile stores nothing by an outdated memory.
UNCHANGED = """EXISTS (
    SELECT FROM ingest_producer p
    WHERE p.id = %(producer)s AND p.enabled AND p.revision = %(revision)s
)"""
INSERT = f"""
INSERT INTO signals (id, instrument, side, time, payload, version, status,
                     created_at, updated_at, producer_id, mac_digest)
SELECT %(id)s::uuid, %(instrument)s, %(side)s::smallint, %(time)s::timestamptz,
       %(payload)s::jsonb, %(version)s::integer, {SignalStatus.NEW.value}::smallint,
       %(now)s::timestamptz, %(now)s::timestamptz, %(producer)s::bigint, %(mac_digest)s::bytea
WHERE %(producer)s::bigint IS NULL OR {UNCHANGED}
ON CONFLICT (producer_id, mac_digest) DO NOTHING
RETURNING id
"""
FIRST = f"""
SELECT id, created_at FROM signals
WHERE producer_id = %(producer)s AND mac_digest = %(mac_digest)s AND {UNCHANGED}
"""
# At most one write per producer and interval: signals sent at once would queue for this row.
SEEN = """
UPDATE ingest_producer SET last_seen_at = %(now)s
WHERE id = %(producer)s AND (last_seen_at IS NULL OR last_seen_at < %(stale)s)
"""


class PayloadTooLarge(TooLarge):
    """The payload is larger than a signal may carry."""

    code = "payload_too_large"


class ProducerChanged(Unavailable):
    """The producer was changed at this very moment; send the signal again."""

    code = "producer_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSignal:
    """A signal whose every field has been checked."""

    instrument: str
    side: Side
    time: datetime
    payload: dict[str, Any] | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the sender of a signal is told, the first time and every time after."""

    id: uuid.UUID
    created_at: datetime
    status: SignalStatus = SignalStatus.NEW
    replayed: bool = False


def accept_signal(signal: NewSignal, *, origin: Origin | None, now: datetime) -> Dialogue[Receipt]:
    """Store a signal, or return the receipt of the one that this very request stored before.

    ``origin`` is None while signatures are switched off; nothing is then recognised again.

    Raises
    ------
    PayloadTooLarge
    ProducerChanged
        The producer is not as ``origin`` remembers it.
    """
    identifier = uuid7()
    sender = sender_of(origin)
    rows = yield Statement(
        INSERT,
        {
            "id": identifier,
            "instrument": signal.instrument,
            "side": signal.side.value,
            "time": signal.time,
            "payload": payload_json(signal.payload),
            "version": signal.version,
            "now": now,
            **sender,
        },
    )
    if rows:
        return Receipt(id=identifier, created_at=now)
    rows = yield Statement(FIRST, sender)
    if not rows:
        raise ProducerChanged()
    ((first, created_at),) = rows
    return Receipt(id=first, created_at=created_at, replayed=True)


def seen_now(producer: Producer, *, now: datetime) -> Statement | None:
    """Return what notes that a producer was heard of, or None when that was noted just now."""
    stale = now - timedelta(seconds=settings.PRODUCER_SEEN_INTERVAL_SECONDS)
    if producer.last_seen_at is not None and producer.last_seen_at >= stale:
        return None
    producer.last_seen_at = now
    return Statement(SEEN, {"producer": producer.pk, "now": now, "stale": stale})


def payload_json(payload: dict[str, Any] | None) -> str | None:
    """Return a payload as it is stored.

    Raises
    ------
    PayloadTooLarge
    """
    if payload is None:
        return None
    text = compact_json(payload)
    if len(text.encode()) > settings.SIGNALS_PAYLOAD_MAX_BYTES:
        raise PayloadTooLarge(
            f"The payload is larger than {settings.SIGNALS_PAYLOAD_MAX_BYTES} bytes.",
            max_bytes=settings.SIGNALS_PAYLOAD_MAX_BYTES,
        )
    return text


def sender_of(origin: Origin | None) -> dict[str, Any]:
    """Return the parameters that say who sent something, as this process remembers them."""
    if origin is None:
        return {"producer": None, "revision": None, "mac_digest": None}
    producer = origin.producer
    return {
        "producer": producer.pk,
        "revision": producer.revision,
        "mac_digest": origin.mac_digest,
    }
