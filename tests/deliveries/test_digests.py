"""Digests instead of floods: the counts are right, nothing is lost, and it is said why."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from registry.models import Script
from streams.deliveries.services.followings import follow_stream
from streams.deliveries.services.resending import replay_stream
from streams.models import Destination, Stream
from streams.publishing import stream_for
from tests.deliveries.conftest import AddWebhook, Clockwork, log_of
from tests.deliveries.receiver import Receiver
from tests.streams.conftest import Publish

pytestmark = pytest.mark.django_db
FEW: dict[str, Any] = {
    "digest_above": 3,
    "digest_within_seconds": 60,
    "digest_every_seconds": 300,
}


@pytest.fixture
def webhook(add_webhook: AddWebhook, receiver: Receiver) -> Destination:
    return add_webhook(receiver.url, **FEW)


@pytest.fixture
def other(script: Script, webhook: Destination, sam: User, entitled: Any) -> Stream:
    stream = stream_for(script, "AAPL", "1d", {"period": 14})
    follow_stream(webhook, stream.key, acting_user=sam, now=webhook.created_at)
    return stream


def told(receiver: Receiver) -> list[tuple[str, int, int]]:
    """Return every range that the receiver was told of: instrument, first, last."""
    found = []
    for body in (request.json for request in receiver.requests):
        parts = body["data"].get("streams", [body["data"]])
        for part in parts:
            first = part.get("first_seq", part.get("seq"))
            found.append((part["instrument"], first, part.get("last_seq", first)))
    return found


def test_a_flood_over_two_streams_is_one_digest_each_period_and_every_number_is_told_once(
    webhook: Destination,
    other: Stream,
    receiver: Receiver,
    publish: Publish,
    sender: Clockwork,
    stream: Stream,
) -> None:
    publish(2)
    sender.run()
    for count in (7, 5, 9):
        publish(count)
        publish(count, to=other)
        sender.run()
        sender.later(seconds=30)
    assert len(receiver.requests) == 2

    sender.later(minutes=5)
    publish(10)
    sender.later(minutes=5)
    publish(1, to=other)
    sender.later(minutes=5)

    assert told(receiver) == [
        ("IBM", 1, 1),
        ("IBM", 2, 2),
        ("IBM", 3, 23),
        ("AAPL", 1, 21),
        ("IBM", 24, 33),
        ("AAPL", 22, 22),
    ]
    first = receiver.requests[2].json
    assert first["type"] == "signal.digest"
    assert "more than 3 in 1 minute come as one digest every 5 minutes" in first["data"]["reason"]
    assert first["data"]["outputs"] == 42
    assert [part["outputs"] for part in first["data"]["streams"]] == [21, 21]
    newest = first["data"]["streams"][0]["newest"]
    assert [one["seq"] for one in newest] == [23, 22, 21]
    assert [one["value"] for one in newest] == [23.0, 22.0, 21.0]
    assert [one.outputs for one in log_of(webhook)] == [1, 1, 42, 10, 1]


def test_in_quiet_hours_nothing_comes_and_afterwards_everything(
    add_webhook: AddWebhook, receiver: Receiver, publish: Publish, sender: Clockwork
) -> None:
    began = (sender.now - timedelta(minutes=30)).time().replace(microsecond=0)
    ends = (sender.now + timedelta(minutes=30)).time().replace(microsecond=0)
    assert isinstance(began, time)
    add_webhook(receiver.url, quiet_from=began, quiet_until=ends, time_zone="UTC")
    publish(2)

    sender.run()
    assert receiver.requests == []
    sender.later(minutes=20)
    assert receiver.requests == []
    sender.later(minutes=11)
    assert receiver.seqs == [1, 2]


def test_a_replay_is_sent_one_by_one_however_few_are_allowed(
    webhook: Destination,
    receiver: Receiver,
    publish: Publish,
    sender: Clockwork,
    stream: Stream,
    sam: User,
) -> None:
    publish(20)
    sender.run()
    assert [request.json["type"] for request in receiver.requests] == ["signal.digest"]

    replay_stream(webhook, stream.key, from_seq=1, acting_user=sam, now=sender.now)
    sender.run()

    assert receiver.seqs == list(range(1, 21))


def test_a_program_gets_what_a_digest_left_out_by_what_the_digest_says(
    webhook: Destination,
    receiver: Receiver,
    publish: Publish,
    sender: Clockwork,
    sam: User,
    api: APIClient,
    settings: Settings,
) -> None:
    settings.PUBLIC_URL = "https://signalhub.example"
    publish(20)
    sender.run()
    digest = receiver.requests[0].json["data"]
    (part,) = digest["streams"]
    oldest_told = part["newest"][-1]["seq"]
    assert (part["left_out"], oldest_told) == (17, 18)
    api.force_authenticate(sam)

    reply = api.post(
        digest["replay"].removeprefix("https://signalhub.example"),
        {
            "stream_key": part["stream_key"],
            "from_seq": part["first_seq"],
            "to_seq": oldest_told - 1,
        },
        format="json",
    )
    sender.run()

    assert reply.status_code == 202
    assert receiver.seqs == list(range(1, 18))
