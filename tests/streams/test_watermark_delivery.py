"""Whoever reads under a product subscription gets marked copies, the same wherever they read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from registry.models import Product, ProductSubscription, Script
from streams.models import Stream
from tests.streams import marked
from tests.streams.clients import connected
from tests.streams.servers import LiveProcess

pytestmark = pytest.mark.django_db(transaction=True)
TokenOf = Callable[[User], str]
Given = dict[str, Any]


@pytest.fixture
def script(ada: User, rita: User) -> Script:
    return marked.make_marked_script(ada, rita)


@pytest.fixture
def product(script: Script, now: datetime) -> Product:
    return marked.make_product(script, now=now)


@pytest.fixture
def stream(product: Product) -> Stream:
    return marked.stream_of(product)


@pytest.fixture
def sams(product: Product, sam: User, now: datetime) -> ProductSubscription:
    return marked.subscribe(product, sam, now=now)


@pytest.fixture
def mallorys(product: Product, mallory: User, now: datetime) -> ProductSubscription:
    return marked.subscribe(product, mallory, now=now)


def told(frame: Given) -> Given:
    """Return what a frame or a reply says of an output."""
    return {"value": frame["value"], "metadata": frame["metadata"]}


def test_every_way_of_reading_gives_a_subscriber_the_same_copy(
    live: LiveProcess,
    relay: None,
    token_of: TokenOf,
    api: APIClient,
    script: Script,
    stream: Stream,
    sam: User,
    sams: ProductSubscription,
) -> None:
    marked.publish_days(stream, range(1, 6))
    token, key = token_of(sam), stream.key
    with connected(live.socket_url, token=token) as socket:
        socket.subscribe(key)
        snapshot = socket.receive("snapshot")["outputs"][-1]
        marked.publish_days(stream, range(6, 7))
        live_frame = socket.receive("data")
    with connected(live.socket_url, token=token) as socket:
        socket.subscribe(key, history=6)
        older = socket.receive("snapshot")["outputs"]
    with connected(live.socket_url, token=token) as socket:
        socket.subscribe(key, resume={key: 4})
        resumed = [socket.receive("data") for _ in range(2)]
    api.force_authenticate(sam)
    latest = api.get(f"/signals/IBM/custom/{script.pk}").json()
    newest = api.get(f"/data/scripts/{script.pk}/latest", {"instrument": "IBM"}).json()
    history = api.get(f"/data/scripts/{script.pk}/history", {"instrument": "IBM"}).json()

    copies = [told(output) for output in history["outputs"]]
    assert [told(frame) for frame in older] == copies
    assert [told(frame) for frame in (snapshot, live_frame)] == copies[4:]
    assert [told(frame) for frame in resumed] == copies[4:]
    assert told(latest) == told(newest) == copies[5]
    assert {
        abs(round(copy["value"] - marked.exact_value(day), 9)) for day, copy in enumerate(copies, 1)
    } == {0.02}
    assert {copy["metadata"]["_subscription_id"] for copy in copies} == {str(sams.pk)}
    assert {copy["metadata"]["_watermark"]["algorithm"] for copy in copies} == {"hmac_sha256"}
    assert [copy["metadata"]["rank"] for copy in copies] == [1, 2, 3, 4, 5, 6]
