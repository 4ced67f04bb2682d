"""Outputs to webhooks: signed, in order, tried again by the table, never a hole unsaid."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from accounts.models import AuditEvent, User
from registry.models import Script
from registry.services import entitlements
from streams.deliveries import schedule
from streams.deliveries.claims import claim_deliveries
from streams.deliveries.services.destinations import enable_destination, rotate_secret
from streams.deliveries.services.resending import (
    replay_stream,
    resend_delivery,
    resend_failed,
    send_test,
)
from streams.models import Delivery, Destination, Following, Stream
from tests.deliveries.conftest import AddWebhook, Clockwork, log_of
from tests.deliveries.receiver import Answer, Receiver, receiving
from tests.streams.conftest import Publish

pytestmark = pytest.mark.django_db
REFUSAL = Answer(500, body=b"not now")


def secret_of(destination: Destination) -> str:
    return str(destination.shown_secret)  # type: ignore[attr-defined]


def test_outputs_arrive_in_order_signed_so_that_the_official_library_takes_them(
    webhook: Destination, receiver: Receiver, publish: Publish, sender: Clockwork, stream: Stream
) -> None:
    publish(3)

    sender.run()

    bodies = [one.verified_with(secret_of(webhook)) for one in receiver.requests]
    assert [body["type"] for body in bodies] == ["signal.output"] * 3
    assert [body["data"]["seq"] for body in bodies] == [1, 2, 3]
    assert [body["data"]["previous_seq"] for body in bodies] == [0, 1, 2]
    assert [body["data"]["missed"] for body in bodies] == [None] * 3
    assert bodies[0]["data"]["value"] == 1.0
    assert bodies[0]["data"]["stream_key"] == stream.key
    assert len({one.id for one in receiver.requests}) == 3
    assert [one.state for one in log_of(webhook)] == ["delivered"] * 3
    with pytest.raises(WebhookVerificationError):
        receiver.requests[0].verified_with("whsec_" + "A" * 43 + "=")


def test_what_was_put_out_before_it_was_followed_is_not_sent(
    publish: Publish, add_webhook: AddWebhook, receiver: Receiver, sender: Clockwork
) -> None:
    publish(2)
    add_webhook(receiver.url)
    publish(1)

    sender.run()

    assert receiver.seqs == [3]
    assert receiver.requests[0].json["data"]["missed"] is None


def test_a_refusal_is_tried_again_by_the_table_under_the_same_id_and_then_has_failed(
    webhook: Destination, receiver: Receiver, publish: Publish, sender: Clockwork
) -> None:
    receiver.usual = REFUSAL
    publish(1)
    sender.run()
    waits = []

    while (delivery := log_of(webhook)[0]).state == "pending":
        waits.append((delivery.next_attempt_at - sender.now).total_seconds())
        sender.now = delivery.next_attempt_at
        before = sender.now - timedelta(milliseconds=1)
        assert claim_deliveries([], slots=10, now=before) == []
        sender.run()

    for wait, planned in zip(waits, schedule.WAITS_SECONDS, strict=True):
        assert planned <= wait <= planned * 1.1
    assert delivery.state == "failed"
    assert delivery.attempts == len(receiver.requests) == schedule.ATTEMPTS == 8
    assert {one.id for one in receiver.requests} == {delivery.message_id}
    assert len({one.body for one in receiver.requests}) == 1
    assert (delivery.response_status, delivery.response_excerpt) == (500, "not now")


def test_while_one_is_tried_again_those_behind_it_wait_and_what_failed_is_said(
    webhook: Destination, receiver: Receiver, publish: Publish, sender: Clockwork
) -> None:
    receiver.answers = [Answer(422)] * schedule.ATTEMPTS
    publish(2)
    sender.run()
    assert receiver.seqs == [1]

    for wait in schedule.WAITS_SECONDS:
        sender.later(seconds=wait * 1.1)

    assert receiver.seqs == [1] * schedule.ATTEMPTS + [2]
    assert receiver.requests[-1].json["data"]["missed"] == {"first_seq": 1, "last_seq": 1}
    assert receiver.requests[-1].json["data"]["previous_seq"] == 0


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_asks_to_wait_is_waited_for(
    status: int, webhook: Destination, receiver: Receiver, publish: Publish, sender: Clockwork
) -> None:
    receiver.answers = [Answer(status, {"Retry-After": "120"})]
    publish(1)
    sender.run()

    sender.later(seconds=119)
    assert len(receiver.requests) == 1
    sender.later(seconds=2)
    assert len(receiver.requests) == 2
    assert log_of(webhook)[0].state == "delivered"


def test_410_disables_at_once_and_the_owner_is_told_by_mail(
    webhook: Destination,
    receiver: Receiver,
    publish: Publish,
    sender: Clockwork,
    sam: User,
    mailoutbox: list[Any],
) -> None:
    sam.email = "sam@example.com"
    sam.save()
    receiver.answers = [Answer(410)]
    publish(2)

    sender.run()

    webhook.refresh_from_db()
    assert "410" in webhook.disabled_reason
    assert len(receiver.requests) == 1
    assert [mail.to for mail in mailoutbox] == [["sam@example.com"]]
    assert "410" in mailoutbox[0].body
    event = AuditEvent.objects.get(event="destination_disabled")
    assert (event.actor_name, event.object_id) == ("the platform", str(webhook.pk))


def test_failures_for_days_disable_and_what_gathered_comes_as_a_digest_once_enabled(
    webhook: Destination, receiver: Receiver, publish: Publish, sender: Clockwork, sam: User
) -> None:
    webhook.digest_above = 5
    webhook.save()
    receiver.usual = REFUSAL
    publish(1)
    sender.run()
    for _ in range(40):
        pending = Delivery.objects.filter(destination=webhook, state="pending").first()
        if pending is None:
            publish(1)
        else:
            sender.now = max(sender.now, pending.next_attempt_at)
        sender.run()
    webhook.refresh_from_db()
    assert webhook.failing_since is not None
    assert not webhook.is_enabled
    sent = len(receiver.requests)
    last = publish(20)[-1].seq
    sender.later(days=1)
    assert len(receiver.requests) == sent

    receiver.usual = Answer()
    enable_destination(webhook, acting_user=sam, now=sender.now)
    sender.run()

    digest = receiver.requests[-1].json
    assert digest["type"] == "signal.digest"
    (part,) = digest["data"]["streams"]
    assert part["last_seq"] == last
    assert part["newest"][0]["seq"] == last
    # Every number since the first is in a message, or is named as missed.
    told = set(range(part["first_seq"], last + 1)) | {
        one.json["data"]["seq"] for one in receiver.requests[sent:-1]
    }
    missed = [one.json["data"].get("missed") for one in receiver.requests[sent:-1]]
    missed.append(part["missed"])
    for hole in missed:
        told |= set(range(hole["first_seq"], hole["last_seq"] + 1)) if hole else set()
    assert told == set(range(1, last + 1))
    webhook.refresh_from_db()
    assert webhook.failing_since is None


def test_an_ended_right_stops_what_is_waiting_and_what_comes(
    webhook: Destination,
    receiver: Receiver,
    publish: Publish,
    sender: Clockwork,
    script: Script,
    sam: User,
    ada: User,
) -> None:
    receiver.answers = [REFUSAL]
    publish(1)
    sender.run()

    entitlements.revoke(script, sam, acting_user=ada, now=sender.now)
    publish(2)
    sender.later(minutes=10)

    assert receiver.seqs == [1]
    dropped, said = log_of(webhook)
    assert (dropped.state, said.kind) == ("dropped", "ended")
    assert "right" in dropped.error
    assert Following.objects.get().ended_at is not None


def test_somebody_who_may_no_longer_sign_in_is_sent_nothing(
    webhook: Destination, receiver: Receiver, publish: Publish, sender: Clockwork, sam: User
) -> None:
    sam.is_active = False
    sam.save()
    publish(1)

    sender.run()

    assert receiver.requests == []


def test_while_a_secret_is_replaced_both_verify_and_afterwards_the_new_one_alone(
    webhook: Destination, receiver: Receiver, publish: Publish, sender: Clockwork, sam: User
) -> None:
    new = rotate_secret(webhook, acting_user=sam, now=sender.now)
    publish(1)
    sender.run()
    sender.now += timedelta(days=1, seconds=1)
    publish(1)
    sender.run()

    both, one = receiver.requests
    assert both.headers["webhook-signature"].count("v1,") == 2
    both.verified_with(secret_of(webhook))
    both.verified_with(new)
    assert one.headers["webhook-signature"].count("v1,") == 1


def test_a_test_is_signed_and_told_from_outputs_and_works_where_nothing_else_is_sent(
    webhook: Destination, receiver: Receiver, sender: Clockwork, sam: User
) -> None:
    Destination.objects.update(disabled_at=sender.now, disabled_reason="by hand")

    send_test(webhook, acting_user=sam, now=sender.now)
    sender.run()

    assert receiver.requests[0].verified_with(secret_of(webhook))["type"] == "signal.test"


def test_a_delivery_is_sent_again_with_its_id_and_body(
    webhook: Destination, receiver: Receiver, publish: Publish, sender: Clockwork, sam: User
) -> None:
    publish(2)
    sender.run()

    resend_delivery(log_of(webhook)[0], acting_user=sam, now=sender.now)
    sender.run()

    first, _, again = receiver.requests
    assert (again.id, again.body) == (first.id, first.body)
    assert log_of(webhook)[0].attempts == 2


def test_what_waits_for_its_next_try_can_be_tried_at_once(
    webhook: Destination, receiver: Receiver, publish: Publish, sender: Clockwork, sam: User
) -> None:
    receiver.answers = [REFUSAL, REFUSAL]
    publish(1)
    sender.run()
    sender.later(seconds=6)

    resend_delivery(log_of(webhook)[0], acting_user=sam, now=sender.now)
    sender.run()

    assert log_of(webhook)[0].state == "delivered"


def test_everything_that_failed_is_sent_again_at_once(
    webhook: Destination, receiver: Receiver, publish: Publish, sender: Clockwork, sam: User
) -> None:
    receiver.answers = [Answer(422)] * schedule.ATTEMPTS
    publish(1)
    sender.run()
    for wait in schedule.WAITS_SECONDS:
        sender.later(seconds=wait * 1.1)

    assert resend_failed(webhook, acting_user=sam, now=sender.now) == 1
    sender.run()

    assert log_of(webhook)[0].state == "delivered"
    assert resend_failed(webhook, acting_user=sam, now=sender.now) == 0


def test_a_range_is_replayed_in_order_under_the_old_ids_and_the_rest_goes_on_behind(
    webhook: Destination,
    receiver: Receiver,
    publish: Publish,
    sender: Clockwork,
    sam: User,
    stream: Stream,
) -> None:
    publish(5)
    sender.run()
    ids = [one.id for one in receiver.requests]

    replay_stream(webhook, stream.key, from_seq=2, to_seq=3, acting_user=sam, now=sender.now)
    publish(1)
    sender.run()

    assert receiver.seqs == [1, 2, 3, 4, 5, 2, 3, 6]
    assert [one.id for one in receiver.requests[5:7]] == ids[1:3]
    assert all(one.json["data"]["missed"] is None for one in receiver.requests)


def test_a_redirection_is_not_followed(
    webhook: Destination, receiver: Receiver, publish: Publish, sender: Clockwork
) -> None:
    with receiving() as elsewhere:
        receiver.answers = [Answer(307, {"Location": elsewhere.url})]
        publish(1)
        sender.run()

        assert elsewhere.requests == []
    assert "redirections are not followed" in log_of(webhook)[0].error


def test_of_an_answer_only_the_beginning_is_kept(
    webhook: Destination, receiver: Receiver, publish: Publish, sender: Clockwork
) -> None:
    receiver.answers = [Answer(200, body=b"a\x00\x1b[31m" + b"x" * 100_000)]
    publish(1)

    sender.run()

    (delivery,) = log_of(webhook)
    assert delivery.response_excerpt.startswith("a··[31mxxx")
    assert len(delivery.response_excerpt) == 1000


def test_receivers_that_hang_do_not_delay_the_others(
    add_webhook: AddWebhook, publish: Publish, sender: Clockwork, settings: Any
) -> None:
    settings.DELIVERY_ANSWER_SECONDS = 60.0
    settings.DELIVERY_SLOTS = 4
    settings.DELIVERY_SLOTS_PER_HOST = 2
    with receiving() as dead, receiving() as alive:
        dead.usual = Answer(hangs=True)
        for path in ("a", "b", "c", "d", "e"):
            add_webhook(f"http://127.0.0.1:{dead.port}/{path}")
        healthy = add_webhook(alive.url)
        publish(1)

        sender.desk.plan(None, now=sender.now)
        assert sender.desk.hand_over(now=sender.now) == 3
        sender.settle_one()

        assert alive.seqs == [1]
        assert log_of(healthy)[0].state == "delivered"


def test_a_fault_of_ours_about_one_destination_stops_nothing_else(
    add_webhook: AddWebhook, receiver: Receiver, publish: Publish, sender: Clockwork
) -> None:
    odd, unreadable = add_webhook(f"{receiver.url}/odd"), add_webhook(f"{receiver.url}/unreadable")
    add_webhook(f"{receiver.url}/well")
    Destination.objects.filter(pk=odd.pk).update(
        time_zone="No/Where", quiet_from="10:00", quiet_until="11:00"
    )
    publish(1)
    sender.desk.plan(None, now=sender.now)
    Delivery.objects.filter(destination=unreadable).update(ranges=[{"stream": "x"}])

    sender.run()

    assert [request.path for request in receiver.requests] == ["/hooks/well"]
    (failed,) = log_of(unreadable)
    assert failed.error == "It could not be made: ValueError."


def test_the_last_word_of_a_process_that_lost_its_lease_does_not_count(
    webhook: Destination, receiver: Receiver, publish: Publish, sender: Clockwork, now: datetime
) -> None:
    publish(1)
    sender.desk.plan(None, now=sender.now)
    sender.desk.hand_over(now=sender.now)
    taken_over = claim_deliveries([], slots=1, now=sender.now + timedelta(seconds=16))

    sender.settle_one()

    assert [one.pk for one in taken_over] == [one.pk for one in log_of(webhook)]
    assert log_of(webhook)[0].state == "pending"
