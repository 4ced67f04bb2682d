"""Who sees and manages products, and whose right to a script rests on a product alone.

Whether somebody may use a script at all is ``registry.access``; here is what follows from a right
that was had through a product: its streams, and outputs that say for whom they are.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Membership, Role, User
from accounts.role_ceiling import counting
from common import row_scope
from common.errors import Forbidden, NotFound
from registry import access
from registry.models import Product, ProductSubscription, Script

Pair = tuple[int, uuid.UUID]
_LOCK_SUBSCRIPTION = """
    SELECT id FROM registry_productsubscription
    WHERE user_id = %s AND product_id = %s AND cancelled_at IS NULL
    FOR SHARE
"""


class NoSuchProduct(NotFound):
    """There is no such product, or it is not offered to you."""

    code = "no_such_product"


class NotYourProduct(Forbidden):
    """This product is somebody else's to offer."""

    code = "not_your_product"


def rights_of(pairs: Collection[Pair], *, at: datetime) -> dict[Pair, ProductSubscription | None]:
    """Return on what the rights of some (user, script) pairs rest; pairs without one are left out.

    A right of one's own (the owner's, an entitlement, …) is None, and comes before a product's.
    """
    reasons = access.reasons_in_force(pairs, at=at)
    others = {pair for pair, reason in reasons.items() if reason is access.Reason.SUBSCRIBED}
    found: dict[Pair, ProductSubscription | None] = dict.fromkeys(set(reasons) - others)
    if not others:
        return found
    standing = subscriptions_in_force(at=at).filter(
        user__in={user_id for user_id, _ in others},
        product__script__in={script_id for _, script_id in others},
    )
    for subscription in standing.order_by("-pk"):  # of several the oldest has the last word
        pair = (subscription.user_id, subscription.product.script_id)
        if pair in others:
            found[pair] = subscription
    return found


def scripts_in_own_right(user: User, *, at: datetime) -> QuerySet[Script]:
    """Return the scripts that a user may use without a product: their outputs are exact to them."""
    accessible = access.scripts_accessible_to(user, at=at)
    pairs = {(user.pk, script_id) for script_id in accessible.values_list("pk", flat=True)}
    own = access.pairs_in_force(pairs, at=at, products=False)
    return Script.objects.filter(pk__in=[script_id for _, script_id in own])


def product_subscription_of(
    user_id: int, script_id: uuid.UUID, *, at: datetime
) -> ProductSubscription | None:
    """Return the product subscription on which alone a user's right to a script rests, or None."""
    pair = (user_id, script_id)
    return rights_of([pair], at=at).get(pair)


def require_right(
    user_id: int, script_id: uuid.UUID, *, at: datetime
) -> ProductSubscription | None:
    """Return the product subscription on which alone a user's right rests; None: it is their own.

    Raises
    ------
    NotEntitled
        There is no right, or none any more.
    """
    pair = (user_id, script_id)
    rights = rights_of([pair], at=at)
    if pair not in rights:
        raise access.NotEntitled(script_id=str(script_id))
    return rights[pair]


def subscriptions_in_force(*, at: datetime) -> QuerySet[ProductSubscription]:
    """Return the product subscriptions that hold at an instant, of users who may sign in.

    Whether their users' tiers let them use the scripts as well is for ``access`` to say.
    """
    standing = ProductSubscription.objects.in_force(at=at).filter(user__is_active=True)
    return standing.select_related(
        "product__script__tenant",
        "product__script__owner",
        "product__script__current_version",
        "user",
    )


def lock_product_subscription(
    user_id: int, product_id: uuid.UUID, *, at: datetime
) -> ProductSubscription | None:
    """Return a user's subscription in force to a product, and hold off its end.

    An end that committed before is seen here, a later one waits for the transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_SUBSCRIPTION, [user_id, product_id])
    standing = subscriptions_in_force(at=at).filter(user=user_id, product=product_id)
    return standing.first()


def products_visible_to(user: User, *, at: datetime) -> QuerySet[Product]:
    """Return the products a user may see: offered ones, their own, and what they subscribed to."""
    subscribed = Exists(
        ProductSubscription.objects.in_force(at=at).filter(user=user.pk, product=OuterRef("pk"))
    )
    return Product.objects.filter(
        Q(pk__in=products_offered().values("pk"))
        | Q(script__in=scripts_offered_by(user))
        | Q(subscribed)
    )


def products_offered() -> QuerySet[Product]:
    """Return the products that somebody new can subscribe to.

    Whoever shows them reads them in the platform's scope: their versions' numbers and labels are
    everybody's to see, the versions themselves are not.
    """
    return Product.objects.filter(listed_at__isnull=False, retired_at=None)


def products_managed_by(user: User) -> QuerySet[Product]:
    """Return the products of the scripts that a user offers or operates."""
    return Product.objects.filter(script__in=scripts_offered_by(user))


def scripts_offered_by(user: User) -> QuerySet[Script]:
    """Return the scripts whose products are a user's business: theirs, or all they operate."""
    member = Exists(
        Membership.objects.filter(user=user.pk, user__is_active=True, tenant=OuterRef("tenant"))
    )
    operates = Exists(
        Membership.objects.filter(
            user=user.pk,
            user__is_active=True,
            tenant=OuterRef("tenant"),
            role__in=counting(user.pk, (Role.OPERATOR, Role.ADMIN)),
        )
    )
    return Script.objects.filter(Q(member, owner=user.pk) | Q(operates))


@row_scope.for_the_platform
def require_product(user: User, product_id: uuid.UUID, *, at: datetime) -> Product:
    """Return a product that a user may see.

    Raises
    ------
    NoSuchProduct
        Unknown and not offered look the same.
    """
    products = products_visible_to(user, at=at)
    product = products.select_related(
        "script__tenant", "script__owner", "script__current_version"
    ).filter(pk=product_id)
    found = product.first()
    if found is None:
        raise NoSuchProduct(product_id=str(product_id))
    return found


def require_managed_product(user: User, product_id: uuid.UUID, *, at: datetime) -> Product:
    """Return a product whose usage and offer are a user's business.

    Raises
    ------
    NotYourProduct
        The user may see it, but it is somebody else's.
    NoSuchProduct
        Unknown and not offered look the same.
    """
    product = require_product(user, product_id, at=at)
    if not products_managed_by(user).filter(pk=product_id).exists():
        raise NotYourProduct(product_id=str(product_id))
    return product
