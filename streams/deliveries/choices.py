"""The streams that somebody can choose to have delivered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from accounts.models import Membership, User
from registry import product_access
from streams.models import Stream

OFFERED = 200


def deliverable_streams(user: User, *, now: datetime) -> Sequence[Stream]:
    """Return a bounded number of the streams that a user may read, by name and instrument."""
    scripts = product_access.scripts_in_own_right(user, at=now)
    standing = product_access.subscriptions_in_force(at=now).filter(user=user)
    houses = Membership.objects.filter(user=user).values("tenant")
    mine = Stream.objects.filter(
        Q(script__in=scripts, product=None)
        | Q(product__in=standing.values("product"))
        | Q(tenant__in=houses)
        | Q(owner=user)
    )
    named = mine.select_related("script", "product").order_by("script__name", "key")
    return list(named.distinct()[:OFFERED])


def stream_in_words(stream: Stream) -> str:
    """Return what people call a stream."""
    name = stream.product.name if stream.product else stream.script.name if stream.script else ""
    params = ", ".join(f"{key} {value}" for key, value in sorted(stream.params.items()))
    said = f"{name or 'Signals'} on {stream.instrument_key}"
    return " · ".join(part for part in (said, stream.timeframe, params) if part)
