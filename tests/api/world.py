"""A small platform with one of everything that an address of the API can name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django_q.brokers import get_broker

from accounts.models import Membership, Role, Tenant, User
from common.clock import utc_now
from execution.models import Subscription
from execution.services import subscriptions
from execution.services.requests import RunRequest, request_run
from market.models import Instrument
from market.services.bars import record_history
from registry.models import Product, ProductSubscription, Script, ScriptVersion, TokenPurpose
from registry.services.execution_tokens import issue_token
from registry.services.product_subscriptions import subscribe_to_product
from registry.services.products import create_product, list_product
from streams.deliveries.planning import plan_for
from streams.deliveries.services.destinations import add_destination
from streams.models import Delivery, Destination, DestinationKind, Following
from streams.publishing import publish_outputs, stream_for
from tests import factories
from tests.factories import NOON
from tests.market.prices import DAY, FIRST_DAY, LATER, make_instrument, new_bars

SOURCE = 'bars = get_market_data(bars=20)\nemit_signal({"value": float(bars["close"].mean())})\n'
MANIFEST: dict[str, Any] = {
    "timeframe": "1d",
    "input_schema": {"type": "object", "properties": {"period": {"type": "integer"}}},
}


@dataclass(frozen=True, kw_only=True)
class House:
    """A house to be built: its name, what its people are called, and where its buyer lives."""

    name: str = "Alpha Desk"
    elsewhere: str = "Beta House"
    called: Mapping[str, str] = field(default_factory=dict)
    source: str = SOURCE
    manifest: dict[str, Any] = field(default_factory=lambda: MANIFEST)


@dataclass(frozen=True, kw_only=True)
class World:
    """Who is there, and what. ``mallory`` is of another house and buys what this one offers."""

    people: dict[str, User]
    scripts: dict[str, Script]
    submitted: ScriptVersion
    subscription: Subscription
    execution_id: str
    entitlement_id: str
    products: dict[str, Product]
    product_subscription: ProductSubscription
    destination: Destination
    delivery: Delivery


def make_world(house: House | None = None) -> World:
    """Build a house: ada's scripts in every state, and what became of the published one."""
    house = house or House()
    people = _people(house)
    ada, rita, sam = people["ada"], people["rita"], people["sam"]
    if not Instrument.objects.filter(key="AAPL").exists():
        make_instrument("AAPL")
        record_history(new_bars([100.0 + day for day in range(30)]), now=LATER)
    given = {"source": house.source, "manifest": house.manifest}
    published = factories.make_published_version(ada, rita, name="Average", **given).script
    submitted = factories.make_submitted_version(ada, name="Submitted", **given)
    factories.record_evidence(submitted)
    scripts = {
        "published": published,
        "draft": factories.make_draft(ada, name="Draft", **given).script,
        "to submit": factories.make_draft(ada, name="To submit", **given).script,
        "to send back": factories.make_submitted_version(ada, name="To send back", **given).script,
        "submitted": submitted.script,
        "approved": factories.make_approved_version(ada, rita, name="Approved", **given).script,
        "approved too": factories.make_approved_version(ada, rita, name="Too", **given).script,
    }
    entitlement = factories.make_entitlement(published, sam)
    subscription = _subscribe(published, sam)
    execution = request_run(published, RunRequest(instrument_key="AAPL"), acting_user=sam, now=NOON)
    get_broker().purge_queue()
    return World(
        people=people,
        scripts=scripts,
        submitted=submitted,
        subscription=subscription,
        execution_id=execution.execution_id,
        entitlement_id=str(entitlement.pk),
        **_market(published, people),
        **_delivered(published, sam),
    )


def _market(script: Script, people: dict[str, User]) -> dict[str, Any]:
    ada, mallory = people["ada"], people["mallory"]
    made = {
        name: create_product(script, name=name.capitalize(), acting_user=ada, now=NOON)
        for name in ("unlisted", "listed", "listed later", "to retire", "for others")
    }
    for name in ("listed", "to retire", "for others"):
        list_product(made[name], acting_user=ada, now=NOON)
    subscription = subscribe_to_product(made["listed"], acting_user=mallory, now=NOON)
    return {"products": made, "product_subscription": subscription}


def _delivered(script: Script, user: User) -> dict[str, Any]:
    destination, _ = add_destination(
        user,
        kind=DestinationKind.WEBHOOK,
        name="Robot",
        address="https://receiver.example/hooks",
        acting_user=user,
        now=NOON,
    )
    stream = stream_for(script, "AAPL", "1d", {})
    Following.objects.create(
        destination=destination, stream=stream, cursor_seq=0, told_seq=0, followed_at=NOON
    )
    plan_for(destination.pk, now=NOON)
    delivery = destination.deliveries.get()
    delivery.state, delivery.finished_at, delivery.attempts = "failed", utc_now(), 8
    delivery.save()
    return {"destination": destination, "delivery": delivery}


def issue(world: World, purpose: TokenPurpose) -> str:
    """Give mallory a token of the product that she subscribed to."""
    product, mallory = world.products["listed"], world.people["mallory"]
    return issue_token(product, purpose, acting_user=mallory, now=utc_now()).token


def _people(house: House) -> dict[str, User]:
    tenant = _tenant(house.name)
    roles = {
        "ada": Role.AUTHOR,
        "rita": Role.REVIEWER,
        "sam": Role.SUBSCRIBER,
        "olga": Role.OPERATOR,
        "pia": Role.SUBSCRIBER,
    }
    people = {
        name: factories.make_user(
            house.called.get(name, name), tenant=tenant, roles=[role], is_staff=True
        )
        for name, role in roles.items()
    }
    other, buyer = _tenant(house.elsewhere), house.called.get("mallory", "mallory")
    people["mallory"] = factories.make_user(buyer, tenant=other, is_staff=True)
    for role in (Role.AUTHOR, Role.REVIEWER, Role.OPERATOR):
        Membership.objects.create(tenant=other, user=people["mallory"], role=role)
    return people


def _tenant(name: str) -> Tenant:
    return Tenant.objects.filter(name=name).first() or factories.make_tenant(name)


def _subscribe(script: Script, user: User) -> Subscription:
    request = RunRequest(instrument_key="AAPL", params={"period": 20})
    subscription, _ = subscriptions.subscribe(script, request, acting_user=user, now=NOON)
    stream = stream_for(script, "AAPL", "1d", {})
    with transaction.atomic():
        publish_outputs(
            stream,
            [
                {
                    "value": 119.5,
                    "timestamp": (FIRST_DAY + 30 * DAY).isoformat(),
                    "metadata": {"trend": "up"},
                }
            ],
            execution_id=None,
            bar_opened_at=None,
        )
    return subscription
