"""Leave to use a product once: for this user, this product, this purpose, soon."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import AuditEvent, User
from common.canonical import sha256
from registry.execution_tokens import ExecutionTokenNotValid, use_token
from registry.models import (
    ExecutionToken,
    Product,
    ProductSubscription,
    ProductUsage,
    Script,
    TokenPurpose,
)
from registry.services import execution_tokens, product_subscriptions
from tests.factories import make_product, make_product_subscription
from tests.problems import as_user, assert_problem, post

KEY = "the key between services"
ACCESS = "/api/v1/scripts/access"
VERIFY = "/api/v1/integration/verify-execution-token"
VALIDATE = "/api/v2/signals/sdk/signals/validate-token"


@pytest.fixture(autouse=True)
def internal_key(settings: Settings) -> None:
    settings.INTERNAL_API_KEY = KEY


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def product(script: Script, now: datetime) -> Product:
    return make_product(script, name="Momentum", now=now)


@pytest.fixture
def subscription(product: Product, carol: User, now: datetime) -> ProductSubscription:
    return make_product_subscription(product, carol, now=now)


@pytest.fixture
def token(subscription: ProductSubscription, carol: User, now: datetime) -> str:
    return issue(subscription, now=now)


def issue(
    subscription: ProductSubscription,
    *,
    now: datetime,
    purpose: TokenPurpose = TokenPurpose.EXECUTE,
) -> str:
    issued = execution_tokens.issue_token(
        subscription.product, purpose, acting_user=subscription.user, now=now
    )
    return issued.token


def as_service(path: str, body: dict[str, Any], key: str | None = KEY) -> Any:
    headers = {} if key is None else {"X-Internal-API-Key": key}
    return APIClient().post(path, body, format="json", headers=headers)


def asked(token: str, product: Product) -> dict[str, Any]:
    return {"execution_token": token, "product_id": str(product.pk), "script_type": "signal"}


def test_a_subscriber_gets_a_token_of_which_only_the_hash_is_kept(
    subscription: ProductSubscription, product: Product, carol: User
) -> None:
    reply = post(carol, f"/api/v2/products/{product.pk}/execution-tokens")

    body = reply.json()
    row = ExecutionToken.objects.get()
    assert reply.status_code == 201, body
    assert reply["Cache-Control"] == "no-store"
    assert row.token_sha256 == sha256(body["execution_token"].encode())
    assert body["execution_token"] not in str(ExecutionToken.objects.values().get())
    assert (body["purpose"], body["subscription_id"]) == ("execute", str(subscription.pk))
    assert row.expires_at - row.issued_at <= timedelta(minutes=5)


def test_the_database_refuses_a_token_that_lives_long(
    subscription: ProductSubscription, now: datetime
) -> None:
    with pytest.raises(IntegrityError, match="tokens_end_soon"), transaction.atomic():
        ExecutionToken.objects.create(
            token_sha256="0" * 64,
            product=subscription.product,
            user=subscription.user,
            subscription=subscription,
            purpose=TokenPurpose.EXECUTE,
            issued_at=now,
            expires_at=now + timedelta(minutes=5, seconds=1),
        )


def test_without_a_subscription_there_is_no_token(product: Product, mallory: User) -> None:
    reply = post(mallory, f"/api/v2/products/{product.pk}/execution-tokens")

    assert_problem(reply, 403, "not_subscribed")
    assert not ExecutionToken.objects.exists()


def test_a_good_token_verifies_and_stays_good(
    token: str, product: Product, carol: User, subscription: ProductSubscription
) -> None:
    body = {"execution_token": token, "product_id": str(product.pk), "user_id": str(carol.pk)}

    replies = [as_service(VERIFY, body).json() for _ in range(2)]

    assert replies[0] == replies[1]
    assert replies[0] == {
        "is_valid": True,
        "product_id": str(product.pk),
        "user_id": str(carol.pk),
        "subscription_id": str(subscription.pk),
        "expires_at": replies[0]["expires_at"],
    }


def test_whatever_is_wrong_with_a_token_looks_the_same(
    token: str,
    subscription: ProductSubscription,
    product: Product,
    carol: User,
    mallory: User,
    now: datetime,
) -> None:
    other = make_product(product.script, name="Other", now=now)
    early = now - timedelta(minutes=10)
    ProductSubscription.objects.update(starts_at=early)
    expired = issue(subscription, now=early)
    used = issue(subscription, now=now)
    with transaction.atomic():
        use_token(used, product_id=str(product.pk), purpose=TokenPurpose.EXECUTE, at=now)
    stream = issue(subscription, now=now, purpose=TokenPurpose.STREAM)
    wrong: dict[str, tuple[str, str, str]] = {
        "product": (token, str(other.pk), str(carol.pk)),
        "unknown product": (token, "prod-123", str(carol.pk)),
        "user": (token, str(product.pk), str(mallory.pk)),
        "unknown user": (token, str(product.pk), "9" * 30),
        "expired": (expired, str(product.pk), str(carol.pk)),
        "used": (used, str(product.pk), str(carol.pk)),
        "purpose": (stream, str(product.pk), str(carol.pk)),
        "unknown": ("sht_" + "x" * 43, str(product.pk), str(carol.pk)),
        "changed": (
            token[:-1] + ("A" if token[-1] != "A" else "B"),
            str(product.pk),
            str(carol.pk),
        ),
        "user in other digits": (token, str(product.pk), "\u0661"),
    }

    for what, (given, product_id, user_id) in wrong.items():
        body = {"execution_token": given, "product_id": product_id, "user_id": user_id}
        verified = as_service(VERIFY, body)
        assert verified.status_code == 200, what
        assert verified.json() == {
            "is_valid": False,
            "product_id": product_id,
            "user_id": user_id,
            "expires_at": None,
        }, what
        if "user" not in what:  # the exchange is not told a user
            exchanged = as_service(ACCESS, {"execution_token": given, "product_id": product_id})
            problem = assert_problem(exchanged, 403, "execution_token_not_valid")
            assert problem["detail"] == ExecutionTokenNotValid().message, what


def test_a_product_goes_by_its_own_id_and_by_what_its_marketplace_calls_it(
    token: str, product: Product, carol: User, now: datetime
) -> None:
    other = make_product(product.script, name="Other", now=now)
    for one, external_id in ((product, "prod-7"), (other, "prod-8")):
        Product.objects.filter(pk=one.pk).update(external_id=external_id, listed_at=None)

    told = {
        name: post(
            carol, VALIDATE, {"execution_token": token, "product_id": name, "purpose": "execute"}
        ).json()["is_valid"]
        for name in ("prod-7", str(product.pk), "prod-8", str(other.pk), "prod-9")
    }

    assert [name for name, is_valid in told.items() if is_valid] == ["prod-7", str(product.pk)]
    with pytest.raises(ExecutionTokenNotValid), transaction.atomic():
        use_token(token, product_id="prod-8", purpose=TokenPurpose.EXECUTE, at=now)
    with transaction.atomic():
        used = use_token(token, product_id="prod-7", purpose=TokenPurpose.EXECUTE, at=now)
    assert used.product == product


@pytest.mark.parametrize("field", ["execution_token", "product_id", "user_id"])
@pytest.mark.parametrize("value", ["\\udc80", "\\u0000"])
def test_text_that_is_none_is_refused(field: str, value: str, db: None) -> None:
    given = {"execution_token": "x", "product_id": "x", "user_id": "1", field: value}
    body = ",".join(f'"{name}": "{text}"' for name, text in given.items())

    reply = APIClient().post(
        VERIFY,
        f"{{{body}}}".encode(),
        content_type="application/json",
        headers={"X-Internal-API-Key": KEY},
    )

    assert_problem(reply, 422)


def test_a_token_ends_with_its_subscription(
    token: str, product: Product, carol: User, subscription: ProductSubscription, now: datetime
) -> None:
    product_subscriptions.end_product_subscription(subscription.pk, acting_user=carol, now=now)
    make_product_subscription(product, carol, now=now)

    assert_problem(as_service(ACCESS, asked(token, product)), 403, "execution_token_not_valid")


def test_a_token_of_somebody_who_may_not_sign_in_is_worth_nothing(
    token: str, product: Product, carol: User
) -> None:
    User.objects.filter(pk=carol.pk).update(is_active=False)

    assert_problem(as_service(ACCESS, asked(token, product)), 403, "execution_token_not_valid")


def test_a_token_is_exchanged_once_for_the_reviewed_bytes(
    token: str, product: Product, subscription: ProductSubscription
) -> None:
    version = product.script.current_version
    assert version is not None

    reply = as_service(ACCESS, asked(token, product))

    body = reply.json()
    content = httpx.get(body["presigned_url"]).content
    assert reply.status_code == 200, body
    assert set(body) == {"presigned_url", "metadata", "version"}
    assert body["version"] == version.version
    assert sha256(content) == body["metadata"]["sha256"] == version.approved_sha256
    assert "X-Amz-Expires=60" in body["presigned_url"]
    event = AuditEvent.objects.get(event="script_access_given")
    assert (event.actor, event.after["version"]) == (subscription.user, version.version)
    assert_problem(as_service(ACCESS, asked(token, product)), 403, "execution_token_not_valid")
    assert ProductUsage.objects.get().count == 1


def test_a_refusal_after_the_look_at_the_token_leaves_it_unused(
    token: str, product: Product
) -> None:
    refused = as_service(ACCESS, {**asked(token, product), "version": "9.9.9"})

    assert_problem(refused, 404, "no_such_version")
    assert as_service(ACCESS, asked(token, product)).status_code == 200


@pytest.mark.parametrize("key", [None, "", "wrong", KEY + " ", KEY.upper()])
@pytest.mark.parametrize("path", [ACCESS, VERIFY])
def test_the_exchange_is_for_services_that_know_the_key(
    path: str, key: str | None, token: str, product: Product, carol: User
) -> None:
    body = {**asked(token, product), "user_id": str(carol.pk)}

    assert_problem(as_service(path, body, key), 403, "internal_key_required")
    assert_problem(post(carol, path, body), 403, "internal_key_required")
    assert ExecutionToken.objects.get().used_at is None


@pytest.mark.parametrize("path", [ACCESS, VERIFY])
def test_without_a_configured_key_nobody_gets_in(
    path: str, settings: Settings, token: str, product: Product, carol: User
) -> None:
    settings.INTERNAL_API_KEY = ""
    body = {**asked(token, product), "user_id": str(carol.pk)}

    assert_problem(as_service(path, body, ""), 403, "internal_key_required")


@pytest.mark.django_db(transaction=True)
def test_of_twenty_uses_at_once_exactly_one_succeeds(token: str, product: Product) -> None:
    statuses: list[int] = []

    def use() -> None:
        try:
            statuses.append(as_service(ACCESS, asked(token, product)).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(statuses) == {200: 1, 403: 19}
    assert ProductUsage.objects.get().count == 1


def test_a_user_validates_their_own_token_for_its_purpose(
    subscription: ProductSubscription, product: Product, carol: User, mallory: User, now: datetime
) -> None:
    token = issue(subscription, now=now, purpose=TokenPurpose.STREAM)
    body = {"execution_token": token, "product_id": str(product.pk)}

    assert post(carol, VALIDATE, body).json()["is_valid"] is True
    assert post(carol, VALIDATE, {**body, "purpose": "execute"}).json()["is_valid"] is False
    assert post(mallory, VALIDATE, body).json()["is_valid"] is False


def test_tokens_that_nobody_can_use_any_more_are_forgotten(
    subscription: ProductSubscription, now: datetime
) -> None:
    early = now - timedelta(minutes=10)
    ProductSubscription.objects.update(starts_at=early)
    issue(subscription, now=early)

    issue(subscription, now=now)

    assert ExecutionToken.objects.get().issued_at == now


def test_a_client_sees_its_own_subscriptions_only(
    subscription: ProductSubscription, carol: User, mallory: User
) -> None:
    path = "/api/v2/product-subscriptions"

    listed = as_user(carol).get(path).json()["results"]

    assert [row["id"] for row in listed] == [str(subscription.pk)]
    assert as_user(mallory).get(path).json()["results"] == []
    for refused in (
        as_user(mallory).delete(f"{path}/{subscription.pk}"),
        as_user(mallory).get(f"{path}/{subscription.pk}/usage"),
    ):
        assert_problem(refused, 404, "no_such_product_subscription")
