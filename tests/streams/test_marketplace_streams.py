"""A product's streams: for its subscribers as long as they are, and nothing beside them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from common.clock import utc_now
from registry.execution_tokens import ExecutionTokenNotValid
from registry.models import (
    ExecutionToken,
    Product,
    ProductSubscription,
    ProductUsage,
    Script,
    TokenPurpose,
)
from registry.services import execution_tokens, product_subscriptions
from streams import access
from streams.models import Stream
from streams.publishing import stream_for
from streams.tickets import redeem_ticket
from tests import factories
from tests.factories import make_credential
from tests.problems import as_user, assert_problem, post
from tests.streams.clients import connected
from tests.streams.conftest import Publish
from tests.streams.servers import LiveProcess, OwnRedis

STREAMS = "/api/v2/signals/sdk/signals/streams"
SUBSCRIBE = "/api/v2/signals/sdk/signals/subscribe"


@pytest.fixture
def script(ada: User, rita: User) -> Script:
    return factories.make_published_version(ada, rita, name="Momentum").script


@pytest.fixture
def product(script: Script, now: datetime) -> Product:
    return factories.make_product(script, now=now)


@pytest.fixture
def subscription(product: Product, carol: User, now: datetime) -> ProductSubscription:
    return factories.make_product_subscription(product, carol, now=now)


@pytest.fixture
def own_stream(script: Script) -> Stream:
    return stream_for(script, "IBM", "1d", {})


@pytest.fixture
def sold_stream(script: Script, product: Product) -> Stream:
    return stream_for(script, "IBM", "1d", {}, product=product)


def test_a_product_and_its_script_have_streams_of_their_own(
    own_stream: Stream, sold_stream: Stream, script: Script, product: Product
) -> None:
    assert sold_stream.key == f"marketplace:{product.pk}:IBM:momentum:default"
    assert own_stream.key.startswith("personal:")
    assert stream_for(script, "IBM", "1d", {}, product=product) == sold_stream
    assert stream_for(script, "IBM", "1d", {}) == own_stream


def test_who_reads_which_stream_and_on_what_account(
    own_stream: Stream,
    sold_stream: Stream,
    subscription: ProductSubscription,
    script: Script,
    ada: User,
    sam: User,
    carol: User,
    mallory: User,
    now: datetime,
) -> None:
    factories.make_entitlement(script, sam, now=now)
    keys = [own_stream.key, sold_stream.key]

    read = {
        user.username: {
            key: stream.subscription_id
            for key, stream in access.readable_streams(user.pk, keys, at=now).items()
        }
        for user in (ada, sam, carol, mallory)
    }

    assert read == {
        "ada": {own_stream.key: None, sold_stream.key: None},
        "sam": {own_stream.key: None},
        "carol": {sold_stream.key: subscription.pk},
        "mallory": {},
    }


def test_a_subscription_to_one_product_opens_no_other_of_the_same_script(
    subscription: ProductSubscription, script: Script, carol: User, now: datetime
) -> None:
    other = factories.make_product(script, name="Other", now=now)
    stream = stream_for(script, "IBM", "1d", {}, product=other)

    assert access.readable_streams(carol.pk, [stream.key], at=now) == {}


def test_rights_that_rest_on_a_product_end_with_the_subscription(
    subscription: ProductSubscription, carol: User, ada: User, now: datetime
) -> None:
    script_id = subscription.product.script_id
    sold = access.Right(carol.pk, script_id, subscription.pk)
    exact = access.Right(carol.pk, script_id)
    owners = access.Right(ada.pk, script_id)
    before = access.ended_rights({sold, exact, owners}, at=now)

    product_subscriptions.end_product_subscription(subscription.pk, acting_user=carol, now=now)

    assert before == {exact}
    assert access.ended_rights({sold, exact, owners}, at=now) == {sold, exact}


def test_a_subscriber_asks_for_the_latest_and_gets_the_products(
    own_stream: Stream,
    sold_stream: Stream,
    subscription: ProductSubscription,
    publish: Publish,
    carol: User,
    ada: User,
    mallory: User,
) -> None:
    publish(1, to=own_stream)
    script_id = subscription.product.script_id
    address = f"/signals/IBM/custom/{script_id}"

    assert_problem(as_user(carol).get(address), 404, "no_output")
    publish(3, to=sold_stream)

    assert as_user(carol).get(address).status_code == 200
    assert as_user(ada).get(address).json()["value"] == 1.0
    assert_problem(as_user(mallory).get(address), 404, "no_such_script")


@pytest.mark.parametrize("what", ["latest", "history"])
def test_the_gateway_gives_a_subscriber_the_products_outputs(
    what: str,
    own_stream: Stream,
    sold_stream: Stream,
    subscription: ProductSubscription,
    publish: Publish,
    carol: User,
) -> None:
    publish(1, to=own_stream)
    address = f"/data/scripts/{subscription.product.script_id}/{what}?instrument=IBM"

    assert_problem(as_user(carol).get(address), 404, "no_outputs_yet")
    publish(2, to=sold_stream)

    assert as_user(carol).get(address).status_code == 200


def test_the_list_names_a_products_streams_each_with_a_token(
    own_stream: Stream,
    sold_stream: Stream,
    subscription: ProductSubscription,
    product: Product,
    carol: User,
    mallory: User,
) -> None:
    everything = as_user(carol).get(STREAMS).json()
    only = as_user(carol).get(STREAMS, {"signal_type": "marketplace", "instruments": "IBM"}).json()
    elsewhere = as_user(carol).get(STREAMS, {"instruments": "MSFT"}).json()

    assert everything["counts"] == {"public": 0, "common": 0, "marketplace": 1, "personal": 0}
    [listed] = only["streams"]
    token = listed.pop("execution_token")
    assert listed == {
        "stream_key": sold_stream.key,
        "product_id": str(product.pk),
        "product_name": "Momentum",
        "signal_name": "momentum",
        "instrument": "IBM",
        "subscription_id": str(subscription.pk),
        "repaints": False,
    }
    assert everything["streams"]["marketplace"][0]["execution_token"] != token
    assert (only["count"], elsewhere["total"]) == (1, 0)
    assert as_user(mallory).get(STREAMS).json()["total"] == 0


def test_asking_for_personal_streams_makes_no_tokens(
    sold_stream: Stream, subscription: ProductSubscription, carol: User
) -> None:
    as_user(carol).get(STREAMS, {"signal_type": "personal"})

    assert not ExecutionToken.objects.exists()


def test_a_token_from_the_list_opens_its_product_once(
    sold_stream: Stream,
    subscription: ProductSubscription,
    product: Product,
    carol: User,
    redis_server: OwnRedis,
) -> None:
    [listed] = as_user(carol).get(STREAMS).json()["streams"]["marketplace"]
    body = {
        "instrument": "IBM",
        "signal_types": ["marketplace"],
        "product_id": str(product.pk),
        "execution_token": listed["execution_token"],
    }

    nothing_there = post(carol, SUBSCRIBE, {**body, "instrument": "MSFT"})
    carols = APIClient()
    carols.force_authenticate(carol, token=make_credential(carol))  # type: ignore[arg-type]
    reply = carols.post(SUBSCRIBE, body, format="json")
    again = post(carol, SUBSCRIBE, body)

    assert_problem(nothing_there, 404, "no_stream")
    assert reply.status_code == 200, reply.json()
    assert redeem_ticket(reply.json()["connection_token"]).user_id == carol.pk
    assert reply.json()["allowed_streams"] == [sold_stream.key]
    assert_problem(again, 403, "execution_token_not_valid")
    assert ProductUsage.objects.values("purpose", "count").get() == {
        "purpose": "stream",
        "count": 1,
    }


def test_a_token_for_a_run_opens_no_stream_and_the_other_way_round(
    sold_stream: Stream, subscription: ProductSubscription, carol: User, now: datetime
) -> None:
    product = subscription.product
    run, follow = (
        execution_tokens.issue_token(product, purpose, acting_user=carol, now=now).token
        for purpose in (TokenPurpose.EXECUTE, TokenPurpose.STREAM)
    )
    body = {"instrument": "IBM", "product_id": str(product.pk), "execution_token": run}

    assert_problem(post(carol, SUBSCRIBE, body), 403, "execution_token_not_valid")
    with pytest.raises(ExecutionTokenNotValid):
        execution_tokens.exchange_token(follow, product_id=str(product.pk), now=now)


@pytest.mark.parametrize(
    "body", [{"product_id": str(uuid4())}, {"personal_signal_id": "x"}, {"product_id": 7}]
)
def test_what_to_follow_has_to_be_said(body: dict[str, str], carol: User, api: APIClient) -> None:
    assert_problem(post(carol, SUBSCRIBE, {"instrument": "IBM", **body}), 422)


@pytest.mark.django_db(transaction=True)
def test_an_ended_subscription_reaches_an_open_socket(
    live: LiveProcess,
    relay: None,
    own_stream: Stream,
    sold_stream: Stream,
    subscription: ProductSubscription,
    publish: Publish,
    carol: User,
    token_of: Callable[[User], str],
) -> None:
    with connected(live.socket_url, token=token_of(carol)) as socket:
        acknowledged = socket.subscribe(sold_stream.key, own_stream.key)
        kept_out = socket.receive("subscription_denied")
        publish(1, to=sold_stream)
        seen = socket.numbers(1)

        product_subscriptions.end_product_subscription(
            subscription.pk, acting_user=carol, now=utc_now()
        )
        ended = socket.receive("subscription_denied")
        publish(1, to=sold_stream)

        assert acknowledged["stream_keys"] == [sold_stream.key]
        assert (kept_out["stream_key"], seen) == (own_stream.key, [1])
        assert (ended["stream_key"], ended["reason"]) == (sold_stream.key, "revoked")
        assert socket.is_silent(0.3)


def test_a_subscription_that_has_not_begun_opens_nothing(
    product: Product, sold_stream: Stream, carol: User, now: datetime
) -> None:
    later = now + timedelta(hours=1)
    factories.make_product_subscription(product, carol, now=now, starts_at=later)

    assert access.readable_streams(carol.pk, [sold_stream.key], at=now) == {}
    assert list(access.readable_streams(carol.pk, [sold_stream.key], at=later))
