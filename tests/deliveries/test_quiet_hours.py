"""In quiet hours nothing is sent, whatever it was that it waited for before."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import User
from streams.deliveries.health import disable_destination
from streams.deliveries.services.destinations import change_destination, enable_destination
from streams.deliveries.services.resending import resend_delivery, send_test
from streams.models import Destination
from tests.deliveries.conftest import AddWebhook, Clockwork, log_of
from tests.deliveries.receiver import Answer, Receiver
from tests.streams.conftest import Publish

pytestmark = pytest.mark.django_db
REFUSAL = Answer(500, body=b"not now")


def hours(now: datetime, begin_minutes: int, end_minutes: int) -> dict[str, Any]:
    """Return quiet hours that begin and end so many minutes from now."""
    begin, end = (
        (now + timedelta(minutes=minutes)).time().replace(second=0, microsecond=0)
        for minutes in (begin_minutes, end_minutes)
    )
    return {"quiet_from": begin, "quiet_until": end, "time_zone": "UTC"}


@pytest.fixture
def webhook(add_webhook: AddWebhook, receiver: Receiver, now: datetime) -> Destination:
    """Return one that is quiet from half an hour from now on, for an hour."""
    return add_webhook(receiver.url, **hours(now, 30, 90))


def test_the_next_try_waits_until_they_end_and_costs_nothing_meanwhile(
    webhook: Destination, receiver: Receiver, publish: Publish, sender: Clockwork
) -> None:
    receiver.answers = [REFUSAL, REFUSAL]
    sender.now += timedelta(minutes=28)
    publish(1)
    sender.run()
    sender.later(seconds=6)

    sender.later(minutes=20)
    waiting = log_of(webhook)[0]
    sender.later(minutes=43)

    assert (waiting.state, waiting.tries, len(receiver.requests)) == ("pending", 2, 3)
    assert "quiet" in waiting.error
    assert waiting.response_status == 500
    assert receiver.requests[2].id == waiting.message_id
    assert log_of(webhook)[0].state == "delivered"


def test_what_is_enabled_or_sent_again_in_them_comes_when_they_end(
    webhook: Destination,
    receiver: Receiver,
    publish: Publish,
    sender: Clockwork,
    sam: User,
    olga: User,
) -> None:
    receiver.answers = [Answer(), REFUSAL]
    publish(2)
    sender.run()
    disable_destination(webhook, reason="Stop.", acting_user=olga, now=sender.now)
    sender.now += timedelta(minutes=45)

    enable_destination(webhook, acting_user=olga, now=sender.now)
    resend_delivery(log_of(webhook)[0], acting_user=olga, now=sender.now)
    sender.run()
    in_them = receiver.seqs
    sender.later(minutes=50)

    assert in_them == [1, 2]
    assert sorted(receiver.seqs[2:]) == [1, 2]


def test_a_test_is_sent_in_them(
    webhook: Destination, receiver: Receiver, sender: Clockwork, sam: User
) -> None:
    sender.now += timedelta(minutes=45)

    send_test(webhook, acting_user=sam, now=sender.now)
    sender.run()

    assert [one.json["type"] for one in receiver.requests] == ["signal.test"]


def test_who_ends_them_at_once_gets_at_once_what_waited_for_their_end(
    webhook: Destination, receiver: Receiver, publish: Publish, sender: Clockwork, sam: User
) -> None:
    publish(1)
    sender.run()
    sender.now += timedelta(minutes=45)
    resend_delivery(log_of(webhook)[0], acting_user=sam, now=sender.now)
    sender.run()

    none = {"quiet_from": None, "quiet_until": None}
    change_destination(webhook, none, acting_user=sam, now=sender.now)
    sender.run()

    assert receiver.seqs == [1, 1]
