"""From outputs that are committed to deliveries that are to be made, none left out.

A delivery is made only when the one before it, of the same stream to the same destination, is
done with: until then outputs wait where they are, in their stream. So the order holds, nothing is
copied that may never be sent, and what gathers meanwhile can become one digest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F

from common.ids import uuid7
from streams.deliveries import digests
from streams.deliveries.contents import Range
from streams.deliveries.digests import DigestRule, QuietHours, Send
from streams.models import Delivery, DeliveryKind, Destination, Following

DESTINATIONS_AT_ONCE = 200
log = structlog.get_logger(__name__)
DUE = """
    SELECT d.id
    FROM streams_destination d
    JOIN accounts_user u ON u.id = d.owner_id AND u.is_active
    WHERE d.disabled_at IS NULL AND d.verified_at IS NOT NULL
      AND (d.held_until IS NULL OR d.held_until <= %(now)s)
      AND EXISTS (
          SELECT FROM streams_following f
          JOIN streams_stream s ON s.id = f.stream_id
          WHERE f.destination_id = d.id AND f.pending_id IS NULL AND f.ended_at IS NULL
            AND s.seq > f.cursor_seq AND (%(streams)s::bigint[] IS NULL OR s.id = ANY(%(streams)s))
      )
    ORDER BY d.id LIMIT %(limit)s
"""


def plan_deliveries(stream_ids: Collection[int] | None = None, *, now: datetime) -> int:
    """Make the deliveries that are due, and return how many; of all streams, or of some."""
    with connection.cursor() as cursor:
        cursor.execute(
            DUE,
            {
                "now": now,
                "streams": None if stream_ids is None else list(stream_ids),
                "limit": DESTINATIONS_AT_ONCE,
            },
        )
        due: list[UUID] = [row[0] for row in cursor.fetchall()]
    return sum(_plan_whatever_it_is(destination_id, now=now) for destination_id in due)


def _plan_whatever_it_is(destination_id: UUID, *, now: datetime) -> int:
    try:
        return plan_for(destination_id, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        # A fault of ours about one destination must not stop what goes to all others.
        log.exception("destination_not_planned", destination=str(destination_id))
        return 0


@transaction.atomic
def plan_for(destination_id: UUID, *, now: datetime) -> int:
    """Make what is due for one destination; another process that is at it does it instead."""
    destination = (
        Destination.objects.open()
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(pk=destination_id)
        .first()
    )
    if destination is None or (destination.held_until and destination.held_until > now):
        return 0
    quiet = digests.quiet_until(quiet_hours_of(destination), now=now)
    if quiet is not None:
        _hold(destination, until=quiet, in_digest=destination.in_digest)
        return 0
    waiting = _waiting(destination)
    asked_for = [one for one in waiting if one.cursor_seq < one.replay_to_seq]
    usual = [one for one in waiting if one.cursor_seq >= one.replay_to_seq]
    made = [_make_single(destination, one, now=now) for one in asked_for]
    made += _plan_usual(destination, usual, now=now)
    return len(made)


def _plan_usual(
    destination: Destination, waiting: Sequence[Following], *, now: datetime
) -> list[Delivery]:
    if not waiting:
        return []
    rule = rule_of(destination)
    decision = digests.decide(
        rule,
        waiting=sum(one.stream.seq - one.cursor_seq for one in waiting),
        recent=_recent_singles(destination, rule, now=now),
        in_digest=destination.in_digest,
        now=now,
    )
    _hold(destination, until=decision.held_until, in_digest=decision.in_digest)
    if decision.send is Send.ONE_BY_ONE:
        return [_make_single(destination, one, now=now) for one in waiting]
    if decision.send is Send.DIGEST:
        return [_make_digest(destination, waiting, reason=decision.reason, now=now)]
    return []


def rule_of(destination: Destination) -> DigestRule:
    """Return when a destination's messages become a digest."""
    return DigestRule(
        above=destination.digest_above,
        within=timedelta(seconds=destination.digest_within_seconds),
        every=timedelta(seconds=destination.digest_every_seconds),
    )


def quiet_hours_of(destination: Destination) -> QuietHours | None:
    """Return when a destination wants to hear nothing."""
    if destination.quiet_from is None or destination.quiet_until is None:
        return None
    return QuietHours(
        begin=destination.quiet_from, end=destination.quiet_until, zone=destination.time_zone
    )


