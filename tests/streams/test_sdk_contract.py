"""What the SDK's clients are promised: the list, the way in, and whether a token is good."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from registry.models import Product, ProductSubscription, Script, TokenPurpose
from registry.services.execution_tokens import issue_token
from streams.models import Following, Stream
from streams.publishing import make_public_streams, stream_for
from streams.tickets import redeem_ticket
from tests import factories
from tests.problems import as_user, assert_problem, post
from tests.streams.servers import OwnRedis

pytestmark = pytest.mark.django_db
SDK = "/api/v2/signals/sdk/signals"
PUBLIC = {f"public:AAPL:{name}:default" for name in ("price", "quote", "ohlc")}
COMMON = {
    "common:AAPL:rsi:period-14",
    "common:AAPL:sma:period-20",
    "common:AAPL:ema:period-20",
    "common:AAPL:macd:fast-12_signal-9_slow-26",
    "common:AAPL:bb:period-20_std-2",
    "common:AAPL:atr:period-14",
    "common:AAPL:adx:period-14",
    "common:AAPL:vwap:default",
}


@pytest.fixture(autouse=True)
def prices(redis_server: OwnRedis, db: None) -> None:
    make_public_streams(["AAPL", "IBM"])


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
def sold(script: Script, product: Product) -> Stream:
    return stream_for(script, "AAPL", "1d", {}, product=product)


def ask(user: User, **body: Any) -> dict[str, Any]:
    """Ask for the way in, and return the answer."""
    reply = post(user, f"{SDK}/subscribe", {"instrument": "AAPL", **body})
    assert reply.status_code == 200, reply.content
    answer: dict[str, Any] = reply.json()
    assert set(answer) == {
        "success",
        "stream_keys",
        "allowed_streams",
        "denied_streams",
        "websocket_url",
        "connection_token",
    }
    denied = [one["stream_key"] for one in answer["denied_streams"]]
    assert answer["stream_keys"] == answer["allowed_streams"] + denied
    assert answer["success"] == bool(answer["allowed_streams"])
    assert (answer["connection_token"] is None) == (not answer["allowed_streams"])
    return answer


def test_the_list_has_the_prices_of_every_instrument_for_everybody(mallory: User) -> None:
    listed = as_user(mallory).get(f"{SDK}/streams").json()
    of_one = as_user(mallory).get(
        f"{SDK}/streams", {"signal_type": "public", "instruments": "AAPL"}
    )

    assert listed["counts"] == {"public": 6, "common": 16, "marketplace": 0, "personal": 0}
    assert listed["total"] == 22
    assert of_one.json()["count"] == 3
    assert {one["stream_key"] for one in of_one.json()["streams"]} == PUBLIC
    assert of_one.json()["streams"][0] == {
        "stream_key": "public:AAPL:ohlc:default",
        "instrument": "AAPL",
        "indicator": "ohlc",
    }


def test_the_list_has_the_usual_indicators_of_the_instruments_asked_for(mallory: User) -> None:
    ask(mallory, indicators=["rsi:period-21"])

    listed = (
        as_user(mallory)
        .get(f"{SDK}/streams", {"signal_type": "common", "instruments": "AAPL"})
        .json()
    )

    assert {one["stream_key"] for one in listed["streams"]} == COMMON
    assert listed["streams"][-1] == {
        "stream_key": "common:AAPL:vwap:default",
        "instrument": "AAPL",
        "indicator": "vwap",
        "params": {},
    }


def test_each_stream_of_the_list_has_the_contracts_fields(
    script: Script, sold: Stream, subscription: ProductSubscription, carol: User, ada: User
) -> None:
    stream_for(script, "AAPL", "1d", {})

    (bought,) = as_user(carol).get(f"{SDK}/streams").json()["streams"]["marketplace"]
    (own,) = as_user(ada).get(f"{SDK}/streams").json()["streams"]["personal"]

    assert bought.keys() >= {
        "stream_key",
        "product_id",
        "product_name",
        "signal_name",
        "instrument",
        "subscription_id",
        "execution_token",
    }
    assert own.keys() >= {"stream_key", "script_id", "script_name", "instrument", "owner_id"}


def test_public_prices_are_allowed_and_the_token_is_the_callers(
    mallory: User, api: APIClient
) -> None:
    api.force_authenticate(mallory, token=factories.make_credential(mallory))  # type: ignore[arg-type]
    body = {"instrument": "AAPL", "signal_types": ["public"]}

    answer = api.post(f"{SDK}/subscribe", body, format="json").json()

    assert set(answer["allowed_streams"]) == PUBLIC
    assert answer["denied_streams"] == []
    assert redeem_ticket(answer["connection_token"]).user_id == mallory.pk


def test_without_a_type_the_usual_common_indicators_are_asked_for_and_allowed(sam: User) -> None:
    answer = ask(sam)

    assert answer["success"]
    assert set(answer["allowed_streams"]) == COMMON
    assert answer["denied_streams"] == []


def test_no_more_is_allowed_than_one_connection_of_the_tier_follows(
    script: Script, ada: User, settings: Settings
) -> None:
    settings.RATE_LIMITS_ENABLED = True
    User.objects.filter(pk=ada.pk).update(tier_id="free")
    own = stream_for(script, "AAPL", "1d", {})

    usual = ask(ada)
    of_both = ask(ada, signal_types=["common", "personal"])

    assert len(usual["allowed_streams"]) == 5
    assert set(usual["stream_keys"]) == COMMON
    assert {one["reason"].partition(";")[0] for one in usual["denied_streams"]} == {
        "Your tier follows 5 streams over one connection"
    }
    assert of_both["allowed_streams"] == [own.key, *usual["allowed_streams"][:4]]


def test_indicators_narrow_what_is_asked_for(sam: User) -> None:
    both = ask(sam, signal_types=["public", "common"], indicators=["price", "rsi", "magic"])

    assert both["allowed_streams"] == ["public:AAPL:price:default", "common:AAPL:rsi:period-14"]
    assert {one["stream_key"] for one in both["denied_streams"]} == {
        "public:AAPL:magic:default",
        "common:AAPL:magic:default",
    }
    alone = ask(sam, signal_types=["public"], indicators=["rsi"])
    assert "public ones are price" in alone["denied_streams"][0]["reason"]


def test_an_indicator_comes_with_params_spelled_as_in_its_key(sam: User) -> None:
    answer = ask(sam, indicators=["rsi:period-21", "macd:fast-5", "bb:std-2.0", "psar", "rsi:x-1"])

    assert answer["allowed_streams"] == [
        "common:AAPL:rsi:period-21",
        "common:AAPL:macd:fast-5_signal-9_slow-26",
        "common:AAPL:bb:period-20_std-2",
        "common:AAPL:psar:max-0.2_step-0.02",
    ]
    (denied,) = answer["denied_streams"]
    assert denied["stream_key"] == "common:AAPL:rsi:x-1"
    assert "it takes period" in denied["reason"]


def test_an_unknown_instrument_is_denied_by_its_keys(sam: User) -> None:
    answer = ask(sam, instrument="NONE", signal_types=["public"])
    common = ask(sam, instrument="NONE")

    assert answer["stream_keys"] == [
        f"public:NONE:{name}:default" for name in ("price", "quote", "ohlc")
    ]
    for denied in (*answer["denied_streams"], *common["denied_streams"]):
        assert "no such instrument" in denied["reason"]
    assert {one.replace("NONE", "AAPL") for one in common["stream_keys"]} == COMMON


def test_the_type_personal_has_all_that_one_may_follow_on_the_instrument(
    script: Script, ada: User, mallory: User
) -> None:
    stream = stream_for(script, "AAPL", "1d", {})
    stream_for(script, "IBM", "1d", {})

    assert ask(ada, signal_types=["personal"])["allowed_streams"] == [stream.key]
    assert ask(mallory, signal_types=["personal"])["stream_keys"] == []


def test_a_products_streams_need_its_token(
    product: Product, sold: Stream, subscription: ProductSubscription, carol: User, now: datetime
) -> None:
    without = ask(carol, signal_types=["marketplace", "public"])
    token = issue_token(product, TokenPurpose.STREAM, acting_user=carol, now=now).token
    named = {"product_id": str(product.pk), "execution_token": token}
    with_it = ask(carol, signal_types=["marketplace"], **named)

    assert without["denied_streams"][0]["stream_key"] == sold.key
    assert "execution_token" in without["denied_streams"][0]["reason"]
    assert set(without["allowed_streams"]) == PUBLIC
    assert with_it["allowed_streams"] == [sold.key]
    again = post(carol, f"{SDK}/subscribe", {"instrument": "AAPL", **named})
    assert_problem(again, 403, "execution_token_not_valid")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"signal_types": ["secret"]}, "invalid_input"),
        ({"signal_types": []}, "invalid_input"),
        ({"signal_types": "public"}, "invalid_input"),
        ({"indicators": ["rsi:x"]}, "invalid_input"),
        ({"indicators": ["rsi:period-1_period-2"]}, "invalid_input"),
        ({"indicators": ["rsi:%FF-1"]}, "invalid_input"),
        ({"indicators": [3.5, None]}, "invalid_input"),
        ({"product_id": "x"}, "invalid_input"),
        ({"receive_email": True}, "email_not_offered"),
    ],
)
def test_what_cannot_be_is_refused_by_name(body: dict[str, Any], code: str, sam: User) -> None:
    reply = post(sam, f"{SDK}/subscribe", {"instrument": "AAPL", **body})

    assert_problem(reply, 422, code)


def test_outputs_also_go_to_the_address_of_the_account_when_that_is_wanted(
    script: Script, ada: User, sam: User
) -> None:
    stream = stream_for(script, "AAPL", "1d", {})
    User.objects.filter(pk=ada.pk).update(email="ada@example.org")
    ada.refresh_from_db()
    body = {"signal_types": ["public", "personal"], "receive_email": True}

    answer = ask(ada, **body)
    again = ask(ada, **body)

    assert set(answer["allowed_streams"]) == set(again["allowed_streams"]) == {*PUBLIC, stream.key}
    (following,) = Following.objects.select_related("destination")
    assert following.stream_id == stream.pk
    assert following.destination.address == "ada@example.org"


def test_who_has_no_address_is_told_so_and_no_token_is_used_up(
    product: Product, sold: Stream, subscription: ProductSubscription, carol: User, now: datetime
) -> None:
    User.objects.filter(pk=carol.pk).update(email="")
    carol.refresh_from_db()
    token = issue_token(product, TokenPurpose.STREAM, acting_user=carol, now=now).token
    named = {"product_id": str(product.pk), "execution_token": token}

    reply = post(carol, f"{SDK}/subscribe", {"instrument": "AAPL", "receive_email": True, **named})

    assert_problem(reply, 409, "no_address_of_yours")
    assert ask(carol, **named)["allowed_streams"] == [sold.key]


def test_whether_a_token_is_good_is_told_without_using_it_up(
    product: Product, sold: Stream, subscription: ProductSubscription, carol: User, now: datetime
) -> None:
    token = issue_token(product, TokenPurpose.STREAM, acting_user=carol, now=now).token
    named = {"execution_token": token, "product_id": str(product.pk)}

    told = post(carol, f"{SDK}/validate-token", {**named, "purpose": "stream"}).json()

    assert told["is_valid"]
    assert (told["product_id"], told["user_id"]) == (str(product.pk), str(carol.pk))
    assert told["subscription_id"] == str(subscription.pk)
    assert told["expires_at"]
    assert ask(carol, **named)["allowed_streams"] == [sold.key]


@pytest.mark.parametrize("spelled", ["listed", "own"])
def test_a_product_from_elsewhere_is_listed_and_asked_for_by_the_id_in_its_keys(
    spelled: str,
    script: Script,
    product: Product,
    subscription: ProductSubscription,
    carol: User,
) -> None:
    Product.objects.filter(pk=product.pk).update(external_id="prod-7", listed_at=None)
    product.refresh_from_db()
    stream = stream_for(script, "AAPL", "1d", {}, product=product)
    (listed,) = as_user(carol).get(f"{SDK}/streams").json()["streams"]["marketplace"]
    named = {
        "execution_token": listed["execution_token"],
        "product_id": listed["product_id"] if spelled == "listed" else str(product.pk),
    }

    good = post(carol, f"{SDK}/validate-token", {**named, "purpose": "stream"}).json()

    assert (listed["product_id"], listed["stream_key"]) == ("prod-7", stream.key)
    assert stream.key.startswith("marketplace:prod-7:")
    assert good["is_valid"]
    assert ask(carol, **named)["allowed_streams"] == [stream.key]
