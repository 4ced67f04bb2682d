"""Numbers that were given before the database was restored resume nothing afterwards."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEvent
from registry.models import Entitlement, Script
from streams.cache import connect
from streams.models import Output, Stream
from streams.publishing import stream_for
from streams.relay import Relay
from tests.streams.conftest import Publish
from tests.streams.servers import OwnRedis

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_stream_gets_an_epoch_of_its_own_and_keeps_its_outputs(
    redis_server: OwnRedis, script: Script, stream: Stream, publish: Publish
) -> None:
    other = stream_for(script, "MSFT", "1d", {})
    publish(2)
    before = {stream.epoch, other.epoch}
    told = StringIO()

    call_command("renew_epochs", stdout=told)

    after = set(Stream.objects.values_list("epoch", flat=True))
    assert (len(after), before & after) == (2, set())
    assert {len(epoch) for epoch in after} == {12}
    assert told.getvalue() == "2 streams have new epochs.\n"
    assert list(Output.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2]
    assert AuditEvent.objects.get(event="stream_epochs_renewed").after == {"streams": 2}


def test_without_redis_it_is_said_that_its_copies_are_still_the_old_ones(
    redis_server: OwnRedis, stream: Stream
) -> None:
    redis_server.kill()

    with pytest.raises(CommandError, match="Start the relay anew"):
        call_command("renew_epochs")

    assert Stream.objects.get().epoch != stream.epoch


def test_the_relay_writes_the_copies_anew_also_behind_new_outputs(
    redis_server: OwnRedis, stream: Stream, publish: Publish
) -> None:
    publish(2)
    with connect(redis_server.url) as redis:
        relay = Relay(redis)
        relay.carry()
        call_command("renew_epochs", stdout=StringIO())
        publish(1)
        relay.carry()  # it looked a moment ago, and has not heard of it yet
        Relay(redis).carry()
        entries: Any = redis.xrange(stream.key)

    epoch = Stream.objects.get().epoch
    assert [fields["_epoch"] for _, fields in entries] == [epoch] * 3


def test_a_number_of_another_epoch_resumes_nothing(
    sams_socket: Any,
    entitled: Entitlement,
    stream: Stream,
    publish: Publish,
) -> None:
    publish(4)
    resume = {stream.key: 2}
    epochs = {stream.key: stream.epoch}

    with sams_socket() as socket:
        same = socket.subscribe(stream.key, resume=resume, epochs=epochs)
        numbers = socket.numbers(2)
    call_command("renew_epochs", stdout=StringIO())
    with sams_socket() as socket:
        other = socket.subscribe(stream.key, resume=resume, epochs=epochs)
        snapshot = socket.receive()

    epoch = Stream.objects.get().epoch
    assert same["streams"][stream.key]["recovered"] is True
    assert numbers == [3, 4]
    assert other["streams"][stream.key] == {"epoch": epoch, "offset": 4, "recovered": False}
    assert (snapshot["type"], snapshot["seq"], snapshot["epoch"]) == ("snapshot", 4, epoch)
