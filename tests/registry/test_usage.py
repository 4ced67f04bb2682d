"""How often products are used: exact whoever uses them at once, and harmless in a spreadsheet."""

from __future__ import annotations

import csv
import io
import threading
from datetime import UTC, date, datetime

import pytest
from django.db import connection

from accounts.models import User
from registry.models import Product, ProductSubscription, ProductUsage, Script, UsePurpose
from registry.services import usage
from tests.factories import make_product, make_product_subscription
from tests.problems import as_user, assert_problem

LATE = datetime(2026, 1, 5, 23, 59, 59, tzinfo=UTC)
NEXT_DAY = datetime(2026, 1, 6, tzinfo=UTC)


@pytest.fixture
def product(script: Script) -> Product:
    return make_product(script, name="=2+3", signal_name="momentum")


@pytest.fixture
def subscription(product: Product, carol: User) -> ProductSubscription:
    return make_product_subscription(product, carol)


@pytest.mark.django_db(transaction=True)
def test_uses_at_once_are_all_counted(subscription: ProductSubscription) -> None:
    def use() -> None:
        try:
            for _ in range(10):
                usage.record_use(subscription, UsePurpose.EXECUTE, now=LATE)
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ProductUsage.objects.get().count == 80


def test_days_and_purposes_are_counted_apart(subscription: ProductSubscription) -> None:
    usage.record_use(subscription, UsePurpose.EXECUTE, now=LATE)
    usage.record_use(subscription, UsePurpose.EXECUTE, now=NEXT_DAY)
    usage.record_use(subscription, UsePurpose.STREAM, now=NEXT_DAY)

    days = usage.by_day(ProductUsage.objects.all())

    assert [(day.day, day.purpose, day.count) for day in days] == [
        (date(2026, 1, 6), "stream subscriptions", 1),
        (date(2026, 1, 6), "runs", 1),
        (date(2026, 1, 5), "runs", 1),
    ]


def test_no_cell_of_the_table_is_a_formula(subscription: ProductSubscription) -> None:
    usage.record_use(subscription, UsePurpose.EXECUTE, now=LATE)

    text = usage.as_csv(ProductUsage.objects.select_related("product", "subscription__user"))

    [row] = csv.DictReader(io.StringIO(text))
    assert (row["product"], row["subscriber"], row["count"]) == ("'=2+3", "carol", "1")


def test_seller_and_subscriber_see_the_count_and_nobody_else(
    subscription: ProductSubscription,
    product: Product,
    ada: User,
    olga: User,
    carol: User,
    mallory: User,
) -> None:
    usage.record_use(subscription, UsePurpose.EXECUTE, now=LATE)
    of_product = f"/api/v2/products/{product.pk}/usage"
    of_subscription = f"/api/v2/product-subscriptions/{subscription.pk}/usage"

    for user, address in ((ada, of_product), (olga, of_product), (carol, of_subscription)):
        [row] = as_user(user).get(address).json()["results"]
        assert (row["day"], row["purpose"], row["count"]) == ("2026-01-05", "execute", 1)
    for stranger in (carol, mallory):
        assert_problem(as_user(stranger).get(of_product), 403, "not_your_product")
    for stranger in (ada, mallory):
        reply = as_user(stranger).get(of_subscription)
        assert_problem(reply, 404, "no_such_product_subscription")
