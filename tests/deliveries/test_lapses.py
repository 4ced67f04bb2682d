"""Rights that end and come back: it is said, and what was missed meanwhile is said too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from accounts.models import User
from registry.models import Script
from registry.services import drafts, entitlements
from streams.access import readable_streams
from streams.deliveries import lapses
from streams.deliveries.contents import content_of
from streams.deliveries.lapses import end_followings, resume_followings
from streams.deliveries.letters import letter_of
from streams.deliveries.services.destinations import change_destination
from streams.deliveries.services.followings import follow_stream
from streams.models import Delivery, Destination, Following, Stream
from streams.publishing import stream_for
from tests.deliveries.conftest import AddWebhook, Clockwork
from tests.deliveries.receiver import Answer, Receiver
from tests.streams.conftest import SOURCE, Publish

pytestmark = pytest.mark.django_db
Change = Callable[..., None]
REFUSAL = Answer(500, body=b"not now")


@pytest.fixture
def revoke(script: Script, sam: User, sender: Clockwork) -> Change:
    def change(of: Script = script) -> None:
        entitlements.revoke(of, sam, acting_user=of.owner, now=sender.now)

    return change


@pytest.fixture
def grant(script: Script, sam: User, sender: Clockwork) -> Change:
    def change(of: Script = script) -> None:
        entitlements.grant(of, sam, acting_user=of.owner, now=sender.now)

    return change


@pytest.fixture
def other(webhook: Destination, ada: User, sam: User, sender: Clockwork) -> Stream:
    """Return a stream of another script, which sam has a right to and the webhook follows."""
    draft = drafts.create_draft(name="Breakout", source=SOURCE, acting_user=ada, now=sender.now)
    entitlements.grant(draft.script, sam, acting_user=ada, now=sender.now)
    stream = stream_for(draft.script, "AAPL", "1d", {})
    follow_stream(webhook, stream.key, acting_user=sam, now=sender.now)
    return stream


def bodies(receiver: Receiver, kind: str) -> list[dict[str, Any]]:
    return [one.json["data"] for one in receiver.requests if one.json["type"] == kind]


def test_a_right_that_is_back_after_a_while_goes_on_and_what_was_missed_is_said(
    webhook: Destination,
    receiver: Receiver,
    publish: Publish,
    sender: Clockwork,
    stream: Stream,
    revoke: Change,
    grant: Change,
) -> None:
    publish(1)
    sender.run()
    revoke()
    publish(2)
    sender.run()
    sender.later(minutes=1)
    publish(1)
    sender.later(minutes=4)
    assert receiver.seqs == [1]

    grant()
    sender.later(seconds=31)
    assert receiver.seqs == [1]
    publish(1)
    sender.run()

    assert receiver.seqs == [1, 5]
    last = receiver.requests[-1].json["data"]
    assert (last["previous_seq"], last["missed"]) == (1, {"first_seq": 2, "last_seq": 4})
    following = Following.objects.get()
    assert (following.ended_at, following.look_again_at) == (None, None)


def test_a_receiver_is_told_once_that_its_rights_have_ended_whatever_the_streams(
    webhook: Destination,
    receiver: Receiver,
    publish: Publish,
    sender: Clockwork,
    stream: Stream,
    other: Stream,
    revoke: Change,
) -> None:
    publish(3)
    sender.run()
    revoke()
    revoke(other.script)
    publish(1)
    sender.run()
    publish(1, to=other)
    sender.later(seconds=2)

    for _ in range(20):
        publish(1)
        sender.later(seconds=5)

    (end,) = bodies(receiver, "signal.ended")
    assert [(part["stream_key"], part["last_seq"]) for part in end["streams"]] == [
        (stream.key, 3),
        (other.key, 0),
    ]
    assert [part["script"] for part in end["streams"]] == ["Momentum", "Breakout"]
    assert len(receiver.requests) == 4


def test_a_digest_that_ended_in_part_never_brings_that_part_and_counts_it_as_missed(
    add_webhook: AddWebhook,
    webhook: Destination,
    receiver: Receiver,
    publish: Publish,
    sender: Clockwork,
    stream: Stream,
    other: Stream,
    sam: User,
    revoke: Change,
    grant: Change,
) -> None:
    change_destination(webhook, {"digest_above": 3}, acting_user=sam, now=sender.now)
    publish(4)
    publish(4, to=other)
    revoke()
    receiver.answers = [REFUSAL]
    sender.run()
    (refused,) = receiver.requests

    grant()
    sender.later(seconds=6)

    (again,) = (one for one in receiver.requests[1:] if one.id == refused.id)
    assert again.body == refused.body
    assert again.json["data"]["ended"] == [stream.key]
    assert [part["stream_key"] for part in again.json["data"]["streams"]] == [other.key]
    sender.later(minutes=2)
    publish(1)
    sender.run()
    last = receiver.requests[-1].json["data"]
    assert (last["seq"], last["previous_seq"]) == (5, 0)
    assert last["missed"] == {"first_seq": 1, "last_seq": 4}


def test_a_right_that_is_gone_for_long_is_over_until_the_stream_is_followed_again(
    webhook: Destination,
    receiver: Receiver,
    publish: Publish,
    sender: Clockwork,
    stream: Stream,
    sam: User,
    revoke: Change,
    grant: Change,
) -> None:
    publish(1)
    sender.run()
    revoke()
    publish(1)
    sender.run()
    sender.later(days=31)

    grant()
    publish(1)
    sender.later(days=1)
    assert receiver.seqs == [1]
    follow_stream(webhook, stream.key, acting_user=sam, now=sender.now)
    publish(1)
    sender.run()

    assert receiver.seqs == [1, 4]
    assert receiver.requests[-1].json["data"]["missed"] == {"first_seq": 2, "last_seq": 3}


def test_whoever_may_not_sign_in_is_told_nothing_and_goes_on_afterwards(
    webhook: Destination, receiver: Receiver, publish: Publish, sender: Clockwork, sam: User
) -> None:
    receiver.answers = [REFUSAL]
    publish(1)
    sender.run()
    sam.is_active = False
    sam.save()
    sender.later(seconds=6)
    sender.later(minutes=1)
    assert len(receiver.requests) == 1

    sam.is_active = True
    sam.save()
    sender.later(minutes=1)
    publish(1)
    sender.run()

    assert receiver.seqs == [1, 2]
    assert receiver.requests[-1].json["data"]["missed"] == {"first_seq": 1, "last_seq": 1}


def test_nothing_is_said_in_quiet_hours(
    webhook: Destination, receiver: Receiver, sender: Clockwork, sam: User, stream: Stream
) -> None:
    quiet = {
        "quiet_from": (sender.now - timedelta(minutes=5)).time().replace(microsecond=0),
        "quiet_until": (sender.now + timedelta(minutes=30)).time().replace(microsecond=0),
    }
    change_destination(webhook, quiet, acting_user=sam, now=sender.now)
    end_followings(webhook, [stream.pk], now=sender.now)

    sender.later(minutes=20)
    assert receiver.requests == []
    sender.later(minutes=11)

    assert len(bodies(receiver, "signal.ended")) == 1


def test_looks_grow_rarer_the_longer_a_right_is_gone(
    webhook: Destination, sender: Clockwork, stream: Stream, revoke: Change
) -> None:
    revoke()
    end_followings(webhook, [stream.pk], now=sender.now)
    began, looks = sender.now, []
    while (at := Following.objects.get().look_again_at) is not None:
        looks.append(at)
        resume_followings(now=at)

    waits = [later - at for at, later in zip([began, *looks], looks, strict=False)]
    assert waits == sorted(waits)
    assert (waits[0], waits[-1]) == (lapses.SOONEST, lapses.LATEST)
    assert looks[-1] - began >= timedelta(days=30)
    assert len(looks) < 24 * 31 + 100


def test_people_read_what_has_ended_and_what_follows(
    webhook: Destination, sender: Clockwork, stream: Stream
) -> None:
    end_followings(webhook, [stream.pk], now=sender.now)
    delivery = Delivery.objects.get()

    letter = letter_of(content_of(delivery, webhook, now=sender.now), destination="My program")

    assert letter.subject == "SignalHub: your right to signals has ended"
    assert "“Momentum” by ada on IBM: delivered up to number 0." in letter.lines
    assert "within 30 days they go on by themselves" in letter.lines[-1]
    assert letter.link.endswith(f"/deliveries/{webhook.pk}/")


def test_a_fault_about_one_reader_is_looked_at_later_and_stops_no_other(
    webhook: Destination,
    add_webhook: AddWebhook,
    receiver: Receiver,
    sender: Clockwork,
    stream: Stream,
    sam: User,
    ada: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs = Destination.objects.get(pk=webhook.pk)
    theirs.pk, theirs.owner = None, ada
    theirs.save(force_insert=True)
    Following.objects.create(
        destination=theirs, stream=stream, cursor_seq=0, told_seq=0, followed_at=sender.now
    )
    for one in (webhook, theirs):
        end_followings(one, [stream.pk], now=sender.now)

    def broken(user_id: int, *args: Any, **kwargs: Any) -> Any:
        if user_id == sam.pk:
            raise RuntimeError("a fault of ours")
        return readable_streams(user_id, *args, **kwargs)

    monkeypatch.setattr("streams.deliveries.lapses.readable_streams", broken)
    at = sender.now + timedelta(minutes=1)

    resume_followings(now=at)

    sams = Following.objects.get(destination=webhook)
    assert sams.look_again_at == at + lapses.LATEST
    assert Following.objects.get(destination=theirs).ended_at is None
