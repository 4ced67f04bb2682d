"""A right may end at any moment of a request; nobody is given an exact value because of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from common import row_scope
from registry.models import Product, ProductSubscription, Script
from registry.services.product_subscriptions import end_product_subscription
from streams.publishing import stream_for
from tests.problems import as_user
from tests.streams import marked

pytestmark = pytest.mark.django_db
NEWEST = 3


@pytest.fixture
def script(ada: User, rita: User) -> Script:
    return marked.make_marked_script(ada, rita)


@pytest.fixture
def product(script: Script, now: datetime) -> Product:
    """The script as a product; both put out the same."""
    product = marked.make_product(script, now=now)
    for stream in (marked.stream_of(product), stream_for(script, "IBM", "1d", {})):
        marked.publish_days(stream, range(NEWEST + 1))
    return product


@contextmanager
def ending_after(statements: int, subscription: ProductSubscription) -> Iterator[list[str]]:
    """End a subscription when so many statements were executed; yield which was the last."""
    executed = count(1)
    last: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        result = execute(sql, *rest)
        if next(executed) == statements:
            last.append(sql)
            with row_scope.within(row_scope.PLATFORM):
                end(subscription)
        return result

    with connection.execute_wrapper(watch):
        yield last


def end(subscription: ProductSubscription) -> None:
    end_product_subscription(
        subscription.pk, acting_user=subscription.user, now=subscription.starts_at
    )


@pytest.mark.parametrize(
    "address",
    [
        "/signals/IBM/custom/{script}",
        "/signals/IBM/custom/{script}/history",
        "/data/scripts/{script}/latest?instrument=IBM",
        "/data/scripts/{script}/history?instrument=IBM",
    ],
)
def test_a_subscription_that_ends_during_a_request_makes_no_value_exact(
    address: str, script: Script, product: Product, carol: User, now: datetime
) -> None:
    exact = {marked.exact_value(day) for day in range(NEWEST + 1)}
    statuses = set()
    for statements in count(1):
        subscription = marked.subscribe(product, carol, now=now)
        with ending_after(statements, subscription) as last:
            reply = as_user(carol).get(address.format(script=script.pk))
        statuses.add(reply.status_code)
        if reply.status_code == 200:
            assert exact.isdisjoint(values_of(reply.json())), f"ended after {last}"
        if not last:
            break  # the request was over before

    assert len(statuses) > 1, "the right never ended in time"
    assert 200 in statuses


def values_of(body: Any) -> set[float]:
    rows = body.get("results", body.get("outputs", [body]))
    return {row["value"] for row in rows}
