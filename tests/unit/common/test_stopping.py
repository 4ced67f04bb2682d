from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from common.stopping import StopRequest


@pytest.fixture
def stopping() -> Iterator[StopRequest]:
    """A request that listens to this process's signals, and leaves them as it found them."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    request = StopRequest()
    request.listen()
    yield request
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_wait_early(stopping: StopRequest, number: signal.Signals) -> None:
    started = time.monotonic()
    threading.Timer(0.05, os.kill, (os.getpid(), number)).start()

    stopping.wait(30)

    assert stopping.is_set
    assert time.monotonic() - started < 5


def test_a_wait_lasts_as_long_as_it_was_asked_for(stopping: StopRequest) -> None:
    started = time.monotonic()

    stopping.wait(0.15)

    assert time.monotonic() - started >= 0.15
    assert not stopping.is_set
