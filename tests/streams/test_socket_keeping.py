"""What one client can make a live process keep: no more than it follows, for as long as it does."""

from __future__ import annotations

from typing import Any

import pytest

from registry.models import Entitlement
from streams.models import Stream
from tests.streams.conftest import Publish
from tests.streams.servers import LiveProcess

pytestmark = pytest.mark.django_db(transaction=True)


def test_resuming_what_is_not_asked_for_is_not_kept(
    sams_socket: Any,
    live: LiveProcess,
    entitled: Entitlement,
    stream: Stream,
    publish: Publish,
) -> None:
    publish(3)

    def foreign(message: int) -> dict[str, int]:
        return {f"{message:03}{number:04}": number for number in range(3500)}

    with sams_socket() as socket:
        socket.subscribe("unknown", resume=foreign(0))
        began_with = live.memory_mb
        for message in range(1, 60):
            answer = socket.subscribe("unknown", resume=foreign(message))
            assert answer["stream_keys"] == []
        grown = live.memory_mb - began_with
        kept = socket.subscribe(stream.key, resume={stream.key: 1, "unknown": 7})

        assert kept["streams"][stream.key]["recovered"] is True
        assert socket.numbers(2) == [2, 3]
    assert grown < 10
