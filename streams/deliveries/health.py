"""Stop sending to a destination, and tell its owner."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from accounts import audit
from accounts.models import User
from common.ids import uuid7
from streams.deliveries.hosts import MAIL_HOST
from streams.models import Delivery, DeliveryKind, Destination
from streams.models.deliveries import REASON_MAX_CHARACTERS

CHANNEL = "streams_deliveries"  # PostgreSQL's, to the processes that send; the payload is empty


@transaction.atomic
def disable_destination(
    destination: Destination,
    *,
    reason: str,
    acting_user: User | None,
    now: datetime,
    tell_owner: bool = True,
) -> Destination:
    """Send nothing more to a destination until it is enabled again; what comes meanwhile waits.

    Its owner is told by mail, unless it was the owner.
    """
    destination.disabled_at = now
    destination.disabled_reason = reason[:REASON_MAX_CHARACTERS]
    destination.stopped_by_operator = acting_user not in (None, destination.owner)
    updated = Destination.objects.filter(pk=destination.pk, disabled_at=None).update(
        disabled_at=now,
        disabled_reason=destination.disabled_reason,
        stopped_by_operator=destination.stopped_by_operator,
    )
    if updated == 0:
        return destination
    audit.record(
        "destination_disabled",
        destination,
        chain=audit.chain_of(destination.owner),
        acting_user=acting_user,
        now=now,
        before={"enabled": True},
        after={"enabled": False},
        reason=reason,
    )
    if tell_owner and acting_user != destination.owner and destination.owner.email:
        queue_mail(destination, DeliveryKind.NOTICE, reason=reason, now=now)
    return destination


def queue_mail(
    destination: Destination, kind: DeliveryKind, *, reason: str = "", now: datetime
) -> Delivery:
    """Have a mail about a destination sent, in the transaction of what it is about."""
    pk = uuid7()
    delivery = Delivery.objects.create(
        pk=pk,
        destination=destination,
        message_id=f"{kind.value}_{destination.pk.hex}_{pk.hex}",
        kind=kind,
        host=MAIL_HOST,
        reason=reason[:REASON_MAX_CHARACTERS],
        next_attempt_at=now,
        created_at=now,
    )
    wake_senders()
    return delivery


def wake_senders() -> None:
    """Tell the processes that send, once this transaction has committed, that there is work."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [CHANNEL])
