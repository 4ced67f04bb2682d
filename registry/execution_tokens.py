"""Execution tokens: leave to use a product once, soon, for one purpose.

Bound to a user, a product and a purpose. Only a token's hash is kept, and every token that is not
good for what is asked of it looks the same: unknown, used, too old, somebody else's.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from common.canonical import sha256
from common.errors import Forbidden
from registry.access import access_still_valid
from registry.models import ExecutionToken, Product, ProductSubscription, TokenPurpose
from registry.product_access import lock_product_subscription, subscriptions_in_force

PREFIX = "sht_"


class ExecutionTokenNotValid(Forbidden):
    """This execution token is not good for this, or not any more; ask for a new one."""

    code = "execution_token_not_valid"


def make_tokens(
    subscriptions: Iterable[ProductSubscription], purpose: TokenPurpose, *, at: datetime
) -> list[tuple[str, ExecutionToken]]:
    """Return a new token for each of some subscriptions, with the row that is kept of it."""
    made = [(PREFIX + secrets.token_urlsafe(32), subscription) for subscription in subscriptions]
    expires_at = at + timedelta(seconds=settings.EXECUTION_TOKEN_SECONDS)
    rows = [
        ExecutionToken(
            token_sha256=_hash(token),
            product_id=subscription.product_id,
            user_id=subscription.user_id,
            subscription=subscription,
            purpose=purpose,
            issued_at=at,
            expires_at=expires_at,
        )
        for token, subscription in made
    ]
    ExecutionToken.objects.bulk_create(rows)
    return [(token, row) for (token, _), row in zip(made, rows, strict=True)]


def find_valid(
    token: str, *, product_id: str, purpose: TokenPurpose, at: datetime, user_id: int | None = None
) -> ExecutionToken | None:
    """Return a token that is still good for a purpose, or None. It stays good."""
    rows = _good(token, product_id=product_id, purpose=purpose, at=at, user_id=user_id)
    standing = subscriptions_in_force(at=at).values("pk")
    found = rows.select_related("product").filter(subscription__in=standing).first()
    if found is None or not access_still_valid(found.user_id, found.product.script_id, at=at):
        return None
    return found


def use_token(
    token: str, *, product_id: str, purpose: TokenPurpose, at: datetime, user_id: int | None = None
) -> ProductSubscription:
    """Use a token up in the caller's transaction, and return the subscription it stands for.

    Of many that use it at once, one succeeds: being unused is part of the condition of the change.
    The subscription's end waits until the transaction is over.

    Raises
    ------
    ExecutionTokenNotValid
        It is not good for this. Nothing tells why.
    """
    rows = _good(token, product_id=product_id, purpose=purpose, at=at, user_id=user_id)
    if rows.update(used_at=at) == 0:
        raise ExecutionTokenNotValid()
    used = ExecutionToken.objects.get(pk=_hash(token))
    right = lock_product_subscription(used.user_id, used.product_id, at=at)
    if (
        right is None
        or right.pk != used.subscription_id
        or not access_still_valid(used.user_id, right.product.script_id, at=at)
    ):
        raise ExecutionTokenNotValid()
    return right


def forget_expired(*, user_id: int, at: datetime) -> None:
    """Remove a user's tokens that nobody can use any more."""
    ExecutionToken.objects.filter(user=user_id, expires_at__lte=at).delete()


def _good(
    token: str, *, product_id: str, purpose: TokenPurpose, at: datetime, user_id: int | None
) -> models.QuerySet[ExecutionToken]:
    rows = ExecutionToken.objects.filter(
        pk=_hash(token),
        product__in=Product.objects.named(product_id),
        purpose=purpose,
        used_at=None,
        issued_at__lte=at,
        expires_at__gt=at,
    )
    return rows if user_id is None else rows.filter(user=user_id)


def _hash(token: str) -> str:
    # A lone surrogate in what somebody sent is no reason to fail.
    return sha256(token.encode(errors="surrogatepass"))
