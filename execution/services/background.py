"""Runs that answer at once and put out to a stream: of one's own script, or of a product."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from accounts.models import User
from common.errors import Forbidden
from common.idempotency_keys import IdempotencyKeyReused
from execution.models import Execution
from execution.services.requests import (
    RunRequest,
    check_request,
    create_run,
    run_with_key,
)
from registry import access
from registry.execution_tokens import ExecutionTokenNotValid, use_token
from registry.marketplace.client import require_marketplace
from registry.models import Product, ProductSubscription, Script, TokenPurpose
from registry.services import remote_products
from streams import publishing


class NotYourScript(Forbidden):
    """Only your own scripts run here; POST /scripts/{id}/execute runs what others let you use."""

    code = "not_your_script"


@dataclass(frozen=True)
class _Presented:
    token: str
    product_id: str
    subscription_id: str | None

    def require_subscription(self, found: str | None) -> None:
        if self.subscription_id not in (None, found):
            raise ExecutionTokenNotValid()


@transaction.atomic
def request_personal_run(
    script: Script, request: RunRequest, *, acting_user: User, now: datetime
) -> Execution:
    """Queue a run of the acting user's own script; its outputs go to the script's stream.

    Raises
    ------
    NotYourScript
        Before any row exists.
    """
    access.require_access(acting_user, script, at=now)
    if script.owner_id != acting_user.pk:
        raise NotYourScript(script_id=str(script.pk))
    checked = check_request(script, request, acting_user=acting_user, now=now)
    stream = publishing.stream_for(
        script, request.instrument_key, checked.timeframe, checked.params
    )
    return create_run(checked, stream=stream, acting_user=acting_user, now=now)


def request_marketplace_run(
    request: RunRequest,
    *,
    execution_token: str,
    product_id: str,
    subscription_id: str | None = None,
    acting_user: User,
    now: datetime,
) -> Execution:
    """Use a token up and queue a run of its product; its outputs go to the product's stream.

    Whoever repeats a request with the same idempotency key gets the same run, though the token
    is used up by then. A product that was brought here from another marketplace is asked for with
    that marketplace's token.

    Raises
    ------
    ExecutionTokenNotValid
        The token is not good for this user and product, or not for this subscription.
    """
    run = _run_remote if _comes_from_elsewhere(product_id) else _run_local
    try:
        return run(
            request,
            _Presented(execution_token, product_id, subscription_id),
            acting_user=acting_user,
            now=now,
        )
    except ExecutionTokenNotValid:
        first = run_with_key(request.idempotency_key, user=acting_user)
        if first is None:
            raise
        _require_same(first, request, product_id)
        return first


@transaction.atomic
def _run_local(
    request: RunRequest, presented: _Presented, *, acting_user: User, now: datetime
) -> Execution:
    subscription = use_token(
        presented.token,
        product_id=presented.product_id,
        purpose=TokenPurpose.EXECUTE,
        user_id=acting_user.pk,
        at=now,
    )
    presented.require_subscription(str(subscription.pk))
    return _run_product(subscription, request, acting_user=acting_user, now=now)


def _run_remote(
    request: RunRequest, presented: _Presented, *, acting_user: User, now: datetime
) -> Execution:
    # Everything that can be wrong with the request is found before the token is used up there;
    # no transaction is open while the other side is waited for.
    marketplace = require_marketplace()
    verification = remote_products.verify_remotely(
        marketplace, presented.token, product_id=presented.product_id, user=acting_user
    )
    presented.require_subscription(verification.subscription_id)
    product = Product.objects.select_related("script__tenant", "script__owner").get(
        external_id=presented.product_id
    )
    subscription = remote_products.mirror_subscription(
        product, verification, user=acting_user, now=now
    )
    check_request(product.script, request, acting_user=acting_user, now=now)
    offered = marketplace.access_script(presented.token, product_id=presented.product_id)
    imported = remote_products.require_import(product, offered)
    exactly = replace(request, version=imported.version.version)
    with transaction.atomic():
        return _run_product(subscription, exactly, acting_user=acting_user, now=now)


def _comes_from_elsewhere(product_id: str) -> bool:
    return Product.objects.filter(external_id=product_id).exclude(external_id="").exists()


def _run_product(
    subscription: ProductSubscription, request: RunRequest, *, acting_user: User, now: datetime
) -> Execution:
    product = subscription.product
    script = product.script
    checked = check_request(script, request, acting_user=acting_user, now=now)
    stream = publishing.stream_for(
        script, request.instrument_key, checked.timeframe, checked.params, product=product
    )
    return create_run(
        checked,
        stream=stream,
        product_subscription=subscription,
        acting_user=acting_user,
        now=now,
    )


def _require_same(first: Execution, request: RunRequest, product_id: str) -> None:
    same = (
        first.product_id is not None
        and Product.objects.named(product_id).filter(pk=first.product_id).exists()
        and first.instrument_key == request.instrument_key
        and first.params == dict(request.params)
    )
    if not same:
        raise IdempotencyKeyReused(field="Idempotency-Key")
