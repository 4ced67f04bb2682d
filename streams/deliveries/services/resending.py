"""Send something again, or a test: because somebody asked for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import audit
from accounts.models import User
from common.errors import Conflict, InvalidInput, NotFound, RateLimited
from common.ids import uuid7
from streams.deliveries import replays
from streams.deliveries.health import wake_senders
from streams.deliveries.replays import Numbers
from streams.deliveries.services.followings import NotFollowed
from streams.deliveries.settling import OUTPUTS
from streams.models import Delivery, DeliveryKind, DeliveryState, Destination, Following

RESENT_AT_ONCE = 500


class NoSuchDelivery(NotFound):
    """You have no such delivery; the log goes back for 30 days."""

    code = "no_such_delivery"


class DestinationNotOpen(Conflict):
    """This destination is disabled or waits for its confirmation; nothing is sent to it."""

    code = "destination_not_open"


class NotSentAgain(Conflict):
    """Outputs can be sent again unless they were dropped or are being sent at this moment."""

    code = "not_sent_again"


class ReplayNotPossible(InvalidInput):
    """A replay begins at a number that the stream has, and is of at most 1,000 outputs."""

    code = "replay_not_possible"


class TooMuchToReplay(Conflict):
    """With what waits already, this is more than can be sent again; wait until less is left."""

    code = "too_much_to_replay"


class TooManyTests(RateLimited):
    """A destination is tested a few times a minute; wait a little."""

    code = "too_many_tests"


def own_delivery(user: User, delivery_id: Any) -> Delivery:
    """Return a delivery to a destination of somebody's own.

    Raises
    ------
    NoSuchDelivery
    """
    found = Delivery.objects.select_related("destination__owner", "stream").filter(
        pk=delivery_id, destination__owner=user
    )
    delivery = found.first()
    if delivery is None:
        raise NoSuchDelivery()
    return delivery


@transaction.atomic
def send_test(destination: Destination, *, acting_user: User, now: datetime) -> Delivery:
    """Send a sample, signed as everything else; a disabled webhook can be tried as well.

    Raises
    ------
    DestinationNotOpen, TooManyTests
    """
    if destination.verified_at is None:
        raise DestinationNotOpen()
    Destination.objects.select_for_update(no_key=True).get(pk=destination.pk)
    recent = Delivery.objects.filter(
        destination=destination,
        kind=DeliveryKind.TEST,
        created_at__gt=now - timedelta(minutes=1),
    )
    if recent.count() >= settings.DELIVERY_TESTS_PER_MINUTE:
        raise TooManyTests(retry_after_seconds=60)
    pk = uuid7()
    delivery = Delivery.objects.create(
        pk=pk,
        destination=destination,
        message_id=f"test_{destination.pk.hex}_{pk.hex}",
        kind=DeliveryKind.TEST,
        host=destination.host,
        next_attempt_at=now,
        created_at=now,
    )
    _record("destination_tested", destination, acting_user, now, {"delivery": str(pk)})
    wake_senders()
    return delivery


@transaction.atomic
def resend_delivery(delivery: Delivery, *, acting_user: User, now: datetime) -> Delivery:
    """Send a delivery again under the same id, or one that waits for its next try at once.

    Raises
    ------
    DestinationNotOpen, NotSentAgain
    """
    _require_open(delivery.destination)
    if not _again(Delivery.objects.filter(pk=delivery.pk), now=now):
        raise NotSentAgain()
    after = {"delivery": delivery.message_id}
    _record("delivery_resent", delivery.destination, acting_user, now, after)
    wake_senders()
    delivery.refresh_from_db()
    return delivery


@transaction.atomic
def resend_failed(
    destination: Destination, *, acting_user: User, now: datetime, reason: str = ""
) -> int:
    """Send what has failed again, the oldest first and so many at once; return how many that are.

    Raises
    ------
    DestinationNotOpen
    """
    _require_open(destination)
    failed = failed_outputs().filter(destination=destination)
    chosen = list(failed.order_by("pk").values_list("pk", flat=True)[:RESENT_AT_ONCE])
    count = _again(Delivery.objects.filter(pk__in=chosen), now=now)
    if count:
        after = {"deliveries": count}
        _record("deliveries_resent", destination, acting_user, now, after, reason=reason)
        wake_senders()
    return count


def failed_outputs() -> QuerySet[Delivery]:
    """Return the deliveries that ``resend_failed`` would send again, of all destinations."""
    return Delivery.objects.filter(state=DeliveryState.FAILED, kind__in=OUTPUTS)


@transaction.atomic
def replay_stream(
    destination: Destination,
    stream_key: str,
    *,
    from_seq: int,
    to_seq: int | None = None,
    acting_user: User,
    now: datetime,
) -> Following:
    """Send a stream's outputs again, in order and one by one, up to ``to_seq`` or the newest.

    Each has the id that it had before. What came after them follows behind them. What was asked
    for earlier and is not sent yet comes too; the lower numbers first.

    Raises
    ------
    DestinationNotOpen, streams.deliveries.services.followings.NotFollowed, ReplayNotPossible
    TooMuchToReplay
    """
    _require_open(destination)
    Destination.objects.select_for_update(no_key=True).get(pk=destination.pk)
    following = (
        Following.objects.select_related("stream")
        .filter(destination=destination, stream__key=stream_key, ended_at=None)
        .first()
    )
    if following is None:
        raise NotFollowed(field="stream_key")
    last = min(to_seq if to_seq is not None else following.stream.seq, following.stream.seq)
    if not 1 <= from_seq <= last or last - from_seq >= settings.DELIVERY_REPLAY_MAX:
        raise ReplayNotPossible(field="from_seq", newest=following.stream.seq)
    _go_back(following, from_seq, last)
    after = {"stream_key": stream_key, "from_seq": from_seq, "to_seq": last}
    _record("stream_replayed", destination, acting_user, now, after)
    wake_senders()
    return following


def _go_back(following: Following, from_seq: int, last: int) -> None:
    waiting: list[Numbers] = []
    reached = following.cursor_seq
    if following.cursor_seq < following.replay_to_seq:
        waiting = [(following.cursor_seq + 1, following.replay_to_seq)]
        waiting += [(begin, end) for begin, end in following.replay_next]
        reached = following.resume_seq
    # What was never sent is not passed over, though it was not asked for.
    wanted = replays.merged([*waiting, (min(from_seq, reached + 1), last)])
    if replays.count(wanted) > settings.DELIVERY_REPLAY_MAX:
        raise TooMuchToReplay(limit=settings.DELIVERY_REPLAY_MAX)
    (first, following.replay_to_seq), *following.replay_next = wanted
    following.cursor_seq = first - 1
    following.resume_seq = max(reached, last)
    following.save(update_fields=["resume_seq", "replay_to_seq", "replay_next", "cursor_seq"])
    # Whoever asks for it does not want to wait for the next digest.
    Destination.objects.filter(pk=following.destination_id).update(held_until=None)


def _again(deliveries: Any, *, now: datetime) -> int:
    done = Q(state__in=(DeliveryState.DELIVERED, DeliveryState.FAILED))
    waits = Q(state=DeliveryState.PENDING, lease_until=None)
    again = deliveries.filter(done | waits, kind__in=OUTPUTS)
    count: int = again.update(
        state=DeliveryState.PENDING,
        tries=0,
        next_attempt_at=now,
        lease_until=None,
        finished_at=None,
        error="",
    )
    return count


def _require_open(destination: Destination) -> None:
    if not destination.is_open:
        raise DestinationNotOpen()


def _record(
    event: str,
    destination: Destination,
    acting_user: User,
    now: datetime,
    after: dict[str, Any],
    *,
    reason: str = "",
) -> None:
    audit.record(
        event,
        destination,
        chain=audit.chain_of(destination.owner),
        acting_user=acting_user,
        now=now,
        after=after,
        reason=reason,
    )
