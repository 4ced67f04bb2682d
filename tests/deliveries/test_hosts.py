"""Hosts of receivers: one that fails is left alone, for those alone to whom it failed."""

from __future__ import annotations

import pytest

from accounts.models import Role, Tenant, User
from streams.publishing import stream_for
from tests import factories
from tests.deliveries.conftest import AddWebhook, Clockwork, log_of
from tests.deliveries.receiver import Answer, Receiver, receiving
from tests.streams.conftest import Publish

pytestmark = pytest.mark.django_db


def test_a_host_that_is_down_is_left_alone_for_a_while_and_costs_no_tries(
    add_webhook: AddWebhook, publish: Publish, sender: Clockwork
) -> None:
    with receiving() as closed:
        url = closed.url
    places = [add_webhook(f"{url}/{number}") for number in range(5)]
    publish(1)
    sender.run()

    sender.later(seconds=6)
    put_off = [log_of(place)[0] for place in places]
    sender.later(seconds=61)

    assert {(one.state, one.tries) for one in put_off} == {("pending", 1)}
    assert all("asked again in a while" in one.error for one in put_off)
    assert sum(log_of(place)[0].tries for place in places) > 5


def test_a_host_that_fails_for_one_house_is_asked_for_another(
    add_webhook: AddWebhook,
    receiver: Receiver,
    mallory: User,
    other_tenant: Tenant,
    publish: Publish,
    sender: Clockwork,
) -> None:
    reviewer = factories.make_user("reviewer", tenant=other_tenant, roles=[Role.REVIEWER])
    theirs = factories.make_published_version(mallory, reviewer, name="Theirs").script
    stream = stream_for(theirs, "IBM", "1d", {})
    mallorys = add_webhook(f"{receiver.url}/mallorys", owner=mallory, follows=stream)
    sams = [add_webhook(f"{receiver.url}/{number}") for number in range(5)]
    receiver.usual = Answer(500)
    publish(1)
    sender.run()
    receiver.usual = Answer()
    publish(1, to=stream)

    sender.later(seconds=6)

    assert {log_of(one)[0].state for one in sams} == {"pending"}
    assert log_of(mallorys)[0].state == "delivered"
