"""The marketplace as people see it: the page of buyers, and the author's page of a product."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.models import User
from common.clock import utc_now
from registry.models import Product, ProductSubscription, Script, UsePurpose
from registry.services import products, publishing, usage
from tests import factories
from tests.pages.conftest import SignIn

pytestmark = pytest.mark.django_db
MARKETPLACE = reverse("marketplace")
PRODUCTS = reverse("admin:registry_product_changelist")
HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture
def product(script: Script) -> Product:
    return factories.make_product(
        script, name="Momentum", description="Follows the trend.", now=utc_now()
    )


@pytest.fixture
def subscription(product: Product, carol: User) -> ProductSubscription:
    return factories.make_product_subscription(product, carol, now=utc_now())


def page_of(client: Any, address: str = MARKETPLACE) -> str:
    reply = client.get(address)
    assert reply.status_code == 200
    return str(reply.content.decode())


def test_an_empty_marketplace_says_how_it_is_filled(
    script: Script, signed_in: SignIn, carol: User
) -> None:
    page = page_of(signed_in(carol))

    assert "Nobody offers anything yet" in page
    assert "You are subscribed to nothing yet" in page


def test_a_visitor_has_to_sign_in(client: Any) -> None:
    for address in (MARKETPLACE, reverse("marketplace-subscribe", args=[uuid4()])):
        assert client.get(address).status_code == 302
        assert reverse("login") in client.get(address)["Location"]


def test_somebody_of_another_house_reads_what_is_offered_and_subscribes(
    product: Product, signed_in: SignIn, carol: User
) -> None:
    browser = signed_in(carol)
    address = reverse("marketplace-subscribe", args=[product.pk])

    offered = page_of(browser)
    question = page_of(browser, address)
    before = ProductSubscription.objects.count()
    after = browser.post(address, follow=True).content.decode()

    assert "Follows the trend." in offered
    assert "by ada" in offered
    assert address in offered
    assert "Yes, subscribe" in question
    assert before == 0
    assert ProductSubscription.objects.get().user == carol
    assert "You are subscribed to Momentum." in after
    assert address not in after


def test_a_product_that_repaints_says_so_wherever_it_is_offered(
    product: Product, signed_in: SignIn, ada: User, rita: User, carol: User, sam: User
) -> None:
    before = page_of(signed_in(carol))
    draft = factories.make_submitted_version(ada, name="Turning points")
    labelled = publishing.publish_version(
        factories.approve(draft, rita, repaints=True), acting_user=ada, now=factories.NOON
    )

    repainting = factories.make_product(labelled.script, now=utc_now())
    factories.make_product_subscription(repainting, carol, now=utc_now())

    assert "repaints" not in before
    assert page_of(signed_in(carol)).count(">repaints<") == 2
    question = page_of(signed_in(sam), reverse("marketplace-subscribe", args=[repainting.pk]))
    assert "It repaints." in question


def test_the_label_is_seen_before_anything_is_bought_and_from_another_house(
    signed_in: SignIn, ada: User, rita: User, mallory: User
) -> None:
    draft = factories.make_submitted_version(ada, name="Turning points")
    labelled = publishing.publish_version(
        factories.approve(draft, rita, repaints=True), acting_user=ada, now=factories.NOON
    )
    product = factories.make_product(labelled.script, now=utc_now())
    browser = signed_in(mallory)

    offered = page_of(browser)
    question = page_of(browser, reverse("marketplace-subscribe", args=[product.pk]))
    listed = browser.get("/api/v2/products").json()["results"]
    shown = browser.get(f"/api/v2/products/{product.pk}").json()

    assert ">repaints<" in offered
    assert "1.0.0" in offered
    assert "It repaints." in question
    assert [(one["version"], one["repaints"]) for one in [*listed, shown]] == 2 * [("1.0.0", True)]


def test_a_subscriber_ends_a_subscription_after_being_asked(
    subscription: ProductSubscription, signed_in: SignIn, carol: User
) -> None:
    browser = signed_in(carol)
    address = reverse("marketplace-end", args=[subscription.pk])

    question = page_of(browser, address)
    subscription.refresh_from_db()
    still_there = subscription.cancelled_at is None
    after = browser.post(address, follow=True).content.decode()

    subscription.refresh_from_db()
    assert "It ends at once" in question
    assert still_there
    assert subscription.cancelled_by == carol
    assert "Your subscription to Momentum ended." in after
    assert browser.post(address, follow=True).status_code == 200  # pressed twice


def test_a_buyer_takes_their_usage_home(
    subscription: ProductSubscription, signed_in: SignIn, carol: User, mallory: User
) -> None:
    usage.record_use(subscription, UsePurpose.EXECUTE, now=utc_now())
    address = reverse("marketplace-usage", args=[subscription.pk])

    reply = signed_in(carol).get(address)

    assert reply["Content-Type"] == "text/csv"
    assert "execute,1" in reply.content.decode()
    assert "Used 1 time." in page_of(signed_in(carol))
    assert signed_in(mallory).get(address).status_code == 404


def test_what_is_not_offered_does_not_exist_for_outsiders(
    script: Script, ada: User, subscription: ProductSubscription, signed_in: SignIn, mallory: User
) -> None:
    hidden = products.create_product(script, name="Secret", acting_user=ada, now=utc_now())
    browser = signed_in(mallory)

    assert "Secret" not in page_of(browser)
    for name, pk in (
        ("marketplace-subscribe", hidden.pk),
        ("marketplace-subscribe", uuid4()),
        ("marketplace-end", subscription.pk),
        ("admin:registry_product_change", hidden.pk),
        ("admin:registry_product_usage", hidden.pk),
    ):
        assert browser.get(reverse(name, args=[pk])).status_code == 404, name
    ending = reverse("admin:registry_product_end", args=[subscription.product_id, subscription.pk])
    assert browser.post(ending).status_code == 404
    subscription.refresh_from_db()
    assert subscription.cancelled_at is None


def test_hostile_words_of_an_author_stay_words(
    script: Script, signed_in: SignIn, carol: User, ada: User
) -> None:
    product = factories.make_product(
        script, name=HOSTILE, description=HOSTILE, signal_name="x", now=utc_now()
    )
    factories.make_product_subscription(product, carol, now=utc_now())
    subscription = ProductSubscription.objects.get()

    for user, address in (
        (carol, MARKETPLACE),
        (carol, reverse("marketplace-subscribe", args=[product.pk])),
        (carol, reverse("marketplace-end", args=[subscription.pk])),
        (ada, PRODUCTS),
        (ada, reverse("admin:registry_product_change", args=[product.pk])),
        (ada, reverse("admin:registry_product_end", args=[product.pk, subscription.pk])),
    ):
        page = page_of(signed_in(user), address)
        assert HOSTILE not in page, address
        assert "&lt;img src=x" in page, address


def test_an_author_offers_a_script_in_the_admin_and_retires_it(
    script: Script, signed_in: SignIn, ada: User
) -> None:
    browser = signed_in(ada)
    add = reverse("admin:registry_product_add")
    browser.post(add, {"script": script.pk, "name": "Momentum", "description": "Up."})
    product = Product.objects.get()
    chosen = {"_selected_action": [str(product.pk)]}

    asked = browser.post(PRODUCTS, {**chosen, "action": "list_for_everybody"}).content.decode()
    product.refresh_from_db()
    listed_before = product.listed_at
    browser.post(PRODUCTS, {**chosen, "action": "list_for_everybody", "confirmed": "yes"})
    product.refresh_from_db()
    listed_after = product.listed_at
    browser.post(PRODUCTS, {**chosen, "action": "retire", "confirmed": "yes"})

    product.refresh_from_db()
    assert "Yes, offer" in asked
    assert listed_before is None
    assert listed_after is not None
    assert product.retired_at is not None
    assert "Momentum" in page_of(browser, PRODUCTS)


def test_what_the_service_refuses_stands_beside_the_field(
    product: Product, script: Script, signed_in: SignIn, ada: User
) -> None:
    add = reverse("admin:registry_product_add")

    page = signed_in(ada).post(add, {"script": script.pk, "signal_name": "Not So"})

    assert "A signal name is a lower-case letter" in page.content.decode()
    assert Product.objects.count() == 1


def test_an_author_without_a_published_script_is_told_what_to_do(
    signed_in: SignIn, ada: User
) -> None:
    page = page_of(signed_in(ada), reverse("admin:registry_product_add"))

    assert "You have no published script yet" in page


@pytest.mark.parametrize("name", ["ada", "olga"])
def test_the_seller_sees_subscribers_and_usage_and_ends_a_subscription(
    name: str,
    request: pytest.FixtureRequest,
    product: Product,
    subscription: ProductSubscription,
    signed_in: SignIn,
) -> None:
    seller = request.getfixturevalue(name)
    usage.record_use(subscription, UsePurpose.EXECUTE, now=utc_now())
    browser = signed_in(seller)
    ending = reverse("admin:registry_product_end", args=[product.pk, subscription.pk])

    page = page_of(browser, reverse("admin:registry_product_change", args=[product.pk]))
    table = browser.get(reverse("admin:registry_product_usage", args=[product.pk]))
    question = page_of(browser, ending)
    browser.post(ending, {"reason": "Not paid."})

    subscription.refresh_from_db()
    assert "carol" in page
    assert "runs" in page
    assert "execute,1" in table.content.decode()
    assert "Yes, end it" in question
    assert subscription.cancelled_by == seller


def test_a_reviewer_and_a_subscriber_have_no_page_of_products(
    product: Product, signed_in: SignIn, rita: User, carol: User
) -> None:
    assert signed_in(rita).get(PRODUCTS).status_code == 403
    assert signed_in(carol).get(PRODUCTS).status_code == 302
