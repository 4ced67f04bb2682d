"""Which streams somebody may read. Decided from the stream's row, never from its key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from registry import access
from registry.models import ProductSubscription
from registry.product_access import subscriptions_in_force
from streams.models import Stream
from streams.watermark import place_of
from streams.watermarks.embedding import Place


class Right(NamedTuple):
    """On what somebody's reading of a stream rests: a product subscription, or a right of theirs.

    A stream without a script is its owner's for good: there is no right to it that could end.
    """

    user_id: int
    script_id: UUID
    subscription_id: UUID | None = None


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

    def right_of(self, user_id: int) -> Right | None:
        """Return on what a user's reading rests; None: on nothing that could end."""
        if self.script_id is None:
            return None
        return Right(user_id, self.script_id, self.subscription_id)


def readable_streams(
    user_id: int, keys: Sequence[str], *, at: datetime
) -> dict[str, ReadableStream]:
    """Return, by key, those of the named streams that exist and that a user may read.

    A product's stream is for those subscribed to the product, and for the script's owner. A
    script's own streams are for those who may use the script without a product: they hold exact
    values. A stream without a script is its owner's.
    """
    found = list(Stream.objects.filter(key__in=keys))
    usable = access.pairs_in_force(
        {(user_id, stream.script_id) for stream in found if stream.script_id},
        at=at,
        products=False,
    )
    subscribed = _subscriptions_by_product(user_id, found, at=at)
    readable = (_as_read(stream, user_id, usable, subscribed) for stream in found)
    return {stream.key: stream for stream in readable if stream is not None}


def ended_rights(rights: Collection[Right], *, at: datetime) -> set[Right]:
    """Return which of some rights have ended, with at most one query for each kind."""
    own = {right for right in rights if right.subscription_id is None}
    subscribed = set(rights) - own
    ended: set[Right] = set()
    if own:
        pairs = {(right.user_id, right.script_id) for right in own}
        in_force = access.pairs_in_force(pairs, at=at, products=False)
        ended |= {right for right in own if (right.user_id, right.script_id) not in in_force}
    if subscribed:
        ids = {right.subscription_id for right in subscribed if right.subscription_id}
        standing = set(subscriptions_in_force(at=at).filter(pk__in=ids).values_list("pk", "user"))
        ended |= {one for one in subscribed if (one.subscription_id, one.user_id) not in standing}
    return ended


def _as_read(
    stream: Stream,
    user_id: int,
    usable: Collection[tuple[int, UUID]],
    subscribed: Mapping[UUID, UUID],
) -> ReadableStream | None:
    subscription_id = None
    is_owners = stream.owner_id == user_id
    if stream.script_id is None:
        may_read = is_owners
    elif stream.product_id is None or is_owners:
        may_read = (user_id, stream.script_id) in usable
    else:
        subscription_id = subscribed.get(stream.product_id)
        may_read = subscription_id is not None
    if not may_read:
        return None
    return ReadableStream(
        stream.pk,
        stream.key,
        stream.epoch,
        stream.seq,
        stream.script_id,
        subscription_id,
        place_of(stream),
    )


def _subscriptions_by_product(
    user_id: int, streams: Iterable[Stream], *, at: datetime
) -> dict[UUID, UUID]:
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
