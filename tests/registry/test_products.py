"""What is offered to everybody: who offers it, who sees it, and who subscribes."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from accounts.models import AuditEvent, Membership, Role, User
from common.errors import SignalHubError
from registry import access, product_access, queries
from registry.models import Product, ProductSubscription, Script
from registry.services import product_subscriptions, products
from tests.factories import (
    NOON,
    make_draft,
    make_product,
    make_product_subscription,
    make_published_version,
)

LATER = NOON + timedelta(hours=1)


@pytest.fixture
def product(script: Script) -> Product:
    return make_product(script, name="Momentum")


def test_an_author_makes_a_product_and_offers_it(script: Script, ada: User, carol: User) -> None:
    made = products.create_product(script, name="Momentum 14", acting_user=ada, now=NOON)
    seen_before = product_access.products_visible_to(carol, at=NOON).exists()

    products.list_product(made, acting_user=ada, now=LATER)

    assert made.signal_name == "momentum_14"
    assert not seen_before
    assert list(product_access.products_visible_to(carol, at=LATER)) == [made]
    trail = AuditEvent.objects.filter(event__startswith="product_").order_by("position")
    assert [(event.event, event.actor) for event in trail] == [
        ("product_created", ada),
        ("product_listed", ada),
    ]


def test_an_administrator_offers_a_script_of_the_house(script: Script, olga: User) -> None:
    Membership.objects.create(tenant=script.tenant, user=olga, role=Role.ADMIN)

    assert products.create_product(script, acting_user=olga, now=NOON).created_by == olga


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("sam", products.MayNotOffer),
        ("rita", products.MayNotOffer),
        ("olga", products.MayNotOffer),
        ("mallory", access.NoSuchScript),
    ],
)
def test_nobody_else_makes_edits_or_lists_a_product(
    name: str, error: type[Exception], request: pytest.FixtureRequest, script: Script, ada: User
) -> None:
    user = request.getfixturevalue(name)
    unlisted = products.create_product(script, acting_user=ada, now=NOON)

    with pytest.raises(error):
        products.create_product(script, signal_name="other", acting_user=user, now=NOON)
    with pytest.raises(error):
        products.edit_product(unlisted, name="Mine", acting_user=user, now=NOON)
    with pytest.raises(error):
        products.list_product(unlisted, acting_user=user, now=NOON)

    unlisted.refresh_from_db()
    assert (unlisted.name, unlisted.listed_at) == (script.name, None)
    assert Product.objects.count() == 1


def test_what_was_never_published_is_no_product(ada: User) -> None:
    draft = make_draft(ada)

    with pytest.raises(queries.NoPublishedVersion):
        products.create_product(draft.script, acting_user=ada, now=NOON)


@pytest.mark.parametrize("signal_name", ["Up", "9lives", "a:b", "a b", "a" * 61, "a-b", "a\n"])
def test_a_signal_name_fits_into_a_stream_key(signal_name: str, script: Script, ada: User) -> None:
    with pytest.raises(products.InvalidSignalName):
        products.create_product(script, signal_name=signal_name, acting_user=ada, now=NOON)


def test_a_script_offers_one_product_per_signal_name(product: Product, ada: User) -> None:
    with pytest.raises(products.SignalNameTaken):
        products.create_product(
            product.script, signal_name=product.signal_name, acting_user=ada, now=NOON
        )

    assert Product.objects.count() == 1


def test_a_retired_product_keeps_its_subscribers_and_gets_no_others(
    product: Product, olga: User, carol: User, mallory: User
) -> None:
    make_product_subscription(product, carol)

    products.retire_product(product, reason="Replaced.", acting_user=olga, now=LATER)

    assert access.may_access(carol, product.script, at=LATER)
    assert list(product_access.products_visible_to(carol, at=LATER)) == [product]
    assert not product_access.products_visible_to(mallory, at=LATER).exists()
    with pytest.raises(products.ProductRetired):
        make_product_subscription(product, mallory, now=LATER)
    with pytest.raises(products.ProductRetired):
        products.list_product(product, acting_user=product.script.owner, now=LATER)


def test_an_outsider_sees_nothing_of_a_product_that_is_not_offered(
    script: Script, ada: User, mallory: User
) -> None:
    hidden = products.create_product(script, acting_user=ada, now=NOON)

    with pytest.raises(product_access.NoSuchProduct):
        product_access.require_product(mallory, hidden.pk, at=NOON)
    with pytest.raises(product_access.NoSuchProduct):
        make_product_subscription(hidden, mallory)
    with pytest.raises(product_access.NoSuchProduct):
        product_access.require_managed_product(mallory, hidden.pk, at=NOON)


def test_a_subscriber_of_another_house_may_use_the_script_and_sees_no_source(
    product: Product, carol: User
) -> None:
    subscription = make_product_subscription(product, carol, ends_at=LATER)

    at = {
        instant: access.may_access(carol, product.script, at=instant) for instant in (NOON, LATER)
    }
    assert at == {NOON: True, LATER: False}  # the start is inclusive, the end exclusive
    assert not access.may_read_source(carol, product.script)
    right = product_access.product_subscription_of(carol.pk, product.script_id, at=NOON)
    assert right == subscription
    assert not product_access.products_managed_by(carol).exists()


def test_a_right_of_ones_own_comes_before_a_product(product: Product, ada: User) -> None:
    found = product_access.rights_of([(ada.pk, product.script_id)], at=NOON)

    assert found == {(ada.pk, product.script_id): None}


def test_both_houses_keep_who_subscribed_and_who_ended_it(product: Product, carol: User) -> None:
    subscription = make_product_subscription(product, carol)
    product_subscriptions.end_product_subscription(
        subscription.pk, reason="Too dear.", acting_user=carol, now=LATER
    )

    for chain in ("alpha-desk", "beta-house"):
        trail = AuditEvent.objects.filter(chain=chain, event__contains="subscri")
        assert [(event.event, event.actor, event.reason) for event in trail.order_by("pk")] == [
            ("product_subscribed", carol, ""),
            ("product_subscription_ended", carol, "Too dear."),
        ]


def test_an_ended_subscription_closes_the_right_at_once(product: Product, carol: User) -> None:
    subscription = make_product_subscription(product, carol)

    product_subscriptions.end_product_subscription(subscription.pk, acting_user=carol, now=LATER)

    assert not access.may_access(carol, product.script, at=LATER)
    with pytest.raises(product_subscriptions.NoSuchProductSubscription):
        product_subscriptions.end_product_subscription(
            subscription.pk, acting_user=carol, now=LATER
        )
    assert make_product_subscription(product, carol, now=LATER).pk != subscription.pk


@pytest.mark.parametrize("name", ["ada", "olga"])
def test_the_seller_ends_a_subscription_too(
    name: str, request: pytest.FixtureRequest, product: Product, carol: User
) -> None:
    seller = request.getfixturevalue(name)
    subscription = make_product_subscription(product, carol)

    product_subscriptions.end_product_subscription(subscription.pk, acting_user=seller, now=LATER)

    subscription.refresh_from_db()
    assert subscription.cancelled_by == seller


@pytest.mark.parametrize("name", ["mallory", "sam", "rita"])
def test_nobody_else_ends_a_subscription(
    name: str, request: pytest.FixtureRequest, product: Product, carol: User
) -> None:
    subscription = make_product_subscription(product, carol)

    with pytest.raises(product_subscriptions.NoSuchProductSubscription):
        product_subscriptions.end_product_subscription(
            subscription.pk, acting_user=request.getfixturevalue(name), now=LATER
        )

    assert access.may_access(carol, product.script, at=LATER)


def test_somebody_subscribes_once_and_again_after_its_time(product: Product, carol: User) -> None:
    first = make_product_subscription(product, carol, ends_at=LATER)
    with pytest.raises(product_subscriptions.AlreadySubscribed):
        make_product_subscription(product, carol)

    again = make_product_subscription(product, carol, now=LATER)

    assert again.pk != first.pk
    assert ProductSubscription.objects.in_force(at=LATER).get(user=carol) == again


def test_an_author_needs_no_subscription_to_their_own(product: Product, ada: User) -> None:
    with pytest.raises(product_subscriptions.OwnProduct):
        make_product_subscription(product, ada)


def test_a_subscription_does_not_end_before_it_starts(product: Product, carol: User) -> None:
    with pytest.raises(product_subscriptions.SubscriptionEndsTooEarly):
        make_product_subscription(product, carol, starts_at=LATER, ends_at=NOON + timedelta(1 / 48))

    assert not ProductSubscription.objects.exists()


def test_a_tier_that_the_script_is_not_for_is_not_bought_around(
    ada: User, rita: User, carol: User
) -> None:
    manifest = {"permissions": {"tiers": ["premium"], "features": [], "allowed_users": []}}
    version = make_published_version(ada, rita, manifest=manifest)
    make_product_subscription(make_product(version.script), carol)

    with pytest.raises(access.TierTooLow):
        access.require_access(carol, version.script, at=NOON)


@pytest.mark.django_db(transaction=True)
def test_of_many_subscriptions_at_once_one_stands(product: Product, carol: User) -> None:
    outcomes: list[Any] = []

    def subscribe() -> None:
        try:
            outcomes.append(make_product_subscription(product, carol))
        except SignalHubError as error:
            outcomes.append(type(error))
        finally:
            connection.close()

    _at_once([subscribe] * 8)

    refused = [one for one in outcomes if one is product_subscriptions.AlreadySubscribed]
    assert len(refused) == 7
    assert ProductSubscription.objects.count() == 1


def _at_once(calls: list[Any]) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
