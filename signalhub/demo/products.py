"""The demo's marketplace: one product that is offered and bought, and one that nobody else sees."""

from __future__ import annotations

from accounts.models import User
from common.clock import utc_now
from execution.services.requests import RunRequest
from execution.services.subscriptions import subscribe
from registry.models import Product, ProductSubscription, Script
from registry.services import product_subscriptions, products

WATCHED_BY_BUYER = ("AAPL", "IBM")


def offer(script: Script) -> Product:
    """Offer a script to everybody, or find its product."""
    product = Product.objects.filter(script=script, listed_at__isnull=False).first()
    if product is None:
        made = products.create_product(script, acting_user=script.owner, now=utc_now())
        product = products.list_product(made, acting_user=script.owner, now=utc_now())
    return product


def keep_private(script: Script, canary: str) -> Product:
    """Make a product that is not offered and carries a canary in every text, or find it."""
    product = Product.objects.filter(script=script, description=canary).first()
    return product or products.create_product(
        script,
        name=f"Not offered {canary}",
        description=canary,
        signal_name="private",
        acting_user=script.owner,
        now=utc_now(),
    )


def buy(product: Product, buyer: User) -> ProductSubscription:
    """Subscribe somebody to a product and to its signals, or find their subscription."""
    standing = ProductSubscription.objects.in_force(at=utc_now())
    subscription = standing.filter(product=product, user=buyer).first()
    if subscription is None:
        subscription = product_subscriptions.subscribe_to_product(
            product, acting_user=buyer, now=utc_now()
        )
    for instrument_key in WATCHED_BY_BUYER:
        request = RunRequest(instrument_key=instrument_key)
        subscribe(product.script, request, acting_user=buyer, now=utc_now())
    return subscription
