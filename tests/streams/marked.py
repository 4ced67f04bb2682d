"""A product with numbers that may be marked, its subscribers, and what each of them is given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from registry.models import Product, ProductSubscription, Script
from registry.services import product_subscriptions, products
from streams.models import Output, Stream
from streams.publishing import NewOutput, publish_outputs, stream_for
from streams.watermarks.rules import tolerances_of
from tests import factories

FIRST_DAY = datetime(2006, 1, 3, tzinfo=UTC)
TOLERANCE = {"value": {"absolute": 0.02, "step": 0.01}, "metadata.upper": {"relative": 0.001}}
MANIFEST = {"watermark": {"tolerance": TOLERANCE}}


def make_marked_script(owner: User, reviewer: User, **fields: Any) -> Script:
    """Build a published script whose author lets a mark move its numbers."""
    given = {"name": "Bands", "manifest": MANIFEST, **fields}
    return factories.make_published_version(owner, reviewer, **given).script


def make_product(script: Script, *, now: datetime) -> Product:
    """Build a product that is offered to everybody."""
    product = products.create_product(script, acting_user=script.owner, now=now)
    return products.list_product(product, acting_user=script.owner, now=now)


def subscribe(product: Product, user: User, *, now: datetime) -> ProductSubscription:
    """Subscribe a user to a product."""
    return product_subscriptions.subscribe_to_product(product, acting_user=user, now=now)


def stream_of(product: Product, instrument_key: str = "IBM") -> Stream:
    """Return the stream that a product's subscribers follow."""
    return stream_for(product.script, instrument_key, "1d", {}, product=product)


def exact_value(day: int) -> float:
    """Return the value of a day: two decimals, never a whole number."""
    return round(50 + 8 * ((day * 7919) % 997) / 997 + 0.01 * (day % 9 + 1), 2)


def publish_days(stream: Stream, days: range) -> list[Output]:
    """Publish an output a day in one transaction."""
    version = stream.script.current_version if stream.script else None
    assert version is not None
    outputs = [
        NewOutput(
            value=exact_value(day),
            timestamp=FIRST_DAY + timedelta(days=day),
            metadata={"side": "buy", "upper": exact_value(day) + 1.23456, "rank": day},
        )
        for day in days
    ]
    with transaction.atomic():
        return publish_outputs(stream, outputs, tolerance=tolerances_of(version.manifest))
