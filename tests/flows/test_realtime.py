"""A bar becomes a signal on a socket: the whole way, with the real processes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Max
from websockets.sync.client import ClientConnection, connect

from accounts.models import User
from common.clock import utc_now
from execution.models import Execution, ExecutionStatus
from market.bars import NewBar
from market.models import Bar, ReplayFeed
from market.services.bars import record_bars
from registry.models import Script
from registry.services import entitlements
from streams.models import Output, Stream
from tests.flows.conftest import Demo
from tests.flows.processes import Platform, wait_until

pytestmark = [pytest.mark.flow, pytest.mark.sandbox, pytest.mark.django_db(transaction=True)]

RSI = "Relative strength index"
CROSS = "Moving-average cross"
BREAKOUT = "Volatility breakout"


@contextmanager
def listening(platform: Platform, demo: Demo, part: str, **subscribe: Any) -> Iterator[Any]:
    with connect(platform.socket_url) as socket:
        socket.send(json.dumps({"type": "hello", "token": demo.token(part)}))
        socket.send(json.dumps({"type": "subscribe", **subscribe}))
        yield socket


def frames(socket: ClientConnection, kind: str, *, count: int, seconds: float = 40) -> list[Any]:
    """Return the next frames of a kind."""
    found: list[Any] = []
    while len(found) < count:
        frame = json.loads(socket.recv(timeout=seconds))
        if frame["type"] == kind:
            found.append(frame)
    return found


def numbered_bars(key: str) -> list[tuple[int, datetime]]:
    """Return the number and the bar of every output of a stream."""
    outputs = Output.objects.filter(stream__key=key, bar_opened_at__isnull=False).order_by("seq")
    return [(output.seq, output.bar_opened_at) for output in outputs if output.bar_opened_at]


def next_session(instrument_key: str = "IBM", *, close: float = 82.0) -> NewBar:
    newest = Bar.objects.filter(instrument_key=instrument_key).aggregate(at=Max("opened_at"))["at"]
    return NewBar(
        instrument_key=instrument_key,
        timeframe="1d",
        opened_at=newest + timedelta(days=1),
        open=close,
        high=close + 1,
        low=close - 1,
        close=close,
        volume=1e6,
    )


def test_a_bar_becomes_a_numbered_output_on_a_subscribers_socket(
    demo: Demo, platform: Platform
) -> None:
    platform.start("worker", "realtime", "relay", "live")
    key = demo.stream_key(CROSS, "IBM")

    with listening(platform, demo, "subscriber", stream_keys=[key]) as socket:
        [ack] = frames(socket, "subscription", count=1)
        wait_until(
            lambda: Output.objects.filter(stream__key=key).exists(),
            what="a first output",
            log=platform.log_of("worker"),
        )
        record_bars([next_session()], now=utc_now())
        data = frames(socket, "data", count=1)
        record_bars([next_session()], now=utc_now())
        data += frames(socket, "data", count=1)

    assert key in ack["stream_keys"]
    assert data[1]["seq"] == data[0]["seq"] + 1
    assert data[1]["timestamp"] > data[0]["timestamp"]
    stored = Output.objects.get(stream__key=key, seq=data[1]["seq"])
    assert stored.value == data[1]["value"]
    rsi_of_that_bar = Output.objects.get(
        stream__key=demo.stream_key(RSI, "IBM"), bar_opened_at=stored.bar_opened_at
    )
    assert stored.metadata["rsi"] == rsi_of_that_bar.value


def test_the_replayed_feed_drives_everything(demo: Demo, platform: Platform) -> None:
    ReplayFeed.objects.update(bars_per_second=20)
    platform.start("worker", "realtime", "relay", "feed")
    key = demo.stream_key(BREAKOUT, "AAPL")

    wait_until(
        lambda: Stream.objects.get(key=key).seq >= 5,
        what="five outputs",
        log=platform.log_of("worker"),
    )

    bars = [bar for _, bar in numbered_bars(key)]
    assert bars == sorted(set(bars))


def test_a_killed_worker_loses_nothing_and_repeats_nothing(demo: Demo, platform: Platform) -> None:
    ReplayFeed.objects.update(bars_per_second=1)
    platform.start("worker", "realtime", "relay", "feed")
    key = demo.stream_key(CROSS, "MSFT")
    wait_until(
        lambda: Stream.objects.get(key=key).seq >= 3,
        what="three outputs",
        log=platform.log_of("worker"),
    )

    platform.kill("worker")
    ReplayFeed.objects.update(paused=True)
    platform.start("worker")

    unfinished = [ExecutionStatus.WAITING, ExecutionStatus.PENDING, ExecutionStatus.RUNNING]
    wait_until(
        lambda: not Execution.objects.filter(status__in=unfinished).exists(),
        seconds=100,
        what="every execution to end",
        log=platform.log_of("worker"),
    )
    outputs = numbered_bars(key)
    assert [seq for seq, _ in outputs] == list(range(1, len(outputs) + 1))
    bars = [bar for _, bar in outputs]
    assert bars == sorted(set(bars))
    missing = Bar.objects.filter(
        instrument_key="MSFT", opened_at__gt=bars[0], opened_at__lte=bars[-1]
    ).exclude(opened_at__in=bars)
    assert not missing.exists()


def test_a_revocation_reaches_an_open_socket_and_starts_nothing_more(
    demo: Demo, platform: Platform
) -> None:
    platform.start("worker", "realtime", "relay", "live")
    key = demo.stream_key(RSI, "IBM")
    script = Script.objects.get(name=RSI)
    sam = User.objects.get(username="sam")

    with listening(platform, demo, "subscriber", stream_keys=[key]) as socket:
        frames(socket, "subscription", count=1)
        entitlements.revoke(script, sam, acting_user=script.owner, now=utc_now())
        revoked_at = utc_now()
        [denied] = frames(socket, "subscription_denied", count=1, seconds=1.0)
    record_bars([next_session()], now=utc_now())
    wait_until(
        lambda: Execution.objects.filter(
            version__script__name=BREAKOUT,
            instrument_key="IBM",
            status="completed",
            bar_opened_at=Bar.objects.filter(instrument_key="IBM").aggregate(at=Max("opened_at"))[
                "at"
            ],
        ).exists(),
        what="the other script to run on the bar",
        log=platform.log_of("worker"),
    )

    assert denied["stream_key"] == key
    assert not Execution.objects.filter(
        version__script=script, user=sam, started_at__gt=revoked_at
    ).exists()
    assert not Execution.objects.filter(
        version__script=script,
        bar_opened_at=Bar.objects.filter(instrument_key="IBM").aggregate(at=Max("opened_at"))["at"],
        started_at__isnull=False,
    ).exists()
