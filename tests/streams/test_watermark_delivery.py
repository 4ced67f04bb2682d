"""Whoever reads under a product subscription gets marked copies, the same wherever they read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts import audit
from accounts.models import AuditEvent, User
from gateway import script_outputs
from gateway.reads import reader_for
from gateway.requests import ScriptOutputRequest
from registry.models import Product, ProductSubscription, Script
from streams import watermark, watermark_failures
from streams.access import readable_streams
from streams.followers import SocketFollower
from streams.frames import frame_of
from streams.models import Stream
from streams.outbox import Outbox
from streams.publishing import stream_for
from streams.watermarks import embedding
from tests.factories import make_entitlement
from tests.streams import marked
from tests.streams.clients import connected
from tests.streams.servers import LiveProcess, OwnRedis

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


def latest(api: APIClient, user: User, script: Script) -> Given:
    api.force_authenticate(user)
    reply: Given = api.get(f"/signals/IBM/custom/{script.pk}").json()
    return reply


def test_each_subscriber_has_a_copy_of_their_own_within_the_tolerance(
    api: APIClient,
    script: Script,
    stream: Stream,
    sam: User,
    mallory: User,
    sams: ProductSubscription,
    mallorys: ProductSubscription,
) -> None:
    differing = 0
    for day in range(1, 21):
        marked.publish_days(stream, range(day, day + 1))
        copies = [latest(api, user, script) for user in (sam, mallory)]
        uppers = [copy["metadata"]["upper"] for copy in copies]
        exact = marked.exact_value(day)

        assert {abs(round(copy["value"] - exact, 9)) for copy in copies} == {0.02}
        assert all(0 < abs(u - exact - 1.23456) <= 0.001 * (exact + 1.24) for u in uppers)
        differing += copies[0]["value"] != copies[1]["value"]

    assert 0 < differing < 20


def test_owners_and_holders_of_an_entitlement_get_exact_values(
    api: APIClient,
    script: Script,
    stream: Stream,
    ada: User,
    sam: User,
    sams: ProductSubscription,
    olga: User,
) -> None:
    own = stream_for(script, "IBM", "1d", {})
    marked.publish_days(own, range(1, 2))
    marked.publish_days(stream, range(1, 2))
    make_entitlement(script, olga)

    copies = {user.username: latest(api, user, script) for user in (ada, olga)}
    subscribers = latest(api, sam, script)
    make_entitlement(script, sam)

    for copy in (*copies.values(), latest(api, sam, script)):
        assert copy["value"] == marked.exact_value(1)
        assert copy["metadata"] == {
            "side": "buy",
            "upper": marked.exact_value(1) + 1.23456,
            "rank": 1,
        }
    assert subscribers["value"] != marked.exact_value(1)


def test_what_is_stored_and_relayed_is_exact(
    live: LiveProcess,
    relay: None,
    redis_server: OwnRedis,
    token_of: TokenOf,
    stream: Stream,
    sam: User,
    sams: ProductSubscription,
    ada: User,
) -> None:
    with connected(live.socket_url, token=token_of(sam)) as socket:
        socket.subscribe(stream.key)
        (output,) = marked.publish_days(stream, range(1, 2))
        socket.receive("data")
    with connected(live.socket_url, token=token_of(ada)) as socket:
        socket.subscribe(stream.key)
        owners = socket.receive("snapshot")["outputs"][0]
    with redis_server.client() as client:
        ((_, fields),) = client.xrange(stream.key)
    output.refresh_from_db()

    assert output.value == owners["value"] == float(fields["value"]) == marked.exact_value(1)
    assert "_watermark" not in owners["metadata"]
    assert "tolerance" not in owners


@pytest.mark.parametrize("broken", ["secret", "mark"])
def test_an_output_that_cannot_be_marked_is_held_back_and_that_is_audited(
    broken: str,
    api: APIClient,
    script: Script,
    stream: Stream,
    sam: User,
    sams: ProductSubscription,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    marked.publish_days(stream, range(1, 2))
    if broken == "secret":
        settings.WATERMARK_SECRET = "too short"
    else:
        monkeypatch.setattr(embedding, "marked_number", lambda number, *_: number + 0.5)
    api.force_authenticate(sam)

    replies = [
        api.get(f"/signals/IBM/custom/{script.pk}"),
        api.get(f"/data/scripts/{script.pk}/latest", {"instrument": "IBM"}),
        api.get(f"/data/scripts/{script.pk}/history", {"instrument": "IBM"}),
    ]

    assert [(r.status_code, r.json()["code"]) for r in replies] == [(503, "watermark_failed")] * 3
    assert all(str(marked.exact_value(1)) not in reply.text for reply in replies)
    events = AuditEvent.objects.filter(event="watermark_failed")
    assert events.count() == 3
    assert {event.object_id for event in events} == {str(sams.pk)}
    assert all(event.reason for event in events)


def test_with_the_policy_audit_only_it_is_given_as_it_is_and_that_is_audited(
    api: APIClient,
    script: Script,
    stream: Stream,
    sam: User,
    sams: ProductSubscription,
    settings: Settings,
) -> None:
    marked.publish_days(stream, range(1, 2))
    settings.WATERMARK_ENFORCEMENT_POLICY = "audit-only"

    before = latest(api, sam, script)
    settings.WATERMARK_SECRET = ""
    after = latest(api, sam, script)

    assert before["value"] != after["value"] == marked.exact_value(1)
    assert AuditEvent.objects.filter(event="watermark_failed").count() == 1


def test_switched_off_nothing_is_marked(
    api: APIClient,
    script: Script,
    stream: Stream,
    sam: User,
    sams: ProductSubscription,
    settings: Settings,
) -> None:
    marked.publish_days(stream, range(1, 2))
    settings.WATERMARK_ENFORCEMENT_ENABLED = False

    assert latest(api, sam, script)["value"] == marked.exact_value(1)
    assert "_watermark" not in latest(api, sam, script)["metadata"]


def test_without_a_tolerance_only_the_metadata_names_the_subscriber(
    api: APIClient, ada: User, rita: User, sam: User, now: datetime
) -> None:
    script = marked.make_marked_script(ada, rita, name="Untouched", manifest={})
    product = marked.make_product(script, now=now)
    subscription = marked.subscribe(product, sam, now=now)
    marked.publish_days(marked.stream_of(product), range(1, 2))

    copy = latest(api, sam, script)

    assert copy["value"] == marked.exact_value(1)
    assert copy["metadata"]["_subscription_id"] == str(subscription.pk)
    assert len(copy["metadata"]["_watermark"]["hash"]) == 64


def test_a_socket_whose_output_cannot_be_marked_is_told_so_and_gets_nothing(
    stream: Stream, sam: User, sams: ProductSubscription, now: datetime, settings: Settings
) -> None:
    secret, settings.WATERMARK_SECRET = settings.WATERMARK_SECRET, ""
    output, next_one = marked.publish_days(stream, range(1, 3))
    readable = readable_streams(sam.pk, [stream.key], at=now + timedelta(minutes=1))[stream.key]
    outbox = Outbox(frames_max=9, bytes_max=9999, on_overflow=lambda: None)
    ends: list[str] = []
    follower = SocketFollower(
        readable,
        outbox,
        user_id=sam.pk,
        position=0,
        mode="stream",
        on_end=lambda _, reason: ends.append(reason),
    )

    follower.deliver(frame_of(output))
    settings.WATERMARK_SECRET = secret
    follower.deliver(frame_of(next_one))  # after the word that nothing more comes

    assert ends == [watermark.WatermarkFailed().message]
    assert not outbox._waiting
    watermark_failures.write()
    assert AuditEvent.objects.get(event="watermark_failed").after["outputs"] == 1


def test_failures_that_cannot_be_audited_yet_are_audited_later_and_once(
    script: Script,
    sams: ProductSubscription,
    mallorys: ProductSubscription,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watermark_failures.note(sams.pk, script.pk, "first")
    watermark_failures.note(mallorys.pk, script.pk, "second")
    watermark_failures.note(mallorys.pk, script.pk, "second")
    record = audit.record

    def away(*about: Any, **more: Any) -> None:
        if more["reason"] == "second":
            watermark_failures.note(sams.pk, script.pk, "first")
            raise OperationalError("the server is gone")
        record(*about, **more)

    with monkeypatch.context() as patched:
        patched.setattr(audit, "record", away)
        with pytest.raises(OperationalError):
            watermark_failures.write()
    watermark_failures.write()
    watermark_failures.write()

    events = AuditEvent.objects.filter(event="watermark_failed").order_by("pk")
    told = sorted((event.reason, event.after["outputs"]) for event in events)
    assert told == [("first", 1), ("first", 1), ("second", 2)]
    assert not watermark_failures.are_waiting()


def test_a_script_of_a_subscriber_reads_marked_copies_too(
    script: Script, stream: Stream, sam: User, ada: User, sams: ProductSubscription, now: datetime
) -> None:
    marked.publish_days(stream, range(1, 4))
    upstream = {str(script.pk): script_outputs.as_upstream(stream)}
    later = now + timedelta(minutes=1)

    def read_by(user: User, *, marked_for: User | None = None) -> list[float]:
        reader = reader_for(
            user,
            None,
            instrument_key="IBM",
            timeframe="1d",
            as_of=later,
            upstream=upstream,
            clock=lambda: later,
            marked_for=marked_for,
        )
        history: Any = reader.read(ScriptOutputRequest(script_id=str(script.pk), history=3))
        newest: Any = reader.read(ScriptOutputRequest(script_id=str(script.pk)))
        assert newest == history[-1]
        return [output["value"] for output in history]

    exact = [marked.exact_value(day) for day in range(1, 4)]
    assert read_by(ada) == exact
    assert read_by(sam) != exact
    assert read_by(sam, marked_for=ada) == exact
    assert read_by(ada, marked_for=sam) == read_by(sam)
