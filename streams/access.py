"""Which streams somebody may read. Decided from the stream's row, never from its key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from accounts.models import Membership
from registry import access
from registry.models import ProductSubscription
from registry.product_access import subscriptions_in_force
from streams.models import Stream
from streams.watermark import place_of
from streams.watermarks.embedding import Place

Reasons = Mapping[tuple[int, UUID], access.Reason]
Members = Collection[tuple[int, int]]  # users and their houses


class Right(NamedTuple):
    """On what somebody's reading of a stream rests.

    It is a product subscription, a right of theirs to the script, or their place in the house
    that the stream belongs to. A stream that has neither script nor house is its owner's, or
    everybody's, for good: there is no right to it that could end.
    """

    user_id: int
    script_id: UUID | None = None
    subscription_id: UUID | None = None
    tenant_id: int | None = None


@dataclass(frozen=True, slots=True)
class ReadableStream:
    """A stream that its reader may read, as it stood when that was decided.

    ``subscription_id`` is the reader's product subscription. Without one they see exact values.
    """

    id: int
    key: str
    epoch: str
    seq: int
    script_id: UUID | None
    subscription_id: UUID | None = None
    place: Place | None = None
    tenant_id: int | None = None
    public: bool = False

    def right_of(self, user_id: int) -> Right | None:
        """Return on what a user's reading rests; None: on nothing that could end."""
        if self.script_id is None and self.tenant_id is None:
            return None
        return Right(user_id, self.script_id, self.subscription_id, self.tenant_id)


def readable_streams(
    user_id: int, keys: Sequence[str], *, at: datetime
) -> dict[str, ReadableStream]:
    """Return, by key, those of the named streams that exist and that a user may read.

    A product's stream is for those subscribed to the product, and for the script's owner. A
    script's own streams are for those who may use the script without a product: they hold exact
    values. A producer's stream is for the members of its house. A public stream is for everybody.
    Any other is its owner's.
    """
    found = list(Stream.objects.filter(key__in=keys))
    pairs = {(user_id, stream.script_id) for stream in found if stream.script_id}
    reasons = access.reasons_in_force(pairs, at=at)
    subscribed = _subscriptions_by_product(user_id, found, at=at)
    houses = {(user_id, stream.tenant_id) for stream in found if stream.tenant_id}
    members = _memberships_in_force(houses)
    readable = (_as_read(stream, user_id, reasons, subscribed, members) for stream in found)
    return {stream.key: stream for stream in readable if stream is not None}


def ended_rights(rights: Collection[Right], *, at: datetime) -> set[Right]:
    """Return which of some rights have ended, with at most three queries."""
    pairs = {(one.user_id, one.script_id) for one in rights if one.script_id is not None}
    reasons = access.reasons_in_force(pairs, at=at) if pairs else {}
    members = _memberships_in_force(
        {(one.user_id, one.tenant_id) for one in rights if one.tenant_id is not None}
    )
    ids = {one.subscription_id for one in rights if one.subscription_id is not None}
    standing: set[UUID] = set()
    if ids:
        subscriptions = subscriptions_in_force(at=at).filter(pk__in=ids)
        standing = set(subscriptions.values_list("pk", flat=True))
    return {right for right in rights if not _still_holds(right, reasons, standing, members)}


def _still_holds(
    right: Right, reasons: Reasons, standing: Collection[UUID], members: Members
) -> bool:
    if right.tenant_id is not None:
        return (right.user_id, right.tenant_id) in members
    if right.script_id is None:
        return False
    reason = reasons.get((right.user_id, right.script_id))
    if right.subscription_id is None:
        return reason is not None and reason is not access.Reason.SUBSCRIBED
    return reason is not None and right.subscription_id in standing


def _as_read(
    stream: Stream,
    user_id: int,
    reasons: Reasons,
    subscribed: Mapping[UUID | None, UUID],
    members: Members,
) -> ReadableStream | None:
    is_owners = stream.owner_id == user_id
    right = None
    if stream.script_id is not None:
        by_product = stream.product_id is not None and not is_owners
        subscription_id = subscribed.get(stream.product_id) if by_product else None
        right = Right(user_id, stream.script_id, subscription_id)
        standing = [subscription_id] if subscription_id else []
        if (by_product and not standing) or not _still_holds(right, reasons, standing, members):
            return None
    elif stream.tenant_id is not None:
        if (user_id, stream.tenant_id) not in members:
            return None
    elif not (is_owners or stream.public):
        return None
    return ReadableStream(
        stream.pk,
        stream.key,
        stream.epoch,
        stream.seq,
        stream.script_id,
        right.subscription_id if right else None,
        place_of(stream),
        stream.tenant_id,
        stream.public,
    )


def _subscriptions_by_product(
    user_id: int, streams: Iterable[Stream], *, at: datetime
) -> dict[UUID | None, UUID]:
    products = {stream.product_id for stream in streams if stream.product_id}
    if not products:
        return {}
    standing: Iterable[ProductSubscription] = subscriptions_in_force(at=at).filter(
        user=user_id, product__in=products
    )
    return {subscription.product_id: subscription.pk for subscription in standing}


def newest_numbers(stream_ids: Collection[int]) -> dict[int, int]:
    """Return the newest number of each of some streams, with one query."""
    return dict(Stream.objects.filter(pk__in=stream_ids, seq__gt=0).values_list("pk", "seq"))


def _memberships_in_force(pairs: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return which of some users belong to which of some houses."""
    if not pairs:
        return set()
    found = Membership.objects.filter(
        user__in={user_id for user_id, _ in pairs},
        tenant__in={tenant_id for _, tenant_id in pairs},
        user__is_active=True,
    )
    return set(found.values_list("user_id", "tenant_id")) & set(pairs)