def _waiting(destination: Destination) -> list[Following]:
    """Return what has outputs to send and nothing on its way."""
    free = Following.objects.filter(destination=destination, pending=None, ended_at=None)
    behind = free.filter(stream__seq__gt=F("cursor_seq")).select_related("stream")
    return list(behind.order_by("pk")[: settings.FOLLOWINGS_MAX])


def _recent_singles(destination: Destination, rule: DigestRule, *, now: datetime) -> int:
    """Return how many were sent one by one of late, counting no further than the rule allows."""
    if rule.above is None:
        return 0
    singles = Delivery.objects.filter(destination=destination, kind=DeliveryKind.SINGLE, reason="")
    recent = singles.filter(created_at__gt=now - rule.within).order_by()
    return recent[: rule.above].count()


def _make_single(destination: Destination, following: Following, *, now: datetime) -> Delivery:
    seq = following.cursor_seq + 1
    is_replay = seq <= following.replay_to_seq
    fields: dict[str, Any] = {
        "kind": DeliveryKind.SINGLE,
        "host": destination.host,
        "stream": following.stream,
        "first_seq": seq,
        "last_seq": seq,
        "outputs": 1,
        "ranges": [_range(following, seq)],
        "next_attempt_at": now,
    }
    message_id = f"msg_{destination.pk.hex}_{following.stream.epoch}_{seq}"
    if is_replay:
        delivery = _make_again(destination, message_id, fields, now=now)
    else:
        delivery = Delivery.objects.create(
            destination=destination, message_id=message_id, created_at=now, **fields
        )
    _advance([following], delivery)
    return delivery


def _make_again(
    destination: Destination, message_id: str, fields: dict[str, Any], *, now: datetime
) -> Delivery:
    """Return the delivery of an output that is sent again: it keeps its id, and its row if any."""
    anew = {
        **fields,
        "reason": "asked for again",
        "state": "pending",
        "tries": 0,
        "lease_until": None,
        "finished_at": None,
    }
    delivery, _ = Delivery.objects.update_or_create(
        destination=destination,
        message_id=message_id,
        defaults=anew,
        create_defaults={**anew, "created_at": now},
    )
    return delivery


def _make_digest(
    destination: Destination, waiting: Sequence[Following], *, reason: str, now: datetime
) -> Delivery:
    ranges = [_range(one, one.stream.seq) for one in waiting]
    only = waiting[0] if len(waiting) == 1 else None
    pk = uuid7()
    delivery = Delivery.objects.create(
        pk=pk,
        destination=destination,
        message_id=f"dig_{destination.pk.hex}_{pk.hex}",
        kind=DeliveryKind.DIGEST,
        host=destination.host,
        stream=only.stream if only else None,
        first_seq=ranges[0]["first"] if only else None,
        last_seq=ranges[0]["last"] if only else None,
        outputs=sum(one["last"] - one["first"] + 1 for one in ranges),
        ranges=ranges,
        reason=reason,
        next_attempt_at=now,
        created_at=now,
    )
    _advance(waiting, delivery)
    return delivery


def _range(following: Following, last: int) -> Range:
    first = following.cursor_seq + 1
    # While something is sent again, the receiver was told more than what comes before it.
    after = min(following.told_seq, first - 1)
    return Range(stream=following.stream_id, first=first, last=last, after=after)


def _advance(followings: Iterable[Following], delivery: Delivery) -> None:
    ends = {one["stream"]: one["last"] for one in delivery.ranges}
    for following in followings:
        following.pending = delivery
        following.cursor_seq = ends[following.stream_id]
        if following.cursor_seq == following.replay_to_seq:
            _end_replay(following)
        following.save(update_fields=["pending", "cursor_seq", "replay_to_seq", "replay_next"])


def _end_replay(following: Following) -> None:
    """Go on with what else was asked for, or else where everything was before."""
    if following.replay_next:
        (first, following.replay_to_seq), *following.replay_next = following.replay_next
        following.cursor_seq = first - 1
    else:
        following.cursor_seq = max(following.cursor_seq, following.resume_seq)


def _hold(destination: Destination, *, until: datetime | None, in_digest: bool) -> None:
    if destination.held_until == until and destination.in_digest == in_digest:
        return
    destination.held_until = until
    destination.in_digest = in_digest
    destination.save(update_fields=["held_until", "in_digest"])
