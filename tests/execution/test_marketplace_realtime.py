"""Standing requests by right of a product: computed once for its subscribers, on its own stream."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from accounts.models import User
from execution.models import Execution, RealtimePlan, Subscription
from execution.services import realtime, subscriptions
from execution.services.requests import RunRequest
from market.bars import NewBar
from registry.models import Product, ProductSubscription, ProductUsage, Script
from registry.services import product_subscriptions
from streams.models import Output, Stream
from tests import factories
from tests.execution.conftest import run_everything

TOLD = """
told = {name: context[name] for name in sorted(context) if name.endswith("_id")}
emit_signal({"value": 1, "told": told})
"""
ON_IBM = RunRequest(instrument_key="IBM")


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def script(ada: User, rita: User, three_sessions: list[NewBar]) -> Script:
    manifest = {"runtime_mode": "realtime"}
    return factories.make_published_version(ada, rita, manifest=manifest).script


@pytest.fixture
def product(script: Script, now: datetime) -> Product:
    return factories.make_product(script, name="Momentum", now=now)


@pytest.fixture
def subscription(product: Product, carol: User, now: datetime) -> ProductSubscription:
    return factories.make_product_subscription(product, carol, now=now)


def run_due(now: datetime) -> list[Execution]:
    realtime.run_markets([("IBM", "1d")], now=now)
    return run_everything()


def test_a_subscriber_is_given_the_products_stream(
    subscription: ProductSubscription, script: Script, carol: User, now: datetime
) -> None:
    standing, stream = subscriptions.subscribe(script, ON_IBM, acting_user=carol, now=now)
    subscriptions.subscribe(script, ON_IBM, acting_user=carol, now=now)

    assert stream.key == f"marketplace:{subscription.product_id}:IBM:momentum:default"
    assert Subscription.objects.get() == standing
    assert ProductUsage.objects.values("purpose", "count").get() == {
        "purpose": "stream",
        "count": 1,
    }


@pytest.mark.sandbox
def test_a_product_is_computed_once_for_all_its_subscribers_and_apart_from_the_scripts_own(
    product: Product, script: Script, carol: User, mallory: User, ada: User, now: datetime
) -> None:
    for buyer in (carol, mallory):
        factories.make_product_subscription(product, buyer, now=now)
        subscriptions.subscribe(script, ON_IBM, acting_user=buyer, now=now)
    subscriptions.subscribe(script, ON_IBM, acting_user=ada, now=now)

    executions = run_due(now)

    assert {(run.product_id, run.user) for run in executions} == {
        (product.pk, carol),
        (None, ada),
    }
    assert RealtimePlan.objects.count() == 2
    assert {(output.stream.product, output.value) for output in Output.objects.all()} == {
        (product, 14),
        (None, 14),
    }


@pytest.mark.sandbox
def test_nobody_learns_from_a_stream_who_asked_for_it_first(
    three_sessions: list[NewBar], ada: User, rita: User, carol: User, now: datetime
) -> None:
    script = factories.make_published_version(
        ada, rita, source=TOLD, manifest={"runtime_mode": "realtime"}
    ).script
    product = factories.make_product(script, name="Momentum", now=now)
    factories.make_product_subscription(product, carol, now=now)
    subscriptions.subscribe(script, ON_IBM, acting_user=carol, now=now)

    [execution] = run_due(now)

    assert execution.user == carol
    assert Output.objects.get().metadata["told"] == {
        "user_id": str(ada.pk),
        "product_id": product.public_id,
    }


@pytest.mark.sandbox
def test_a_product_goes_on_for_the_others_when_one_leaves(
    product: Product, script: Script, carol: User, mallory: User, now: datetime
) -> None:
    first, second = (
        factories.make_product_subscription(product, buyer, now=now) for buyer in (carol, mallory)
    )
    for buyer in (carol, mallory):
        subscriptions.subscribe(script, ON_IBM, acting_user=buyer, now=now)
    realtime.run_markets([("IBM", "1d")], now=now)

    product_subscriptions.end_product_subscription(first.pk, acting_user=carol, now=now)
    [execution] = run_everything()

    assert (execution.user, execution.product_subscription) == (mallory, second)
    assert Output.objects.get().subscription_id == second.pk


def test_nothing_is_computed_for_a_subscription_that_ended(
    subscription: ProductSubscription, script: Script, carol: User, now: datetime
) -> None:
    subscriptions.subscribe(script, ON_IBM, acting_user=carol, now=now)

    product_subscriptions.end_product_subscription(subscription.pk, acting_user=carol, now=now)

    assert realtime.run_markets([("IBM", "1d")], now=now) == []


@pytest.mark.sandbox
def test_what_depends_on_a_script_reads_its_own_stream_beside_a_products(
    product: Product, script: Script, ada: User, rita: User, carol: User, now: datetime
) -> None:
    reading = f'emit_signal({{"value": get_script_output("{script.pk}")["value"] + 1}})\n'
    version = script.current_version
    assert version is not None
    dependent = factories.make_published_version(
        ada,
        rita,
        source=reading,
        manifest={"runtime_mode": "realtime", "depends_on": [version.reference]},
    ).script
    factories.make_product_subscription(product, carol, now=now)
    subscriptions.subscribe(script, ON_IBM, acting_user=carol, now=now)
    subscriptions.subscribe(dependent, ON_IBM, acting_user=ada, now=now)

    run_due(now)

    values = {output.stream.key.split(":")[0]: [] for output in Output.objects.all()}  # type: ignore[var-annotated]
    for output in Output.objects.select_related("stream"):
        values[output.stream.key.split(":")[0]].append(output.value)
    assert {name: sorted(found) for name, found in values.items()} == {
        "marketplace": [14],
        "personal": [14, 15],
    }
    assert Stream.objects.count() == 3
