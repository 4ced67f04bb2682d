"""Subscribe to a product, and end a subscription."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import Role, User
from accounts.principals import NoTenant, principal_of
from common import row_scope
from common.errors import Conflict, InvalidInput, NotFound
from registry import access
from registry.announcements import announce_revocation
from registry.models import Product, ProductSubscription
from registry.models.entitlements import REASON_MAX_LENGTH
from registry.product_access import NoSuchProduct
from registry.services.products import ProductRetired
from registry.texts import clean_text


class OwnProduct(Conflict):
    """You wrote what this product runs: it is yours to use without a subscription."""

    code = "own_product"


class AlreadySubscribed(Conflict):
    """You are subscribed to this product already."""

    code = "already_subscribed"


class SubscriptionEndsTooEarly(InvalidInput):
    """A subscription ends after it starts, and not in the past."""

    code = "subscription_ends_too_early"


class NoSuchProductSubscription(NotFound):
    """There is no such product subscription that you could end."""

    code = "no_such_product_subscription"


@transaction.atomic
def subscribe_to_product(
    product: Product,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    acting_user: User,
    now: datetime,
) -> ProductSubscription:
    """Subscribe the acting user, of whichever tenant, to a product that is offered.

    ``starts_at`` is inclusive and defaults to now; ``ends_at`` is exclusive, and None means until
    it is ended.

    Raises
    ------
    NoSuchProduct
        It is not offered to anybody.
    ProductRetired, OwnProduct, AlreadySubscribed
        The product, or the user, is not one for a subscription.
    SubscriptionEndsTooEarly
        Naming the field.
    """
    product = _offered(product.pk)
    if product.script.owner_id == acting_user.pk:
        raise OwnProduct(product_id=str(product.pk))
    starts_at = starts_at or now
    if ends_at is not None and ends_at <= max(starts_at, now):
        raise SubscriptionEndsTooEarly(field="ends_at")
    _close_what_has_ended(product, acting_user, now=now)
    subscription = ProductSubscription(
        product=product, user=acting_user, starts_at=starts_at, ends_at=ends_at, created_at=now
    )
    # The index on standing subscriptions decides; of two at once, one inserts nothing.
    ProductSubscription.objects.bulk_create([subscription], ignore_conflicts=True)
    if not ProductSubscription.objects.filter(pk=subscription.pk).exists():
        raise AlreadySubscribed(product_id=str(product.pk))
    _audit(
        "product_subscribed",
        subscription,
        acting_user=acting_user,
        now=now,
        after={
            "product": str(product.pk),
            "user": acting_user.username,
            "starts_at": starts_at.isoformat(),
            "ends_at": ends_at.isoformat() if ends_at else None,
        },
    )
    return subscription


@transaction.atomic
def end_product_subscription(
    subscription_id: UUID, *, reason: str = "", acting_user: User, now: datetime
) -> ProductSubscription:
    """End a subscription at once: the subscriber's own, or one to a product that is theirs to sell.

    Raises
    ------
    NoSuchProductSubscription
        Unknown, ended before, and somebody else's look the same.
    """
    reason = clean_text(reason, field="reason", max_length=REASON_MAX_LENGTH)
    subscription = (
        ProductSubscription.objects.select_for_update(of=("self",))
        .select_related("product__script__tenant", "user")
        .filter(pk=subscription_id, cancelled_at=None)
        .first()
    )
    if subscription is None or not _may_end(subscription, acting_user):
        raise NoSuchProductSubscription(subscription_id=str(subscription_id))
    _end(subscription, reason=reason, acting_user=acting_user, now=now)
    return subscription


def subscriptions_of(user: User) -> QuerySet[ProductSubscription]:
    """Return a user's product subscriptions, ended ones too, newest first."""
    rows = ProductSubscription.objects.filter(user=user).order_by("-pk")
    return rows.select_related("product__script__current_version", "product__script__owner")


def own_subscription(user: User, subscription_id: UUID) -> ProductSubscription:
    """Return one of a user's own subscriptions, or raise NoSuchProductSubscription."""
    subscription = subscriptions_of(user).filter(pk=subscription_id).first()
    if subscription is None:
        raise NoSuchProductSubscription(subscription_id=str(subscription_id))
    return subscription


@row_scope.for_the_platform
def _offered(product_id: UUID) -> Product:
    # Locked against retirement: who is let in was let in before it.
    products = Product.objects.filter(listed_at__isnull=False).select_related(
        "script__tenant", "script__owner", "script__current_version"
    )
    product = products.select_for_update(of=("self",), no_key=True).filter(pk=product_id).first()
    if product is None:
        raise NoSuchProduct(product_id=str(product_id))
    if product.retired_at is not None:
        raise ProductRetired(product_id=str(product_id))
    return product


def _close_what_has_ended(product: Product, user: User, *, now: datetime) -> None:
    # What ended by its date still takes the one place there is for a standing subscription.
    ended = ProductSubscription.objects.select_for_update(of=("self",)).filter(
        product=product, user=user, cancelled_at=None, ends_at__lte=now
    )
    for subscription in ended:
        _end(subscription, reason="Its time was over.", acting_user=user, now=now)


def _end(
    subscription: ProductSubscription, *, reason: str, acting_user: User, now: datetime
) -> None:
    subscription.cancelled_at = now
    subscription.cancelled_by = acting_user
    subscription.save(update_fields=["cancelled_at", "cancelled_by"])
    _audit(
        "product_subscription_ended",
        subscription,
        acting_user=acting_user,
        now=now,
        before={
            "product": str(subscription.product_id),
            "user": subscription.user.username,
            "starts_at": subscription.starts_at.isoformat(),
            "ends_at": subscription.ends_at.isoformat() if subscription.ends_at else None,
        },
        after={"cancelled_at": now.isoformat()},
        reason=reason,
    )
    script_id = subscription.product.script_id
    # Robust: the right has ended in the database whether or not Redis can be told so.
    transaction.on_commit(
        partial(announce_revocation, subscription.user_id, script_id), robust=True
    )


def _may_end(subscription: ProductSubscription, user: User) -> bool:
    if subscription.user_id == user.pk:
        return True
    script = subscription.product.script
    try:
        principal = access.principal_in(script, user)
    except access.NoSuchScript:
        return False
    return script.owner_id == user.pk or principal.has_role(Role.OPERATOR)


def _audit(event: str, subscription: ProductSubscription, **what: Any) -> None:
    # Both houses keep what happened; always in the same order, for each chain is locked.
    for chain in sorted(_chains(subscription)):
        audit.record(event, subscription, chain=chain, **what)


def _chains(subscription: ProductSubscription) -> set[str]:
    chains = {subscription.product.script.tenant.slug}
    with suppress(NoTenant):  # somebody without a house has no trail of their own
        chains.add(principal_of(subscription.user).tenant_slug)
    return chains
