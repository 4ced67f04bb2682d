"""What the sockets' document says is what can be said and what is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from jsonschema import Draft7Validator, Draft202012Validator

from accounts.models import User
from registry.models import Entitlement
from signalhub.async_document import async_document
from streams.messages import InvalidMessage, SubscribeChannel, read_message
from streams.models import Stream
from streams.protocol import MESSAGES
from streams.publishing import make_public_streams
from tests.streams.clients import connected, require_described
from tests.streams.conftest import Publish
from tests.streams.servers import LiveProcess

ASYNCAPI = Path(settings.BASE_DIR) / "static/vendor/asyncapi/3.0.0-without-$id.json"
CLIENTS = {said.name: said for said in MESSAGES if said.by == "client"}
SAID: dict[str, list[dict[str, Any]]] = {
    "hello": [{"type": "hello", "token": "shk_x"}],
    "subscribe": [
        {"type": "subscribe", "stream_keys": ["a:b:c"]},
        {
            "type": "subscribe",
            "stream_keys": ["a:b:c"],
            "resume": {"a:b:c": 7},
            "mode": "latest",
            "history": 5,
            "epochs": {"a:b:c": "0123456789ab"},
        },
    ],
    "subscribeChannel": [
        {"type": "subscribe", "channel": "greeks", "instrument_key": "AAPL", "params": {}},
        {"type": "subscribe", "channel": "moneyness", "instrument_key": "AAPL"},
    ],
    "unsubscribe": [{"type": "unsubscribe", "stream_keys": ["a:b:c"]}],
    "ping": [{"type": "ping"}, {"type": "ping", "id": "x"}, {"type": "ping", "id": 3}],
}


def test_the_document_is_asyncapi_3() -> None:
    assert ASYNCAPI.exists(), "make setup fetches the schema of AsyncAPI documents."
    document = async_document("example.org", secure=True)

    problems = [
        f"{list(error.absolute_path)}: {error.message}"
        for error in Draft7Validator(json.loads(ASYNCAPI.read_text())).iter_errors(document)
    ]

    assert problems == []
    for message in document["components"]["messages"].values():
        Draft202012Validator.check_schema(message["payload"])
    assert document["servers"]["live"]["protocol"] == "wss"


def test_every_message_belongs_to_one_side(client: Client) -> None:
    document = client.get("/api/asyncapi.json").json()

    named = [
        reference["$ref"].rpartition("/")[2]
        for operation in document["operations"].values()
        for reference in operation["messages"]
    ]

    assert sorted(named) == sorted(document["channels"]["streams"]["messages"])
    assert sorted(named) == sorted(document["components"]["messages"])
    assert "4408" in document["info"]["description"]


@pytest.mark.parametrize("name", CLIENTS)
def test_what_the_document_lets_a_client_say_is_understood(name: str) -> None:
    validator = Draft202012Validator(CLIENTS[name].schema)

    for said in SAID[name]:
        validator.validate(said)
        assert type(read_message(json.dumps(said))) is CLIENTS[name].kind


@pytest.mark.parametrize("name", CLIENTS)
def test_what_it_says_is_needed_is_needed(name: str) -> None:
    for field in set(CLIENTS[name].schema["required"]) - {"type", "channel"}:
        without = {key: value for key, value in SAID[name][0].items() if key != field}
        with pytest.raises(InvalidMessage, match=field):
            read_message(json.dumps(without))


def test_a_frame_that_the_document_does_not_have_is_noticed() -> None:
    frame = {"type": "heartbeat", "timestamp": "2026-01-05T12:00:00Z"}

    require_described(frame)
    with pytest.raises(AssertionError, match="describe"):
        require_described({**frame, "beat": 3})
    with pytest.raises(AssertionError, match="describe"):
        require_described({"type": "surprise"})


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"channel": "orders"}, "channel"),
        ({"channel": ["greeks"]}, "channel"),
        ({"instrument_key": ""}, "instrument_key"),
        ({"instrument_key": None}, "instrument_key"),
        ({"params": [1]}, "params"),
    ],
)
def test_a_channel_that_cannot_be_understood_is_refused_by_its_field(
    changed: dict[str, Any], field: str
) -> None:
    message = {**SAID["subscribeChannel"][0], **changed}

    with pytest.raises(InvalidMessage, match=field):
        read_message(json.dumps(message))


def test_a_channel_is_read_with_its_params() -> None:
    text = (
        '{"type": "subscribe", "channel": "greeks", "instrument_key": "X", "params": {"strike": 1}}'
    )

    assert read_message(text) == SubscribeChannel("greeks", "X", {"strike": 1})


@pytest.mark.django_db(transaction=True)
def test_a_channel_of_the_older_protocol_is_denied_with_what_there_is(
    live: LiveProcess, sam: User, token_of: Callable[[User], str]
) -> None:
    make_public_streams(["AAPL"])
    wanted = {"type": "subscribe", "channel": "greeks", "instrument_key": "AAPL"}

    with connected(live.socket_url) as stranger:
        stranger.send(**wanted)
        assert stranger.receive("error")["code"] == "say_hello"
    with connected(live.socket_url, token=token_of(sam)) as socket:
        socket.send(**wanted)
        denied = socket.receive()
        socket.send(**{**wanted, "channel": "moneyness", "instrument_key": "NONE"})
        nothing = socket.receive()

    assert (denied["type"], denied["channel"]) == ("subscription_denied", "greeks")
    assert len(denied["offered"]) == 3 + 8
    assert "public:AAPL:price:default" in denied["offered"]
    assert "common:AAPL:rsi:period-14" in denied["offered"]
    assert all(key in denied["reason"] for key in denied["offered"])
    assert (nothing["offered"], nothing["channel"]) == ([], "moneyness")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("params", "keys"),
    [
        ({"indicator": "rsi", "period": 21}, ["common:AAPL:rsi:period-21"]),
        (
            {"indicators": ["psar", "macd:fast-5"]},
            ["common:AAPL:psar:max-0.2_step-0.02", "common:AAPL:macd:fast-5_signal-9_slow-26"],
        ),
    ],
)
def test_the_channel_of_indicators_is_a_subscription_to_their_streams(
    live: LiveProcess,
    sam: User,
    token_of: Callable[[User], str],
    params: dict[str, Any],
    keys: list[str],
) -> None:
    make_public_streams(["AAPL"])

    with connected(live.socket_url, token=token_of(sam)) as socket:
        socket.send(type="subscribe", channel="indicators", instrument_key="AAPL", params=params)
        acknowledged = socket.receive()

    assert (acknowledged["type"], acknowledged["status"]) == ("subscription", "subscribed")
    assert sorted(acknowledged["stream_keys"]) == sorted(keys)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"indicator": "magic"}, "no such indicator"),
        ({"indicator": "rsi", "period": 1}, "from 2 to 500"),
        ({"period": 21}, "Name"),
        ({"indicators": "rsi"}, "Name"),
        ({"indicators": ["rsi:x"]}, "Invalid stream key format"),
    ],
)
def test_a_channel_with_params_that_name_no_indicator_is_denied_with_the_reason(
    live: LiveProcess,
    sam: User,
    token_of: Callable[[User], str],
    params: dict[str, Any],
    said: str,
) -> None:
    make_public_streams(["AAPL"])

    with connected(live.socket_url, token=token_of(sam)) as socket:
        socket.send(type="subscribe", channel="indicators", instrument_key="AAPL", params=params)
        denied = socket.receive("subscription_denied")

    assert said in denied["reason"]
    assert len(denied["offered"]) == 11


@pytest.mark.django_db(transaction=True)
def test_a_key_of_an_indicator_that_nobody_asked_for_yet_is_followed_and_a_wrong_one_explained(
    live: LiveProcess, sam: User, token_of: Callable[[User], str]
) -> None:
    make_public_streams(["AAPL"])
    good, odd, bad = (f"common:AAPL:{rest}" for rest in ("rsi:period-33", "rsi", "rsi:period-1"))

    with connected(live.socket_url, token=token_of(sam)) as socket:
        socket.send(type="subscribe", stream_keys=[good, odd, bad])
        acknowledged = socket.receive("subscription")
        denied = {
            frame["stream_key"]: frame["reason"]
            for frame in (socket.receive("subscription_denied") for _ in range(2))
        }

    assert acknowledged["stream_keys"] == [good]
    assert "from 2 to 500" in denied[bad]
    assert "common:AAPL:rsi:period-14" in denied[odd]


@pytest.mark.django_db
def test_the_page_names_every_message_and_field(client: Client) -> None:
    page = client.get("/api/sockets").content.decode()

    for said in MESSAGES:
        assert f'id="{said.name}"' in page
        for field in said.schema["properties"]:
            assert f"<code>{field}</code>" in page


def example_of_the_documents() -> dict[str, Any]:
    """Return what the client in docs/STREAMS.md defines."""
    text = (Path(settings.BASE_DIR) / "docs/STREAMS.md").read_text()
    source = text.split("```python\n")[1].split("```")[0]
    defined: dict[str, Any] = {}
    exec(compile(source, "docs/STREAMS.md", "exec"), defined)
    return defined


class Enough(Exception):
    """All that was waited for has come."""


@pytest.mark.django_db(transaction=True)
def test_the_client_of_the_documents_misses_nothing_over_lost_connections(
    live: LiveProcess,
    relay: None,
    sam: User,
    entitled: Entitlement,
    stream: Stream,
    publish: Publish,
    token_of: Callable[[User], str],
) -> None:
    client = example_of_the_documents()
    client["seen"][stream.key] = 0
    taken: list[int] = []
    lost: set[int] = set()

    def use(frame: dict[str, Any]) -> None:
        if frame["seq"] in (2, 4) and frame["seq"] not in lost:
            lost.add(frame["seq"])
            publish(1)
            raise ConnectionError
        taken.append(frame["seq"])
        if len(taken) == 5:
            raise Enough

    publish(3)
    with pytest.raises(Enough):
        client["follow"](live.socket_url, token_of(sam), [stream.key], use)

    assert taken == [1, 2, 3, 4, 5]
