"""Every kind of stream over a socket, as everybody: who is given it, and what the others hear."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from accounts.models import User
from registry.models import Entitlement, Script
from signalhub import route_policies
from streams.models import Stream
from streams.publishing import stream_for
from tests import factories
from tests.streams.clients import StreamClient, connected
from tests.streams.conftest import Publish
from tests.streams.servers import LiveProcess

pytestmark = pytest.mark.django_db(transaction=True)

CANARY = {"alpha": "cnry7alpha", "beta": "cnry7beta"}
HOUSE = {"ada", "rita", "sam", "olga"}
# Of a policy's people those who are there; whoever is missing is told nothing.
READERS = {
    "subscribe:script": {"ada", "sam"},
    "subscribe:product": {"ada", "carol"},
    "subscribe:producer": HOUSE,
    "subscribe:own": {"sam"},
    "subscribe:public": {*HOUSE, "mallory", "carol"},
    "foreign script": {"mallory"},
    "unknown": set(),
}
UNKNOWN = "personal:7:no-such-script:IBM:default"


@pytest.fixture
def script(ada: User, rita: User) -> Script:
    return factories.make_published_version(ada, rita, name=CANARY["alpha"]).script


@pytest.fixture
def streams(
    script: Script,
    entitled: Entitlement,
    sam: User,
    carol: User,
    mallory: User,
    publish: Publish,
    now: datetime,
) -> dict[str, str]:
    """Return the key of one stream of each kind, with an output in each."""
    product = factories.make_product(script, now=now)
    factories.make_product_subscription(product, carol, now=now)
    foreign = factories.make_draft(mallory, name=CANARY["beta"]).script
    made = {
        "subscribe:script": stream_for(script, "IBM", "1d", {}),
        "subscribe:product": stream_for(script, "IBM", "1d", {}, product=product),
        "subscribe:producer": _stream("producer:north:IBM:default", tenant=script.tenant),
        "subscribe:own": _stream("common:IBM:kept:default", owner=sam),
        "subscribe:public": _stream("public:IBM:price:default", public=True),
        "foreign script": stream_for(foreign, "IBM", "1d", {}),
    }
    notes = {"foreign script": CANARY["beta"], "subscribe:public": "everybody's"}
    for kind, stream in made.items():
        publish(1, to=stream, metadata={"note": notes.get(kind, CANARY["alpha"])})
    return {**{kind: stream.key for kind, stream in made.items()}, "unknown": UNKNOWN}


def test_every_kind_of_stream_is_given_to_those_of_its_policy_and_no_others(
    live: LiveProcess,
    streams: dict[str, str],
    token_of: Callable[[User], str],
    ada: User,
    rita: User,
    sam: User,
    olga: User,
    mallory: User,
    carol: User,
) -> None:
    kinds = {name for name in route_policies.SOCKET if name.startswith("subscribe:")}
    objections = []

    for user in (ada, rita, sam, olga, mallory, carol):
        with connected(live.socket_url, token=token_of(user)) as client:
            given, frames = _subscribe(client, streams)
        wanted = {kind for kind, readers in READERS.items() if user.username in readers}
        if given != wanted:
            objections.append(f"{user}: {sorted(given)}, not {sorted(wanted)}")
        foreign = CANARY["alpha" if user.username in ("mallory", "carol") else "beta"]
        shown = [frame for frame in frames if foreign in _without_key(frame)]
        if shown and "subscribe:product" not in wanted:
            objections.append(f"{user} was shown {foreign}: {shown[0]}")
        denied = {_without_key(frame) for frame in frames if frame["type"] == "subscription_denied"}
        if len(denied) != 1:
            objections.append(f"{user} can tell what is foreign from what is not: {denied}")

    assert kinds <= set(READERS)
    assert not objections, "\n".join(objections)


def test_whoever_does_not_say_who_they_are_follows_nothing(
    live: LiveProcess, streams: dict[str, str]
) -> None:
    with connected(live.socket_url) as client:
        client.send(type="subscribe", stream_keys=[*streams.values()])
        frames, code = client.until_closed()

    assert [frame["code"] for frame in frames] == ["say_hello"]
    assert code == 4401


def test_a_page_of_another_site_opens_no_socket(live: LiveProcess) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(live.socket_url, additional_headers={"Origin": "https://elsewhere.example"})

    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(("given", "kept"), [("trace-7.a_b", True), ("no good", False)])
def test_a_socket_has_a_name_too(live: LiveProcess, given: str, kept: bool) -> None:
    with connected(live.socket_url, additional_headers={"X-Request-ID": given}) as client:
        assert client.connection.response is not None
        name = client.connection.response.headers["X-Request-ID"]

    assert (name == given) is kept
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name)


def _subscribe(
    client: StreamClient, streams: dict[str, str]
) -> tuple[set[str], list[dict[str, Any]]]:
    """Return which kinds were given, and every frame up to the answer to a ping."""
    client.send(type="subscribe", stream_keys=[*streams.values()], history=1)
    client.send(type="ping", id="done")
    frames: list[dict[str, Any]] = []
    while not frames or frames[-1]["type"] != "pong":
        frames.append(client.receive())
    (answer,) = [frame for frame in frames if frame["type"] == "subscription"]
    return {kind for kind, key in streams.items() if key in answer["stream_keys"]}, frames


def _without_key(frame: dict[str, Any]) -> str:
    return str({name: value for name, value in frame.items() if name != "stream_key"})


def _stream(key: str, **fields: Any) -> Stream:
    return Stream.objects.create(
        key=key, instrument_key="IBM", params_sha256=sha256(key.encode()).hexdigest(), **fields
    )
