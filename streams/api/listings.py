"""The streams that somebody may read, as lists for those who look for one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accounts.models import User
from registry import product_access
from registry.models import TokenPurpose
from registry.services.execution_tokens import issue_for_each
from streams import queries
from streams.keys import CommonKey, PublicKey, parse
from streams.models import Stream


def public(instruments: Sequence[str]) -> list[dict[str, Any]]:
    """List the streams of prices, which everybody signed in may follow."""
    return [_of_everybody(stream) for stream in queries.public_streams(instruments=instruments)]


def common(instruments: Sequence[str]) -> list[dict[str, Any]]:
    """List the streams of the usual indicators; others are made for whoever asks for them."""
    streams = queries.usual_common_streams(instruments=instruments)
    return [{**_of_everybody(stream), "params": stream.params} for stream in streams]


def _of_everybody(stream: Stream) -> dict[str, Any]:
    key = parse(stream.key)
    return {
        "stream_key": stream.key,
        "instrument": stream.instrument_key,
        "indicator": key.indicator if isinstance(key, (PublicKey, CommonKey)) else "",
    }


def personal(user: User, instruments: Sequence[str], *, now: datetime) -> list[dict[str, Any]]:
    """List the streams of the scripts that a user may use without a product."""
    own = product_access.scripts_in_own_right(user, at=now)
    streams = queries.streams_of(own, instruments=instruments)
    return [
        {
            "stream_key": stream.key,
            "script_id": stream.script_id,
            "script_name": stream.script.name if stream.script else "",
            "instrument": stream.instrument_key,
            "owner_id": stream.owner_id,
            "repaints": _repaints(stream),
        }
        for stream in streams
    ]


def marketplace(user: User, instruments: Sequence[str], *, now: datetime) -> list[dict[str, Any]]:
    """List the streams of the products a user subscribed to, each with a token to follow it."""
    standing = product_access.subscriptions_in_force(at=now).filter(user=user)
    by_product = {subscription.product_id: subscription for subscription in standing}
    streams = queries.streams_of_products(list(by_product), instruments=instruments)
    followed = [(stream, by_product[product.pk]) for stream, product in streams]
    issued = issue_for_each(
        [subscription for _, subscription in followed],
        TokenPurpose.STREAM,
        acting_user=user,
        now=now,
    )
    return [
        {
            "stream_key": stream.key,
            "product_id": subscription.product.public_id,
            "product_name": subscription.product.name,
            "signal_name": subscription.product.signal_name,
            "instrument": stream.instrument_key,
            "subscription_id": subscription.pk,
            "repaints": subscription.product.repaints,
            "execution_token": token.token,
        }
        for (stream, subscription), token in zip(followed, issued, strict=True)
    ]


# The label that the reviewer of the version that runs gave it.
def _repaints(stream: Stream) -> bool:
    version = stream.script.current_version if stream.script else None
    return version is not None and version.repaints
