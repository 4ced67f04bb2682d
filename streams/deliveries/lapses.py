"""A right to a stream that ends: nothing more is sent, that is said, and it may come back.

A right is often back soon: a subscription is renewed a little late. So what is followed goes on by
itself then, from the next output on. What was put out meanwhile is not delivered, and the next
message names it as missed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from common.ids import uuid7
from streams.access import ReadableStream, readable_streams
from streams.deliveries.claims import Claim
from streams.deliveries.contents import Range
from streams.deliveries.digests import quiet_until
from streams.deliveries.planning import quiet_hours_of
from streams.models import Delivery, DeliveryKind, DeliveryState, Destination, Following

# What ends together, such as the streams of one product, is told in one message.
GATHERED = timedelta(seconds=10)
SOONEST, LATEST = timedelta(seconds=5), timedelta(hours=1)
LOOKED_AT_AFTER = 0.1  # of the time that it has been gone for already
LOOKED_AT_ONCE = 200
log = structlog.get_logger(__name__)


@transaction.atomic
def end_followings(destination: Destination, stream_ids: Collection[int], *, now: datetime) -> None:
    """Send nothing more of some streams, to which the right has ended, and say so."""
    if not stream_ids:
        return
    Destination.objects.select_for_update(no_key=True).get(pk=destination.pk)
    ending = Following.objects.filter(
        destination=destination, stream__in=stream_ids, ended_at=None
    ).order_by("pk")
    told = [
        Range(stream=stream, first=seq + 1, last=seq, after=seq)
        for stream, seq in ending.values_list("stream", "told_seq")
    ]
    ending.update(ended_at=now, look_again_at=now + SOONEST)
    if told and destination.owner.is_active:
        _tell(destination, told, now=now)


def leave_out(claim: Claim, delivery: Delivery, stream_ids: Collection[int]) -> None:
    """Keep these streams out of a delivery for good: it says the same however often it is sent."""
    ranges: list[Range] = delivery.ranges
    for one in ranges:
        if one["stream"] in stream_ids:
            one["ended"] = True
    Delivery.objects.filter(pk=delivery.pk, fence=claim.fence).update(ranges=ranges)


@transaction.atomic
def resume_followings(*, now: datetime) -> None:
    """Go on with what its reader may read again, and look again later at the rest."""
    due = (
        Following.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("stream", "destination__owner")
        .filter(look_again_at__lte=now)
        .order_by("look_again_at")[:LOOKED_AT_ONCE]
    )
    by_owner = sorted(due, key=lambda one: one.destination.owner_id)
    for owner_id, found in groupby(by_owner, key=lambda one: one.destination.owner_id):
        _look_whatever_it_is(owner_id, list(found), now=now)


def resume(following: Following, readable: ReadableStream) -> None:
    """Go on from the next output; what lies between it and what arrived is named as missed."""
    following.ended_at = following.look_again_at = None
    following.cursor_seq = readable.seq
    following.replay_to_seq = following.resume_seq = 0
    following.replay_next = []
    following.save(
        update_fields=[
            "ended_at",
            "look_again_at",
            "cursor_seq",
            "replay_to_seq",
            "replay_next",
            "resume_seq",
        ]
    )


def _look_whatever_it_is(owner_id: int, found: Sequence[Following], *, now: datetime) -> None:
    try:
        with transaction.atomic():
            _look(owner_id, found, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        # A fault of ours about one reader must neither stop the others nor come every second.
        log.exception("lapse_not_looked_at", owner=owner_id)
        Following.objects.filter(pk__in=[one.pk for one in found]).update(
            look_again_at=now + LATEST
        )


def _look(owner_id: int, found: Sequence[Following], *, now: datetime) -> None:
    readable: dict[str, ReadableStream] = {}
    if found[0].destination.owner.is_active:
        readable = readable_streams(owner_id, [one.stream.key for one in found], at=now)
    for following in found:
        stream = readable.get(following.stream.key)
        if stream is not None and _has_room(following):
            resume(following, stream)
        else:
            _wait(following, now=now)


def _has_room(following: Following) -> bool:
    others = Following.objects.filter(destination=following.destination_id, ended_at=None)
    return others.count() < settings.FOLLOWINGS_MAX


def _wait(following: Following, *, now: datetime) -> None:
    gone = now - (following.ended_at or now)
    following.look_again_at = None
    if gone < timedelta(days=settings.DELIVERY_LAPSE_DAYS):
        following.look_again_at = now + min(max(gone * LOOKED_AT_AFTER, SOONEST), LATEST)
    following.save(update_fields=["look_again_at"])


def _tell(destination: Destination, told: list[Range], *, now: datetime) -> None:
    untried = (
        Delivery.objects.select_for_update(no_key=True)
        .filter(
            destination=destination,
            kind=DeliveryKind.ENDED,
            state=DeliveryState.PENDING,
            attempts=0,
        )
        .first()
    )
    if untried is not None:
        gathered: list[Range] = [*untried.ranges, *told]
        # One that came back and ended again meanwhile is named once.
        untried.ranges = list({one["stream"]: one for one in gathered}.values())
        untried.save(update_fields=["ranges"])
        return
    pk = uuid7()
    Delivery.objects.create(
        pk=pk,
        destination=destination,
        message_id=f"end_{destination.pk.hex}_{pk.hex}",
        kind=DeliveryKind.ENDED,
        host=destination.host,
        ranges=told,
        next_attempt_at=quiet_until(quiet_hours_of(destination), now=now) or now + GATHERED,
        created_at=now,
    )
