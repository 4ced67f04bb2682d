"""Runs in the background: answered at once, put out to a stream, of one's own or of a product."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

import pytest
import redis
from django.conf import settings
from django.db import connection

from accounts.models import User
from execution.models import Execution, ExecutionStatus
from execution.services.capsules import altered_part
from execution.services.replay import replay_execution
from execution.services.requests import RunRequest, request_run
from market.bars import NewBar
from registry.models import (
    ExecutionToken,
    Product,
    ProductSubscription,
    ProductUsage,
    Script,
    TokenPurpose,
)
from registry.services import execution_tokens, product_subscriptions
from streams import cache
from streams.models import Output, Stream
from streams.relay import Relay
from tests import factories
from tests.execution.conftest import run_everything
from tests.problems import as_user, assert_problem, post

PERSONAL = "/api/v2/signals/execute/personal"
MARKETPLACE = "/api/v2/signals/execute/marketplace"
STATUS = "/api/v2/signals/execution/status/"
PERIOD = {
    "type": "object",
    "properties": {"period": {"type": "integer", "minimum": 2}},
    "additionalProperties": False,
}
# What a script is told of who it runs for, as text that comes back as its output.
SOURCE = """
told = {name: context[name] for name in sorted(context) if name.endswith("_id")}
emit_signal({"value": params.get("period", 14), "told": told})
"""


@pytest.fixture
def script(ada: User, rita: User, three_sessions: list[NewBar]) -> Script:
    manifest = {"input_schema": PERIOD, "runtime_mode": "realtime"}
    return factories.make_published_version(ada, rita, source=SOURCE, manifest=manifest).script


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def product(script: Script, now: datetime) -> Product:
    return factories.make_product(script, name="Momentum", now=now)


@pytest.fixture
def subscription(product: Product, carol: User, now: datetime) -> ProductSubscription:
    return factories.make_product_subscription(product, carol, now=now)


def asked(subscription: ProductSubscription, **fields: Any) -> dict[str, Any]:
    """Return the body of a request with a new token."""
    token = execution_tokens.issue_token(
        subscription.product,
        TokenPurpose.EXECUTE,
        acting_user=subscription.user,
        now=datetime.now(UTC),
    )
    return {
        "execution_token": token.token,
        "product_id": str(subscription.product_id),
        "instrument": "IBM",
        **fields,
    }


def nothing_was_asked() -> bool:
    return not Execution.objects.exists() and not Stream.objects.exists()


def test_a_run_of_ones_own_script_is_answered_at_once(script: Script, ada: User) -> None:
    body = {"script_id": str(script.pk), "instrument": "IBM", "params": {"period": 20}}

    reply = post(ada, PERSONAL, body)

    execution = Execution.objects.get()
    assert reply.status_code == 200, reply.json()
    assert reply.json() == {
        "success": True,
        "message": "Personal signal execution initiated",
        "execution_id": f"exec_personal_{ada.pk}_{script.pk}_{execution.pk.hex}",
        "stream_keys": [f"personal:{ada.pk}:{script.pk}:IBM:period-20"],
    }
    assert reply["Location"] == STATUS + reply.json()["execution_id"]
    status = as_user(ada).get(reply["Location"]).json()
    assert (status["status"], set(status)) == (
        "pending",
        {"execution_id", "status", "message", "updated_at"},
    )


@pytest.mark.sandbox
def test_a_run_of_ones_own_script_puts_out_to_its_stream(
    script: Script, ada: User, three_sessions: list[NewBar]
) -> None:
    reply = post(ada, PERSONAL, {"script_id": str(script.pk), "instrument": "IBM"})

    run_everything()

    output = Output.objects.select_related("stream").get()
    assert output.stream.key == reply.json()["stream_keys"][0]
    assert (output.value, output.timestamp) == (14, three_sessions[-1].closes_at)
    assert output.metadata["told"] == {"script_id": str(script.pk), "user_id": str(ada.pk)}
    assert as_user(ada).get(reply["Location"]).json()["status"] == "completed"


def test_only_the_owner_runs_a_personal_script(
    script: Script, sam: User, rita: User, mallory: User, carol: User
) -> None:
    factories.make_entitlement(script, sam)
    body = {"script_id": str(script.pk), "instrument": "IBM"}

    assert_problem(post(sam, PERSONAL, body), 403, "not_your_script")
    assert_problem(post(rita, PERSONAL, body), 403, "not_entitled")
    foreign = assert_problem(post(mallory, PERSONAL, body), 404, "no_such_script")
    unknown = post(mallory, PERSONAL, {**body, "script_id": str(uuid4())}).json()
    assert {**foreign, "script_id": ""} == {**unknown, "script_id": ""}
    assert nothing_was_asked()


def test_a_run_of_a_product_is_answered_at_once(
    subscription: ProductSubscription, product: Product, carol: User
) -> None:
    reply = post(carol, MARKETPLACE, asked(subscription, params={"period": 20}))

    execution = Execution.objects.get()
    assert reply.status_code == 200, reply.json()
    assert reply.json() == {
        "success": True,
        "message": "Signal execution initiated",
        "execution_id": f"exec_{product.pk}_IBM_{execution.pk.hex}",
        "stream_keys": [f"marketplace:{product.pk}:IBM:momentum:period-20"],
    }
    assert as_user(carol).get(reply["Location"]).json()["status"] == "pending"
    assert ProductUsage.objects.get().count == 1


@pytest.mark.sandbox
def test_a_products_run_knows_its_product_and_subscription_and_no_token(
    subscription: ProductSubscription, product: Product, carol: User
) -> None:
    body = asked(subscription)

    post(carol, MARKETPLACE, body)
    [execution] = run_everything()

    output = Output.objects.select_related("stream").get()
    told = {"product_id": str(product.pk), "subscription_id": str(subscription.pk)}
    assert output.metadata["told"] == {**told, "user_id": str(carol.pk)}
    assert body["execution_token"] not in str(Execution.objects.values().get())
    assert output.stream.product == product
    assert output.stream.key == f"marketplace:{product.pk}:IBM:momentum:default"
    assert output.subscription_id == subscription.pk
    assert altered_part(execution) is None
    assert replay_execution(execution).verdict == "identical"


@pytest.mark.sandbox
def test_redis_says_on_whose_account_a_products_output_was_computed(
    subscription: ProductSubscription, carol: User, redis_client: redis.Redis
) -> None:
    post(carol, MARKETPLACE, asked(subscription))
    run_everything()

    Relay(cache.connect(settings.REDIS_URL)).carry()

    key = Stream.objects.get().key
    [(_, fields)] = cast("list[tuple[bytes, dict[bytes, bytes]]]", redis_client.xrange(key))
    entry = {name.decode(): value.decode() for name, value in fields.items()}
    assert entry["_subscription_id"] == str(subscription.pk)
    assert {"_published_at", "_stream_key"} <= set(entry)
    assert str(subscription.pk) not in entry["_frame"].replace(entry["metadata"], "")


@pytest.mark.parametrize(
    "change",
    [
        {"execution_token": "sht_unknown"},
        {"product_id": "prod-123"},
        {"product_id": str(uuid4())},
        {"subscription_id": str(uuid4())},
    ],
)
def test_a_wrong_token_starts_nothing(
    change: dict[str, str], subscription: ProductSubscription, carol: User
) -> None:
    reply = post(carol, MARKETPLACE, asked(subscription, **change))

    assert_problem(reply, 403, "execution_token_not_valid")
    assert nothing_was_asked()
    assert not ProductUsage.objects.exists()


def test_somebody_elses_token_starts_nothing(
    subscription: ProductSubscription, product: Product, mallory: User, now: datetime
) -> None:
    factories.make_product_subscription(product, mallory, now=now)

    reply = post(mallory, MARKETPLACE, asked(subscription))

    assert_problem(reply, 403, "execution_token_not_valid")
    assert nothing_was_asked()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"instrument": "NOPE"}, "invalid_read"),
        ({"params": {"period": 1}}, "params_do_not_match_schema"),
    ],
)
def test_a_mistake_in_the_request_leaves_the_token_unused(
    change: dict[str, Any], code: str, subscription: ProductSubscription, carol: User
) -> None:
    body = asked(subscription)

    assert_problem(post(carol, MARKETPLACE, {**body, **change}), 422, code)

    assert ExecutionToken.objects.get().used_at is None
    assert post(carol, MARKETPLACE, body).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_twenty_runs_with_one_token_exactly_one_starts(
    subscription: ProductSubscription, carol: User
) -> None:
    body = asked(subscription)
    statuses: list[int] = []

    def run() -> None:
        try:
            statuses.append(post(carol, MARKETPLACE, body).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(statuses) == {200: 1, 403: 19}
    assert Execution.objects.count() == 1
    assert ProductUsage.objects.get().count == 1


def test_a_repeated_request_gets_the_same_run(
    subscription: ProductSubscription, carol: User
) -> None:
    body = asked(subscription)

    first, again = (
        post(carol, MARKETPLACE, body, **{"Idempotency-Key": "k1"}).json() for _ in range(2)
    )
    other = post(carol, MARKETPLACE, {**body, "instrument": "MSFT"}, **{"Idempotency-Key": "k1"})

    assert first == again
    assert_problem(other, 422, "idempotency_key_reused")
    assert Execution.objects.count() == 1


def test_somebody_elses_status_is_not_found(
    subscription: ProductSubscription, carol: User, mallory: User, ada: User
) -> None:
    location = post(carol, MARKETPLACE, asked(subscription))["Location"]

    for stranger in (mallory, ada):
        assert as_user(stranger).get(location).json()["status"] == "not_found"


@pytest.mark.sandbox
def test_a_run_does_not_start_after_its_subscription_ended(
    subscription: ProductSubscription, carol: User, now: datetime
) -> None:
    post(carol, MARKETPLACE, asked(subscription))

    product_subscriptions.end_product_subscription(subscription.pk, acting_user=carol, now=now)
    [execution] = run_everything()

    assert (execution.status, execution.outcome) == (ExecutionStatus.CANCELLED, "not_entitled")
    assert not Output.objects.exists()


@pytest.mark.sandbox
def test_a_subscribers_own_request_is_a_products_run_too(
    subscription: ProductSubscription, script: Script, carol: User
) -> None:
    request_run(script, RunRequest(instrument_key="IBM"), acting_user=carol, now=datetime.now(UTC))
    [execution] = run_everything()

    assert execution.status == ExecutionStatus.COMPLETED
    assert execution.product_subscription == subscription
    assert ProductUsage.objects.get().count == 1
    assert not Output.objects.exists()
