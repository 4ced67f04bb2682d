"""What a product's subscriber is sent is marked as theirs, and nobody else's."""

from __future__ import annotations

from datetime import datetime

import pytest

from accounts.models import User
from streams import watermark
from streams.deliveries.services.destinations import add_destination
from streams.deliveries.services.followings import StreamNotReadable, follow_stream
from streams.models import DestinationKind
from tests.deliveries.conftest import Clockwork
from tests.deliveries.receiver import Receiver
from tests.streams import marked

pytestmark = pytest.mark.django_db


def test_a_subscriber_is_sent_marked_values_and_the_author_exact_ones(
    ada: User,
    rita: User,
    sam: User,
    mallory: User,
    receiver: Receiver,
    sender: Clockwork,
    now: datetime,
) -> None:
    product = marked.make_product(marked.make_marked_script(ada, rita), now=now)
    subscription = marked.subscribe(product, sam, now=now)
    stream = marked.stream_of(product)
    for user in (sam, ada, mallory):
        destination, _ = add_destination(
            user,
            kind=DestinationKind.WEBHOOK,
            name="Program",
            address=f"{receiver.url}/{user.username}",
            acting_user=user,
            now=now,
        )
        if user == mallory:
            with pytest.raises(StreamNotReadable):
                follow_stream(destination, stream.key, acting_user=user, now=now)
        else:
            follow_stream(destination, stream.key, acting_user=user, now=now)

    outputs = marked.publish_days(stream, range(12))
    sender.run()

    given = {
        name: [one.json["data"]["value"] for one in receiver.requests if name in one.path]
        for name in ("sam", "ada", "mallory")
    }
    expected = [
        watermark.give(
            watermark.body_of(output),
            output.tolerance,
            place=watermark.place_of(stream),
            subscription_id=subscription.pk,
        )["value"]
        for output in outputs
    ]
    exact = [output.value for output in outputs]
    assert given == {"sam": expected, "ada": exact, "mallory": []}
    assert expected != exact
