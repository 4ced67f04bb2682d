"""What is asked for again comes, all of it, whatever else is asked for or waits meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from streams.deliveries.services.resending import TooMuchToReplay, replay_stream
from streams.models import Destination, Following, Stream
from tests.deliveries.conftest import AddWebhook, Clockwork
from tests.deliveries.receiver import Receiver
from tests.streams.conftest import Publish

pytestmark = pytest.mark.django_db
Replay = Callable[..., Following]


@pytest.fixture
def replay(webhook: Destination, stream: Stream, sam: User, sender: Clockwork) -> Replay:
    """Return a function that has the outputs from a number on sent again."""

    def ask(from_seq: int, to_seq: int | None = None) -> Following:
        return replay_stream(
            webhook,
            stream.key,
            from_seq=from_seq,
            to_seq=to_seq,
            acting_user=sam,
            now=sender.now,
        )

    return ask


def holes_in(receiver: Receiver) -> list[Any]:
    return [one.json["data"]["missed"] for one in receiver.requests]


def test_a_second_replay_discards_neither_the_first_nor_what_was_never_sent(
    receiver: Receiver, publish: Publish, sender: Clockwork, replay: Replay
) -> None:
    publish(6)
    sender.run()
    publish(4)

    replay(4)
    replay(2, 3)
    publish(1)
    sender.run()

    assert receiver.seqs == [*range(1, 7), *range(2, 12)]
    assert set(map(str, holes_in(receiver))) == {"None"}


def test_replays_that_lie_apart_are_sent_in_order_with_nothing_in_between(
    receiver: Receiver, publish: Publish, sender: Clockwork, replay: Replay
) -> None:
    publish(9)
    sender.run()

    replay(7, 8)
    sender.desk.plan(None, now=sender.now)
    for first, last in ((5, 5), (2, 3), (3, 3)):
        replay(first, last)
    publish(1)
    sender.run()

    assert receiver.seqs == [*range(1, 10), 7, 2, 3, 5, 8, 10]
    assert set(map(str, holes_in(receiver))) == {"None"}


def test_a_replay_of_what_was_never_sent_passes_nothing_over(
    receiver: Receiver, publish: Publish, sender: Clockwork, replay: Replay
) -> None:
    publish(2)
    sender.run()
    publish(6)

    replay(7)
    sender.run()

    assert receiver.seqs == list(range(1, 9))


def test_all_that_waits_to_be_sent_again_is_bounded_and_what_is_too_much_is_refused(
    receiver: Receiver, publish: Publish, sender: Clockwork, replay: Replay, settings: Settings
) -> None:
    settings.DELIVERY_REPLAY_MAX = 4
    publish(9)
    sender.run()
    replay(6, 8)

    with pytest.raises(TooMuchToReplay):
        replay(1, 2)
    replay(2, 2)
    sender.run()
    replay(1, 4)
    sender.run()

    assert receiver.seqs == [*range(1, 10), 2, 6, 7, 8, 1, 2, 3, 4]


def test_a_program_gets_both_what_a_digest_missed_and_what_it_left_out(
    add_webhook: AddWebhook,
    receiver: Receiver,
    publish: Publish,
    sender: Clockwork,
    sam: User,
    api: APIClient,
) -> None:
    following = add_webhook(f"{receiver.url}/robot", digest_above=3).followings.get()
    publish(20)
    Following.objects.filter(pk=following.pk).update(cursor_seq=5)
    sender.run()
    [part] = receiver.requests[-1].json["data"]["streams"]
    oldest_told = part["newest"][-1]["seq"]
    api.force_authenticate(sam)

    replies = [
        api.post(
            f"/api/v2/destinations/{following.destination_id}/replay",
            {"stream_key": part["stream_key"], "from_seq": first, "to_seq": last},
            format="json",
        )
        for first, last in (
            (part["first_seq"], oldest_told - 1),
            (part["missed"]["first_seq"], part["missed"]["last_seq"]),
        )
    ]
    sender.run()

    assert [reply.status_code for reply in replies] == [202, 202]
    assert receiver.seqs == list(range(1, 18))
