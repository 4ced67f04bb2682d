"""Write down what came of an attempt, under the fence of the process that made it.

The destination's row is locked before the delivery's, as planning does it, so that the two never
wait for each other in a circle.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from streams.deliveries.claims import Claim
from streams.deliveries.contents import Range
from streams.deliveries.health import disable_destination
from streams.deliveries.lapses import end_followings
from streams.deliveries.outcomes import Outcome, Sequel, sequel_of
from streams.models import Delivery, DeliveryKind, DeliveryState, Destination, Following
from streams.models.deliveries import EXCERPT_MAX_CHARACTERS, REASON_MAX_CHARACTERS

OUTPUTS = (DeliveryKind.SINGLE, DeliveryKind.DIGEST)
OF_THE_OWNER = (DeliveryKind.NOTICE, DeliveryKind.CONFIRMATION)  # they say nothing of the receiver


@transaction.atomic
def settle_delivery(
    claim: Claim, outcome: Outcome, *, now: datetime, draw: Callable[[], float] = random.random
) -> bool:
    """Note an attempt and what follows; False: it was somebody else's by now, or is no more."""
    delivery = _locked(claim)
    if delivery is None:
        return False
    destination = delivery.destination
    sequel = sequel_of(
        outcome,
        tries=delivery.tries,
        failing_since=destination.failing_since,
        disable_after=timedelta(seconds=settings.DELIVERY_DISABLE_SECONDS),
        now=now,
        draw=draw,
    )
    _write(claim, outcome, sequel, now=now)
    if sequel.state != DeliveryState.PENDING:
        free_followings(delivery, arrived=outcome.delivered)
    if delivery.kind not in OF_THE_OWNER and sequel.counts_as_try:
        _note_health(delivery, outcome, now=now)
        if sequel.disable and destination.is_enabled:
            disable_destination(destination, reason=sequel.disable, acting_user=None, now=now)
    return True


@transaction.atomic
def drop_delivery(claim: Claim, reason: str, *, ended: Collection[int], now: datetime) -> None:
    """Give up what may not be sent; ``ended`` are the streams to which the right has gone."""
    delivery = _locked(claim)
    if delivery is None:
        return
    _rows(claim).update(
        state=DeliveryState.DROPPED,
        finished_at=now,
        lease_until=None,
        error=reason[:REASON_MAX_CHARACTERS],
    )
    free_followings(delivery, arrived=False)
    end_followings(delivery.destination, ended, now=now)


def free_followings(delivery: Delivery, *, arrived: bool) -> None:
    """Let the streams of a delivery that is done with go on to what comes after it."""
    ranges: list[Range] = delivery.ranges
    for one in (one for one in ranges if arrived and not one.get("ended")):
        Following.objects.filter(destination=delivery.destination_id, stream=one["stream"]).update(
            told_seq=Greatest(F("told_seq"), one["last"])
        )
    Following.objects.filter(pending=delivery).update(pending=None)


def _locked(claim: Claim) -> Delivery | None:
    Destination.objects.select_for_update(no_key=True).filter(pk=claim.destination_id).first()
    return (
        Delivery.objects.select_for_update(of=("self",), no_key=True)
        .select_related("destination__owner")
        .filter(pk=claim.delivery_id, fence=claim.fence, state=DeliveryState.PENDING)
        .first()
    )


def _rows(claim: Claim) -> Any:
    return Delivery.objects.filter(
        pk=claim.delivery_id, fence=claim.fence, state=DeliveryState.PENDING
    )


def _write(claim: Claim, outcome: Outcome, sequel: Sequel, *, now: datetime) -> None:
    fields: dict[str, Any] = {
        "state": sequel.state,
        "lease_until": None,
        "error": outcome.error[:REASON_MAX_CHARACTERS],
    }
    if sequel.next_attempt_at is not None:
        fields["next_attempt_at"] = sequel.next_attempt_at
    else:
        fields["finished_at"] = now
    if sequel.counts_as_try:
        fields |= {
            "response_status": outcome.status,
            "response_excerpt": outcome.excerpt[:EXCERPT_MAX_CHARACTERS],
            "latency_ms": outcome.latency_ms,
        }
    else:
        fields |= {"attempts": F("attempts") - 1, "tries": F("tries") - 1}
    _rows(claim).update(**fields)


def _note_health(delivery: Delivery, outcome: Outcome, *, now: datetime) -> None:
    rows = Destination.objects.filter(pk=delivery.destination_id)
    if outcome.delivered:
        rows.update(failing_since=None, delivered_at=now)
    elif delivery.kind in OUTPUTS:
        rows.filter(failing_since=None).update(failing_since=now)
