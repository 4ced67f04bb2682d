"""Accept signals, and move them along: new, queued, closed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from accounts import audit
from accounts.models import Role, User
from accounts.principals import principal_of
from common.errors import Conflict, NotFound, TooLarge
from common.ids import uuid7
from ingest.authentication import Origin
from ingest.models import Producer, Side, Signal, SignalStatus
from ingest.strict_json import compact_json

PREDECESSOR = {
    SignalStatus.QUEUED: SignalStatus.NEW,
    SignalStatus.CLOSED: SignalStatus.QUEUED,
}
INSERT = """
INSERT INTO signals (id, instrument, side, time, payload, version, status,
                     created_at, updated_at, producer_id, mac_digest)
VALUES (%(id)s, %(instrument)s, %(side)s, %(time)s, %(payload)s::jsonb, %(version)s, %(status)s,
        %(now)s, %(now)s, %(producer)s, %(mac_digest)s)
ON CONFLICT (producer_id, mac_digest) DO NOTHING
"""


class PayloadTooLarge(TooLarge):
    """The payload is larger than a signal may carry."""

    code = "payload_too_large"


class NoSuchSignal(NotFound):
    """There is no such signal, or you may not know of it."""

    code = "no_such_signal"


class SignalNotInState(Conflict):
    """A signal is queued when it is new, and closed when it is queued."""

    code = "signal_not_in_state"


@dataclass(frozen=True, kw_only=True)
class NewSignal:
    """A signal whose every field has been checked."""

    instrument: str
    side: Side
    time: datetime
    payload: dict[str, Any] | None
    version: int


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What the sender of a signal is told, the first time and every time after."""

    id: uuid.UUID
    created_at: datetime
    status: SignalStatus = SignalStatus.NEW
    replayed: bool = False


@transaction.atomic
def accept_signal(signal: NewSignal, *, origin: Origin | None, now: datetime) -> Receipt:
    """Store a signal, or return the receipt of the one that this very request stored before.

    ``origin`` is None while signatures are switched off; nothing is then recognised again.

    Raises
    ------
    PayloadTooLarge
    """
    payload = _payload_json(signal.payload)
    identifier = uuid7()
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            {
                "id": identifier,
                "instrument": signal.instrument,
                "side": signal.side.value,
                "time": signal.time,
                "payload": payload,
                "version": signal.version,
                "status": SignalStatus.NEW.value,
                "now": now,
                "producer": origin.producer.pk if origin else None,
                "mac_digest": origin.mac_digest if origin else None,
            },
        )
        stored = cursor.rowcount == 1
    if origin:
        _note_seen(origin.producer, now=now)
    if stored or origin is None:
        return Receipt(id=identifier, created_at=now)
    first = Signal.objects.only("created_at").get(
        producer=origin.producer, mac_digest=origin.mac_digest
    )
    return Receipt(id=first.pk, created_at=first.created_at, replayed=True)


@transaction.atomic
def advance_signal(signal: Signal, *, to: SignalStatus, acting_user: User, now: datetime) -> Signal:
    """Queue a new signal, or close a queued one.

    Raises
    ------
    RoleRequired, NoSuchSignal
        The acting user is no operator, or one of another tenant.
    SignalNotInState
        The signal is not in the state before ``to``.
    """
    principal = principal_of(acting_user)
    principal.require_role(Role.OPERATOR)
    if signal.producer is None or signal.producer.tenant_id != principal.tenant_id:
        raise NoSuchSignal(signal=str(signal.pk))
    before = PREDECESSOR.get(to)
    if before is None:
        raise SignalNotInState(signal=str(signal.pk))
    # The state before is part of the WHERE clause: of two operators at once, one updates the row.
    updated = Signal.objects.filter(pk=signal.pk, status=before.value).update(status=to)
    if updated == 0:
        raise SignalNotInState(signal=str(signal.pk))
    audit.record(
        f"signal_{to.label}",
        signal,
        chain=principal.tenant_slug,
        acting_user=acting_user,
        now=now,
        before={"status": before.label},
        after={"status": to.label},
    )
    signal.refresh_from_db()
    return signal


def _payload_json(payload: dict[str, Any] | None) -> str | None:
    if payload is None:
        return None
    text = compact_json(payload)
    if len(text.encode()) > settings.SIGNALS_PAYLOAD_MAX_BYTES:
        raise PayloadTooLarge(
            f"The payload is larger than {settings.SIGNALS_PAYLOAD_MAX_BYTES} bytes.",
            max_bytes=settings.SIGNALS_PAYLOAD_MAX_BYTES,
        )
    return text


def _note_seen(producer: Producer, *, now: datetime) -> None:
    # At most one write per producer and interval: signals sent at once would queue for this row.
    stale = now - timedelta(seconds=settings.PRODUCER_SEEN_INTERVAL_SECONDS)
    if producer.last_seen_at is None or producer.last_seen_at < stale:
        outdated = Q(last_seen_at=None) | Q(last_seen_at__lt=stale)
        Producer.objects.filter(outdated, pk=producer.pk).update(last_seen_at=now)
